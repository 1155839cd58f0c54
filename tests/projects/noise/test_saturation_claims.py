"""Saturated units judged on numbers whose answer is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from projects.noise.claims import compresses_before
from projects.noise.saturation_claims import (
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
    ("before", "verdict"), [([0, 2, 4, 2, 1], "agrees"), ([0, 1, 2, 3, 4], "disagrees")]
)
def test_the_layer_before_the_last_is_judged_by_its_own_curve(noisy_group, before, verdict):
    group = noisy_group(np.array(before, float), np.array([0.0, 2.0, 5.0, 1.0, 1.0]))
    assert compresses_before(group).verdict == verdict
