"""Claims about the MNIST CNN on numbers whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.trajectory import Guides, Trajectory
from projects.noise.mnist_noise.claims import (
    injective_findings,
    overlap_findings,
    similarity_findings,
    slope_findings,
)
from projects.noise.mnist_noise.errors import errors, errors_findings, errors_table
from projects.noise.mnist_noise.networks import ImageNetwork
from projects.noise.mnist_noise.study import Configuration

MEMBERS, HELD_OUT = 6, 1000


def plane(wrong) -> Trajectory:
    """A trajectory that ends with so many errors."""
    accuracy = 1 - np.stack([np.full(MEMBERS, 900.0), np.asarray(wrong)], axis=1) / HELD_OUT
    ones = np.ones((MEMBERS, 2, 1))
    return Trajectory.from_arrays(
        ones,
        0.5 * ones,
        epochs=[0, 9],
        n=HELD_OUT,
        guides=Guides(h_x=6.9, h_y=2.3, i_xy=2.3),
        estimator="binned",
        setting="",
        learning={"val_accuracy": accuracy},
    )


def planes() -> dict[str, Trajectory]:
    base = np.array([48.0, 50, 52, 49, 51, 50])
    return {
        "deterministic": plane(base),
        "noisy, beta=0.05": plane(base + np.array([1, -1, 2, 0, -2, 1])),
        "noisy, beta=0.5": plane(base + np.array([400, 300, 350, 500, 450, 380])),
        "dropout": plane(base - [9, 10, 11, 12, 8, 10]),
    }


def test_errors_are_those_of_the_last_epoch():
    np.testing.assert_allclose(
        errors(planes()["deterministic"], HELD_OUT), [48, 50, 52, 49, 51, 50]
    )


def test_the_claims_of_table_1_are_judged_seed_by_seed():
    found = {one.claim: one.verdict for one in errors_findings(planes(), HELD_OUT, full=False)}
    assert found == {
        "noisy, beta=0.05: small noise has a minimal effect on the number of errors": "agrees",
        "noisy, beta=0.5: large noise adds errors": "agrees",
        "dropout makes fewer errors than the deterministic network": "agrees",
    }


def test_the_papers_own_numbers_are_compared_only_where_they_can_be():
    claims = [one.claim for one in errors_findings(planes(), HELD_OUT, full=True)]
    assert sum("number of errors" in claim and "small" not in claim for claim in claims) == 4
    table = errors_table(planes(), HELD_OUT)
    assert "| dropout | 40.0 ± 2.0 | 4.00 % | 39 ± 3.9 | 0.39 % |" in table


@pytest.mark.parametrize(("sign", "verdict"), [(1, "agrees"), (-1, "disagrees")])
def test_more_noise_means_less_similarity(sign, verdict):
    rows = [
        (f"noisy, beta={beta}", member, layer, 0.8 - sign * beta / 2 + 0.01 * member, 0.1)
        for beta in (0.05, 0.5)
        for member in range(MEMBERS)
        for layer in (1, 2, 3, 4)
    ]
    table = pd.DataFrame(rows, columns=["version", "member", "layer", "cosine", "unrelated"])
    (found,) = [one for one in similarity_findings(table) if "increases" in one.claim]
    assert found.verdict == verdict


def test_nothing_is_said_of_other_seeds_where_there_are_none():
    rows = [("dropout", 0, layer, 0.9, np.nan) for layer in (1, 2, 3, 4)]
    table = pd.DataFrame(rows, columns=["version", "member", "layer", "cosine", "unrelated"])
    assert not any("other seeds" in one.claim for one in similarity_findings(table))
    known = similarity_findings(table.assign(unrelated=0.1))
    assert any("other seeds" in one.claim for one in known)


@pytest.mark.parametrize(("entropy", "verdict"), [(6.8999, "agrees"), (6.5, "disagrees")])
def test_the_input_in_two_bins_stands_beside_the_layers(entropy, verdict):
    pixels, *layers = injective_findings(plane(np.zeros(MEMBERS)), entropy)
    assert pixels.verdict == verdict
    assert "9.209" in pixels.found
    assert [one.verdict for one in layers] == ["disagrees"]


@pytest.mark.parametrize(
    ("change", "expected"), [({}, True), ({"epochs": "64"}, False), ({"held_out": "1000"}, False)]
)
def test_table_1_needs_all_of_the_papers_setting(change, expected):
    words = [word for name, value in change.items() for word in (f"--{name}", value)]
    chosen = Configuration.parse(["--scale", "paper", "--members", "2", *words])
    assert chosen.as_in_the_paper is expected


def test_slopes_have_epochs_at_equal_distances_and_the_papers_are_among_those_measured():
    chosen = Configuration.parse(["--scale", "paper"])
    network = ImageNetwork(
        name="", task=None, hidden=(), activations=(), initialisation="", views=(),
        measured=chosen.measured,
    )  # fmt: skip
    even = network.even_epochs(chosen)
    assert set(np.diff(even)) == {4}
    assert {0, 1, 32, 128, *even} == set(network.schedule(chosen).epochs)


def test_falling_slopes_agree_and_rising_ones_do_not():
    rng = np.random.default_rng(0)
    rows = [
        (size, member, unit, slope + 0.0005 * rng.normal())
        for size, slope in ((0.01, -0.002), (0.1, 0.002))
        for member in range(MEMBERS)
        for unit in range(50)
    ]
    table = pd.DataFrame(rows, columns=["bin_size", "member", "unit", "slope"])
    assert [one.verdict for one in slope_findings(table)] == ["agrees", "disagrees"]


def test_layers_that_part_the_classes_share_less_area():
    areas = {0: 0.6, 1: 0.58, 2: 0.55, 3: 0.2, 4: 0.1}
    rows = [
        (epoch, layer, member, sign * area + 0.01 * member)
        for epoch, sign in ((0, 0), (1, -1), (4, 0), (9, 1))
        for layer, area in areas.items()
        for member in range(MEMBERS)
    ]
    table = pd.DataFrame(rows, columns=["epoch", "layer", "member", "overlap"])
    early, late = overlap_findings(table)
    assert "even after epoch 1:" in early.claim
    assert (early.verdict, late.verdict) == ("disagrees", "agrees")
    assert "Mean 0.415 of the area" in late.found
