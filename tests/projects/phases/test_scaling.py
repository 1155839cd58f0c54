"""Tables and figures of times by setting."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.studies.judging.powers import Times
from projects.phases.scaling import (
    Scaling,
    by_setting,
    power_of,
    scaling_figures,
    scaling_tables,
    time_table,
)

LAW = Times("the end", "epochs", "depth", {s: np.full(5, 12 / s) for s in (1.0, 2.0, 4.0)})
OPEN = Times(
    "the end", "updates", "depth", {1.0: np.array([5, np.inf, np.nan, 7]), 2.0: np.full(4, np.inf)}
)


def test_groups_are_known_by_their_parameter_in_any_order(plane, group, turning):
    groups = [group(str(depth), plane(turning(8)), depth=depth) for depth in (4, 1, 2)]
    assert {setting: of.name for setting, of in by_setting(groups, "depth").items()} == {
        1.0: "1",
        2.0: "2",
        4.0: "4",
    }
    assert list(by_setting(groups, "depth")) == [1, 2, 4]


def test_a_table_counts_the_networks_that_had_the_time():
    lines = time_table(OPEN).markdown().splitlines()
    assert lines[2:] == [
        "| 1 | 7 | 2 of 4 | 1 | 1 |",
        "| 2 | beyond training | 0 of 4 | 4 | 0 |",
        "| exponent | – |  |  |  |",
    ]
    assert time_table(LAW).markdown().splitlines()[-1].startswith("| exponent | -1.00 [-1.00")


@pytest.mark.parametrize("times", [LAW, OPEN])
def test_a_law_is_drawn_where_there_is_one(times):
    power = power_of(times)
    assert (power is not None) == (times is LAW)
    if power:
        assert (power.exponent, power.factor) == (pytest.approx(-1), pytest.approx(12))


def test_every_time_has_a_table_and_a_figure(plane, turning):
    ensembles = SimpleNamespace(planes={"1 hidden layer": plane(turning(8))})
    readings = Scaling(ensembles, [LAW, OPEN])
    assert list(scaling_tables(readings)) == [
        "Epochs to the end",
        "Updates to the end",
        "1 hidden layer",
    ]
    assert sorted(scaling_figures(readings)) == ["epochs_to_the_end.png", "updates_to_the_end.png"]
