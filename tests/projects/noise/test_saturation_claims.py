"""Saturated units, and the epochs of Fig. 5a, judged on numbers whose answer is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from projects.noise.claims import compresses_before
from projects.noise.saturation_claims import (
    grows_until,
    loss_rises_from,
    saturates,
    stays_unsaturated,
)


def counted(group, first, last):
    """Layers of four and three units of which so many are saturated, however flat is meant."""
    rows = [
        {"member": member, "layer": layer, "at": at, "saturated": count, "units": units}
        for member in group.group.members
        for at in (1.0, 0.5, 2.0)
        for layer, count, units in ((1, first, 4), (2, last, 3))
    ]
    return replace(group, saturation=pd.DataFrame(rows))


EPOCHS = (0, 10, 50, 100, 1000)


@pytest.fixture
def group(noisy_group):
    return noisy_group(np.ones(5), np.arange(5.0))


@pytest.mark.parametrize(("last", "verdict"), [(3, "agrees"), (2, "agrees"), (1, "disagrees")])
def test_most_units_of_the_last_layer_are_saturated_or_not(group, last, verdict):
    assert saturates(counted(group, 0, last)).verdict == verdict


@pytest.mark.parametrize(
    ("first", "last", "verdict"),
    [(0, 0, "agrees"), (1, 0, "undecided"), (1, 1, "undecided"), (4, 1, "disagrees")],
)
def test_the_vast_majority_of_all_units_is_judged_at_half_and_twice_the_share(
    group, first, last, verdict
):
    assert stays_unsaturated(counted(group, first, last)).verdict == verdict


def test_a_network_that_diverged_is_not_counted_and_counts_against_either(group):
    table = counted(group, 0, 3).saturation
    lost = replace(group, saturation=table[table["member"] > 0])
    assert "1 of 8 diverged" in "".join(map(str, saturates(lost).words))


@pytest.mark.parametrize(
    ("curve", "verdict"), [([0, 1, 4, 2, 1], "undecided"), ([0, 1, 2, 3, 4], "disagrees")]
)
def test_where_a_curve_peaks_is_held_against_the_papers_epoch(noisy_group, curve, verdict):
    """Epoch 50 is within a factor of 2 of 28, and not within the half of it on that scale."""
    judged = grows_until(noisy_group(np.ones(5), np.array(curve, float)))
    assert judged.verdict == verdict
    words = "".join(map(str, judged.words))
    assert f"epoch {EPOCHS[int(np.argmax(curve))]} in the median" in words
    assert "learning rate" in words


def test_a_loss_that_is_lowest_early_does_not_begin_to_rise_late(noisy_group):
    losses = dict(zip(EPOCHS, (0.7, 0.2, 0.3, 0.4, 0.5), strict=True))
    rising = noisy_group(
        np.ones(5), np.arange(5.0), val_loss=lambda rows: rows["epoch"].map(losses)
    )
    judged = loss_rises_from(rising)
    assert judged.verdict == "disagrees"
    assert "epoch 10 in the median" in "".join(map(str, judged.words))


@pytest.mark.parametrize(
    ("before", "verdict"), [([0, 2, 4, 2, 1], "agrees"), ([0, 1, 2, 3, 4], "disagrees")]
)
def test_the_layer_before_the_last_is_judged_by_its_own_curve(noisy_group, before, verdict):
    group = noisy_group(np.array(before, float), np.array([0.0, 2.0, 5.0, 1.0, 1.0]))
    assert compresses_before(group).verdict == verdict
