"""Whose pathway layers take, on paths whose likeness is known."""

import numpy as np
import pytest

from projects.planes.mixed_pathways import (
    PATHWAYS,
    Pathway,
    influences_early,
    takes_the_pathway,
    weakens_with_depth,
)

TANH, RELU = np.array([1.0, 7, 5, 2]), np.array([1.0, 3, 4, 5])


@pytest.fixture
def pathway(plane):
    """tanh behind ReLU; each layer's path is so much of the way from its own to the ReLU one."""

    def build(*shares, shift=0.0, own=TANH):
        layers = [own + share * (RELU - own) + shift for share in shares]
        still = [[4.0] * 4] * 2
        planes = {
            "relu-tanh": plane(*still, *layers),
            "relu": plane(*still, *[RELU] * 3),
            "tanh": plane(*still, *[own] * 3),
        }
        # Networks that differ, each in its own way.
        frame = planes["relu-tanh"].frame
        frame["i_x"] += np.random.default_rng(0).normal(0, 0.05, len(frame))
        return Pathway("szt", planes, "relu", "tanh")

    return build


@pytest.mark.parametrize(("share", "likeness"), [(1.0, 1.0), (0.0, -1.0), (0.5, 0.0), (0.75, 0.5)])
def test_likeness_is_the_share_of_the_way_between_two_paths(pathway, share, likeness):
    of = pathway(share, share, share)
    assert of.short == "szt, tanh behind ReLU"
    # The fixture's networks differ by half a percent.
    assert of.likeness(4) == pytest.approx(np.full(12, likeness), abs=0.1)


def test_where_a_path_lies_is_not_its_shape(pathway):
    assert pathway(1, 1, 1, shift=1.5).likeness(3) == pytest.approx(np.ones(12), abs=0.1)


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(1.0, "agrees"), (0.75, "undecided"), (0.9, "agrees"), (0.5, "disagrees"), (0.0, "disagrees")],
)
def test_a_pathway_is_taken_from_a_third_on(pathway, share, verdict):
    """At three quarters of the way the likeness is 0.5, less than twice the threshold."""
    assert takes_the_pathway(pathway(share, share, share)).verdict == verdict


@pytest.mark.parametrize(
    ("shares", "verdict"), [((0.9, 0.5, 0.2), "agrees"), ((0.2, 0.5, 0.9), "disagrees")]
)
def test_it_weakens_from_the_first_to_the_last_layer(pathway, shares, verdict):
    assert weakens_with_depth(pathway(*shares)).verdict == verdict


def test_early_periods_are_judged_without_what_follows(pathway):
    # Own paths that part from the ReLU ones after epoch 300 alone: nothing is early.
    late = pathway(0.9, 0.9, 0.9, own=np.array([*RELU[:3], 0.0]))
    assert influences_early(late).verdict != "agrees"
    assert influences_early(pathway(0.9, 0.9, 0.9)).verdict == "agrees"


def test_a_network_that_diverged_is_not_known(pathway, plane):
    of = pathway(1, 1, 1)
    of.planes["tanh"] = plane(*[TANH] * 5, lost=(3,))
    assert np.isnan(of.likeness(3)).tolist() == [member == 3 for member in range(12)]


@pytest.mark.parametrize("moving", [None, "tanh", "relu", "relu-tanh"])
@pytest.mark.parametrize(
    ("words", "shares", "decided"),
    [
        ("take a pathway of the shape", (0.0, 0.0, 0.0), "disagrees"),
        ("is changed less than", (0.9, 0.5, 0.2), "agrees"),
    ],
)
def test_pathways_are_judged_where_all_have_come_to_rest(pathway, words, shares, decided, moving):
    of = pathway(*shares)
    judge = next(claim.judge for claim in PATHWAYS if words in claim.words)
    for name, plane in of.planes.items():
        frame = plane.frame
        before = frame[frame["epoch"] == 100]["i_x"].to_numpy()
        frame.loc[frame["epoch"] == 1000, "i_x"] = before + (1.5 if name == moving else 0)
    assert judge(of).verdict == (decided if moving is None else "undecided")


@pytest.mark.parametrize(("last", "verdict"), [(1000, "agrees"), (120, "undecided")])
def test_an_early_influence_needs_its_epochs(pathway, last, verdict):
    of = pathway(0.9, 0.9, 0.9)
    for plane in of.planes.values():
        plane.frame["epoch"] = plane.frame["epoch"].replace(1000, last)
    judge = next(claim.judge for claim in PATHWAYS if "in early periods" in claim.words)
    assert judge(of).verdict == verdict
