"""Claims judged on numbers whose answer is known."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.units import text_of
from projects.inversion.inversion import STUDY, Configuration
from projects.inversion.inverted import Inversion
from projects.inversion.other_network import OtherNetwork
from projects.inversion.paper import DECODERS, TABLE_1

LAYERS = ("CONV1", "CONV2", "FC3", "LOGITS")
NEARER = "lies nearer to the input than the nearest training image"
FARTHER = NEARER.replace("nearer to", "farther from")


SMALL = Configuration.parse(["--scale", "toy"])
PAPERS = SMALL.model_copy(update={name: of.number for name, of in DECODERS.items()})
"""Of a study whose decoders are as large as the paper's, and learn as long."""


def findings(*tasks, configuration=PAPERS):
    inversion = Inversion(configuration, tasks)
    return {finding.claim: finding for finding in findings_of(STUDY.claims, inversion)}


def verdicts(*tasks):
    return {claim: finding.verdict for claim, finding in findings(*tasks).items()}


def named(inverted, name):
    return replace(inverted, parts=replace(inverted.parts, name=name))


def test_every_claim_gets_its_verdict(inverted):
    judged = verdicts(inverted)
    for before, after in pairwise(LAYERS):
        assert judged[f"digits: {before} keeps more of the image than {after}"] == "agrees"
    # The falls are 20, 10 and 5 nats: one is twice as large, and larger by far is more.
    fall = "digits: the fall from CONV1 to CONV2 is larger by far than from"
    assert judged[f"{fall} CONV2 to FC3"] == "undecided"
    assert judged[f"{fall} FC3 to LOGITS"] == "agrees"
    assert judged["digits: a decoder given the label knows of it"] == "agrees"
    assert judged["digits: and no more than there is to know"] == "agrees"
    assert judged[f"digits, CONV1: one drawn image {NEARER}"] == "agrees"
    assert judged[f"digits, CONV2: one drawn image {NEARER}"] == "disagrees"
    assert judged[f"digits, FC3: one drawn image {FARTHER}"] == "agrees"
    assert judged[f"digits, FC3: the nearest of ten drawn images {NEARER}"] == "disagrees"
    assert not any("LOGITS: one" in claim for claim in judged)


def test_distances_of_small_decoders_do_not_disagree(inverted):
    of = findings(inverted, configuration=SMALL)
    assert of[f"digits, CONV1: one drawn image {NEARER}"].verdict == "agrees"
    farther = of[f"digits, CONV2: one drawn image {NEARER}"]
    assert farther.verdict == "undecided"
    assert "not the paper's (filters=4, decoder_updates=2, colour_filters=4): undecided" in (
        text_of(farther.words)
    )


def test_numbers_are_in_the_readers_unit(inverted):
    words = findings(inverted)["digits: a decoder given the label knows of it"].words
    entropy = np.log(10)
    assert f"H(Y) of these images is {entropy:.3f} nats" in text_of(words)
    assert f"H(Y) of these images is {entropy / np.log(2):.3f} bits" in text_of(words, "bits")


@pytest.mark.parametrize("task", ["mnist", "svhn", "cifar10", "fashion_mnist"])
@pytest.mark.parametrize("layer", ["CONV1", "CONV2", "FC3"])
def test_the_papers_own_distances_agree_with_every_claim(inverted, samples_at, task, layer):
    theirs = TABLE_1.get((task, layer), TABLE_1["mnist", layer])
    paper = replace(named(inverted, task), samples={layer: samples_at(*theirs)})
    judged = [verdict for claim, verdict in verdicts(paper).items() if "drawn image" in claim]
    assert judged == ["agrees", "agrees"]


def test_ten_samples_are_farther_in_the_papers_cifar10_alone(inverted):
    ten = "FC3: the nearest of ten drawn images"
    assert verdicts(named(inverted, "cifar10"))[f"cifar10, {ten} {FARTHER}"] == "agrees"
    assert not any(f"{ten} lies farther" in claim for claim in verdicts(inverted))


def test_layers_that_do_not_differ_are_undecided(inverted):
    terms = dict(inverted.information.terms)
    noise = np.random.default_rng(2).normal(0, 0.5, len(terms["CONV1"]))
    terms["CONV2"] = terms["CONV1"] + noise - noise.mean()
    same = replace(inverted, information=replace(inverted.information, terms=terms))
    assert verdicts(same)["digits: CONV1 keeps more of the image than CONV2"] == "undecided"


def test_every_task_is_judged_under_its_own_name(inverted):
    terms = {
        name: -term if name in LAYERS else term for name, term in inverted.information.terms.items()
    }
    upside_down = replace(
        named(inverted, "mnist"), information=replace(inverted.information, terms=terms)
    )
    claim = "CONV1 keeps more of the image than CONV2"
    for tasks in ((inverted, upside_down), (upside_down, inverted)):
        judged = verdicts(*tasks)
        assert judged[f"digits: {claim}"] == "agrees"
        assert judged[f"mnist: {claim}"] == "disagrees"


def test_the_logits_are_held_against_the_label(inverted):
    claim = "digits: LOGITS keeps more of the image than its label does"
    assert verdicts(inverted)[claim] == "agrees"
    terms = dict(inverted.information.terms)
    terms["LOGITS"] = terms["label"] - 1 + np.random.default_rng(3).normal(0, 1, 300)
    less = replace(inverted, information=replace(inverted.information, terms=terms))
    assert verdicts(less)[claim] == "disagrees"


def test_other_images_than_the_papers_are_beyond_it(inverted):
    for name, beyond in (("mnist", False), ("svhn", False), ("fashion_mnist", True)):
        places = {finding.where for finding in findings(named(inverted, name)).values()}
        of_task = {each for each in places if "one model" not in each and "Fig. 1 of" not in each}
        assert all(each.startswith("Beyond the paper") is beyond for each in of_task)


@pytest.mark.parametrize(
    ("accuracy", "networks", "n", "verdict"),
    [
        (0.996, 5, 10_000, "agrees"),
        (0.95, 5, 10_000, "disagrees"),
        # Few images decide nothing, nor do few networks.
        (1.0, 5, 10, "undecided"),
        (0.9, 5, 10, "undecided"),
        (0.996, 4, 10_000, "undecided"),
    ],
)
def test_the_papers_accuracy_is_held_against_its_own_setting_only(
    inverted, accuracy, networks, n, verdict
):
    claim = "mnist: test accuracy of the classifier"

    def classifier(place):
        own = accuracy - 2e-4 * abs(place - 2) if n > 1000 else accuracy
        diagnostics = inverted.classifier.diagnostics | {"accuracy": own}
        return replace(inverted.classifier, n=n, diagnostics=diagnostics)

    others = [
        OtherNetwork(place, classifier(place), inverted.information) for place in range(1, networks)
    ]
    task = replace(named(inverted, "mnist"), classifier=classifier(0), others=others)
    assert claim not in verdicts(task)
    paper = Inversion(Configuration.parse(["--scale", "paper"]), [task])
    judged = {each.claim: each for each in findings_of(STUDY.claims, paper)}
    assert judged[claim].verdict == verdict
    assert "The paper's: 0.996" in text_of(judged[claim].words)
    assert "learnt from half of the images" in text_of(judged[claim].words)


def test_the_papers_three_sets_of_images_are_those_of_its_scale():
    assert Configuration.parse(["--scale", "paper"]).tasks == ("mnist", "svhn", "cifar10")
