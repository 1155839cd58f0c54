import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.panels import guide_limits, limits, panels
from ib_mlflow.trajectory import Guides, Trajectory


def test_arrays_hold_the_tables_values(small):
    [panel] = panels(small, unit="nats")
    assert panel.points.shape == (2, 5, len(small.epochs), 4)
    rows = small.frame.sample(30, random_state=1)
    summary = small.aggregate().set_index(["epoch", "layer", "quantity"])
    for row in rows.itertuples():
        time, layer = panel.epochs.index(row.epoch), panel.layers.index(row.layer)
        assert panel.points[:, row.member, time, layer].tolist() == [row.i_x, row.i_y]
        for axis, quantity in enumerate(["i_x", "i_y"]):
            expected = summary.loc[(row.epoch, row.layer, quantity)]
            assert panel.mean[axis, time, layer] == expected["mean"]
            assert panel.low[axis, time, layer] == expected["q05"]
            assert panel.high[axis, time, layer] == expected["q95"]


def test_bits_scale_everything(small):
    [nats], [bits] = panels(small, unit="nats"), panels(small, unit="bits")
    for name in ("points", "mean", "low", "high"):
        np.testing.assert_allclose(getattr(bits, name), getattr(nats, name) / np.log(2))
    assert bits.guides.h_x == pytest.approx(12)


def test_a_panel_per_setting(small):
    finer = Trajectory(small.frame.assign(setting="bin_size=0.01"), small.guides)
    both = Trajectory.concat([small, finer])
    assert [panel.title for panel in panels(both, unit="nats")] == [
        "binned, bin size 0.01",
        "binned, bin size 0.07",
    ]
    with pytest.raises(InvalidInputError, match="one estimator and setting"):
        panels({"tanh": both}, unit="nats")


def test_titles_keep_their_order(sweep):
    assert [panel.title for panel in panels(sweep, unit="nats")] == list(sweep)


def test_nothing_to_show_and_unknown_units_are_refused(small):
    with pytest.raises(InvalidInputError, match="at least one panel"):
        panels({}, unit="nats")
    with pytest.raises(InvalidInputError, match="nats or bits"):
        panels(small, unit="dits")


def test_a_diverged_member_is_counted_and_leaves_the_mean(small):
    frame = small.frame.copy()
    late = (frame["member"] == 2) & (frame["epoch"] >= 100)
    frame.loc[late, ["i_x", "i_y"]] = np.nan
    [panel] = panels(Trajectory(frame, small.guides), unit="nats")
    assert panel.diverged == 1
    assert panel.caption == "5 members, 1 diverged"
    assert np.isfinite(panel.mean).all()
    others = np.delete(panel.points, 2, axis=1)
    np.testing.assert_allclose(panel.mean[:, -1], others[:, :, -1].mean(axis=1))


def test_limits_hold_every_value_and_guide(sweep):
    shown = panels(sweep, unit="bits")
    (left, right), (bottom, top) = limits(shown)
    for panel in shown:
        assert left < min(0, panel.points[0].min())
        assert right > max(panel.guides.h_x, panel.points[0].max())
        assert bottom < min(0, panel.points[1].min())
        assert top > max(panel.guides.h_y, panel.points[1].max())


def test_limits_of_negative_estimates_and_of_nothing():
    guides = [Guides(0.0, 0.0, 0.0)]
    assert guide_limits(guides, x=[-2.0, np.nan])[0][0] < -2
    (left, right), (bottom, top) = guide_limits(guides)
    assert left < 0 < right
    assert bottom < 0 < top
