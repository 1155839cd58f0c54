"""What is told of stops and turns while training goes on, beside all that it may become."""

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.trajectory import near_the_turn, turn

LAST, LATER = 9, 20
"""The last epoch of a training that is cut short, and epochs enough to see how it goes on."""


def cut_short():
    """Every curve that has one peak up to the last epoch, a plateau too, or is level: (t,)."""
    epochs = np.arange(LAST + 1)
    for first in epochs:
        for last in epochs[first:]:
            yield np.select(
                [epochs < first, epochs <= last], [epochs / LAST, 5.0], 4.0 - epochs / LAST
            )


def continued(curve):
    """How a curve may go on after the last epoch: what was over stays so, else it ends somewhere.

    Level for a while, or rising then, until it falls and stays lower.
    """
    if curve[-1] < curve.max():
        yield np.append(curve, np.zeros(LATER))
        return
    for level in range(LATER):
        for rising in range(LATER - level):
            more = np.concatenate([np.zeros(level), np.arange(1, rising + 1)])
            yield np.concatenate([curve, curve[-1] + more, np.zeros(LATER - level - rising)])


def is_near(curve, stop, factor):
    """Whether a stop is at the turn of a curve whose end was seen, by its definition."""
    first, last = np.flatnonzero(curve == curve.max())[[0, -1]]
    return bool(first > 0 and last < curve.size - 1 and first / factor <= stop <= last * factor)


@pytest.mark.parametrize("factor", [1, 1.5])
def test_what_is_told_holds_however_training_goes_on_and_the_rest_may_go_either_way(curves, factor):
    """By enumeration of all that a curve and a stop may become after the last epoch."""
    cases = [(curve, stop) for curve in cut_short() for stop in (*range(LAST + 1), None)]
    i_x = np.stack([curve for curve, _ in cases])[..., None]
    stops = pd.DataFrame(
        {
            "member": range(len(cases)),
            "epoch": [LAST if stop is None else stop for _, stop in cases],
            "stopped": [stop is not None for _, stop in cases],
        }
    )
    told = near_the_turn(stops, turn(curves(i_x, epochs=range(LAST + 1))), factor=factor)
    for (curve, stop), near, untold in zip(cases, told["near"], told["untold"], strict=True):
        later = range(LAST, 2 * (LAST + LATER)) if stop is None else [stop]
        become = {is_near(whole, at, factor) for whole in continued(curve) for at in later}
        assert become == ({True, False} if untold else {bool(near)}), (curve, stop)
        assert np.isnan(near) == untold
        seen = {stop is not None, curve[-1] < curve.max()}  # the stop, and the end of the peak
        assert len(seen) == 2 or untold == (seen == {False})
