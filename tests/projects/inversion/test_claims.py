"""Claims judged on numbers whose answer is known."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ib_mlflow.information import Estimate, classifier_information, decoder_information
from ib_mlflow.studies.decoding.division import load_parts
from ib_mlflow.studies.decoding.samples import Distances, Drawn
from projects.inversion.claims import (
    TABLE_1,
    Inverted,
    accuracy_table,
    bound_or_not_table,
    bounds_table,
    distance_table,
    findings_of,
    relative_bound,
)

LAYERS = ("CONV1", "CONV2", "FC3", "LOGITS")
LEVELS = {"CONV1": -10.0, "CONV2": -30.0, "FC3": -40.0, "LOGITS": -45.0}


@pytest.fixture(scope="module")
def parts():
    return load_parts("digits", root=None, shrunk=1, binary=True, evaluated=300, seed=0)


def drawn(nearest, sample, best):
    generator = np.random.default_rng(1)
    noise = generator.normal(0, 0.01, 50)
    distances = Distances(nearest + noise, sample + noise, best + noise)
    image = np.zeros((8, 1, 8, 8), np.uint8)
    return Drawn(image, image[:, None], image.astype(np.float32), distances, np.zeros(50))


@pytest.fixture
def inverted(parts):
    generator = np.random.default_rng(0)
    n = parts.evaluation.n
    hard = generator.normal(0, 5, n)
    labels = parts.evaluation.labels
    terms = {name: level + hard + generator.normal(0, 0.5, n) for name, level in LEVELS.items()}
    table = -50 + hard[:, None] - 3.0 * (np.arange(10) != labels[:, None])
    terms |= {"label": table, "nothing": -60 + hard}
    information = decoder_information(
        terms, dimensions=64, values=labels, unconditional=terms["nothing"]
    )
    logits = np.log(np.where(np.arange(10) == labels[:, None], 0.91, 0.01))
    read = classifier_information(logits, labels)
    return Inverted(
        parts,
        LAYERS,
        read,
        information,
        dict.fromkeys(LAYERS, read),
        {
            "CONV1": drawn(0.1, 0.05, 0.04),
            "CONV2": drawn(0.1, 0.15, 0.04),
            "FC3": drawn(0.1, 0.15, 0.12),
            "LOGITS": drawn(0.1, 0.1, 0.1),
        },
    )


def verdicts(inverted):
    return {finding.claim: finding.verdict for finding in findings_of(inverted)}


def test_every_claim_gets_its_verdict(inverted):
    found = verdicts(inverted)
    for before, after in pairwise(LAYERS):
        assert found[f"digits: {before} keeps more of the image than {after}"] == "agrees"
    fall = "digits: the fall from CONV1 to CONV2 is larger than from"
    assert found[f"{fall} CONV2 to FC3"] == found[f"{fall} FC3 to LOGITS"] == "agrees"
    assert found["digits: a decoder told the label knows of it"] == "agrees"
    assert found["digits: and no more than there is to know"] == "agrees"
    near = "lies nearer to the input than the nearest training image"
    assert found[f"digits, CONV1: one drawn image {near}"] == "agrees"
    assert found[f"digits, CONV2: one drawn image {near}"] == "disagrees"
    far = near.replace("nearer to", "farther from")
    assert found[f"digits, FC3: one drawn image {far}"] == "agrees"
    assert found[f"digits, FC3: the nearest of ten drawn images {near}"] == "disagrees"
    assert not any("LOGITS: one" in claim for claim in found)


@pytest.mark.parametrize("task", ["mnist", "svhn", "cifar10", "fashion_mnist"])
@pytest.mark.parametrize("layer", ["CONV1", "CONV2", "FC3"])
def test_the_papers_own_distances_agree_with_every_claim(inverted, task, layer):
    theirs = TABLE_1.get((task, layer), TABLE_1["mnist", layer])
    paper = replace(
        inverted,
        parts=replace(inverted.parts, name=task),
        drawn={layer: drawn(*theirs)},
    )
    found = [verdict for claim, verdict in verdicts(paper).items() if "drawn image" in claim]
    assert found == ["agrees", "agrees"]


def test_ten_samples_are_farther_in_the_papers_cifar10_alone(inverted):
    cifar = replace(inverted, parts=replace(inverted.parts, name="cifar10"))
    ten = "FC3: the nearest of ten drawn images lies"
    far = f"cifar10, {ten} farther from the input than the nearest training image"
    assert verdicts(cifar)[far] == "agrees"
    assert not any(f"{ten} farther" in claim for claim in verdicts(inverted))


def test_layers_that_do_not_differ_are_undecided(inverted):
    terms = dict(inverted.information.terms)
    noise = np.random.default_rng(2).normal(0, 0.5, len(terms["CONV1"]))
    terms["CONV2"] = terms["CONV1"] + noise - noise.mean()
    same = replace(inverted, information=replace(inverted.information, terms=terms))
    assert verdicts(same)["digits: CONV1 keeps more of the image than CONV2"] == "undecided"


def test_tables_hold_every_number_beside_the_papers(inverted):
    bounds = bounds_table(inverted, "nats")
    for name, estimate in inverted.information.negative_cross_entropy.items():
        line = next(line for line in bounds.splitlines() if line.startswith(f"| {name} |"))
        assert f"{estimate.value:.3f} nats" in line
        assert f"{estimate.diagnostics['bits_per_dimension']:.4f}" in line
    said = bound_or_not_table(inverted, "nats")
    assert said.count("no bound") == 5
    in_bits = inverted.information.information["label"].value / np.log(2)
    assert f"{in_bits:.3f} bits" in bound_or_not_table(inverted, "bits")
    assert "a lower bound of I(x;y)" in said
    mnist = replace(inverted, parts=replace(inverted.parts, name="mnist"))
    assert "0.000768" in distance_table([mnist])
    assert "| – | – | – |" in distance_table([inverted])
    accuracies = accuracy_table([mnist, inverted])
    assert "0.996" in accuracies
    assert "1.0000 [1.0000, 1.0000]" in accuracies


def test_bounds_relative_to_the_first_layer_have_the_error_of_a_ratio(inverted):
    first = relative_bound(inverted, "CONV1")
    assert first.value == pytest.approx(-1)
    assert first.standard_error == pytest.approx(0, abs=1e-12)
    found = relative_bound(inverted, "FC3")
    one, other = (inverted.information.terms[name] for name in ("FC3", "CONV1"))
    assert found.value == pytest.approx(one.mean() / -other.mean())
    generator = np.random.default_rng(0)
    again = []
    for _ in range(2000):
        rows = generator.integers(0, len(one), len(one))
        again.append(one[rows].mean() / -other[rows].mean())
    assert found.standard_error == pytest.approx(np.std(again), rel=0.1)
    assert f"| {found.value:.3f} [" in bounds_table(inverted, "nats")


def test_an_accuracys_interval_is_binomial(inverted):
    half = Estimate(1.0, 0.1, "lower", 300, {"accuracy": 0.5})
    line = accuracy_table([replace(inverted, classifier=half)]).splitlines()[-1]
    assert f"{0.5 - 1.96 * np.sqrt(0.25 / 300):.4f}" in line
