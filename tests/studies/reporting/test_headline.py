"""The numbers that a study's own run shows first."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.thresholds import FEWEST
from ib_mlflow.studies.reporting.headline import headline_scalars
from ib_mlflow.tracking.scalars import scalar_entries

LOST = "summary/compression_nats.last_hidden"


@pytest.fixture
def group_of(curves_of):
    """A group of so many members, of which member k loses (k + 1) / 10 nats after its peak."""

    def make(members):
        lost = (np.arange(members) + 1) / 10
        i_x = np.stack([np.stack([np.full(members, 2.0), 2.0 - lost], axis=1)] * 2, axis=2)
        plane = curves_of(i_x, epochs=(0, 10), val_accuracy=np.full((members, 2), 0.75))
        return SimpleNamespace(name="tanh", last_hidden=1, plane=lambda: plane)

    return make


def test_an_interval_has_its_limits_beside_the_mean(group_of):
    group = group_of(FEWEST)
    lost = mean((np.arange(FEWEST) + 1) / 10)
    scalars = headline_scalars([group])
    assert scalars[LOST] == pytest.approx(lost.value)
    assert scalars[f"{LOST}_low"] == pytest.approx(lost.low)
    assert scalars[f"{LOST}_high"] == pytest.approx(lost.high)


def test_too_few_networks_for_an_interval_leave_no_tag_of_numbers_gone_wrong(group_of):
    scalars = headline_scalars([group_of(2)])
    assert set(scalars) == {LOST, "summary/val_accuracy"}
    metrics, tags = scalar_entries(scalars, {}, {})
    assert len(metrics) == 2
    assert tags == []
