import json
from base64 import b64decode

import numpy as np
import pytest

from ib_mlflow.figures.panels import panels
from ib_mlflow.figures.payload import ABSENT, BUDGET, pack
from ib_mlflow.figures.style import layer_colours
from ib_mlflow.trajectory import Guides, Trajectory


def floats(text, shape):
    return np.frombuffer(b64decode(text), "<f4").reshape(shape)


def members(text, shape, limits):
    codes = np.frombuffer(b64decode(text), "<u2").reshape(shape)
    low, high = limits
    return np.where(codes == ABSENT, np.nan, low + (high - low) * codes / (ABSENT - 1))


@pytest.fixture
def packed(small):
    frame = small.frame.copy()
    frame.loc[(frame["member"] == 2) & (frame["epoch"] > 100), ["i_x", "i_y"]] = np.nan
    shown = panels(Trajectory(frame, small.guides), unit="nats")
    return shown[0], pack(shown, layer_colours(small.layers))


def test_means_and_quantiles_come_back_as_float32(packed):
    panel, payload = packed
    for name in ("mean", "low", "high"):
        for axis in (0, 1):
            expected = getattr(panel, name)[axis]
            mean = floats(payload["panels"][0][name][axis], expected.shape)
            np.testing.assert_array_equal(mean, expected.astype(np.float32))


def test_members_come_back_to_a_thousandth_of_the_axis(packed):
    panel, payload = packed
    for axis, limits in enumerate(payload["limits"]):
        points = members(payload["panels"][0]["points"][axis], panel.points[axis].shape, limits)
        np.testing.assert_array_equal(np.isnan(points), np.isnan(panel.points[axis]))
        room = limits[1] - limits[0]
        assert np.nanmax(np.abs(points - panel.points[axis])) <= room / 65534


def test_what_stands_beside_the_numbers(packed, small):
    panel, payload = packed
    assert payload["epochs"] == list(small.epochs)
    assert payload["panels"][0]["layers"] == small.layers
    assert payload["panels"][0]["members"] == small.members
    assert {int(layer) for layer in payload["colours"]} == set(panel.layers)


def test_one_member_is_not_packed_twice(small):
    shown = panels(small.select(members=[1]), unit="nats")
    assert pack(shown, layer_colours(small.layers))["panels"][0]["points"] is None


def test_many_epochs_are_thinned_and_keep_the_first_and_the_last(small):
    rng = np.random.default_rng(0)
    long = Trajectory.from_arrays(
        rng.random((2, 900, 1)), rng.random((2, 900, 1)) / 9, epochs=range(900), n=4096,
        guides=small.guides, estimator="exact", setting="",
    )  # fmt: skip
    shown = panels(long, unit="nats")
    payload = pack(shown, layer_colours([1]))
    epochs = payload["panels"][0]["epochs"]
    assert len(epochs) == 200
    assert (epochs[0], epochs[-1]) == (0, 899)
    mean = floats(payload["panels"][0]["mean"][0], (200, 1))
    np.testing.assert_array_equal(mean, shown[0].mean[0][list(epochs)].astype(np.float32))


@pytest.mark.parametrize("count", [1, 8, 16, 60])
def test_the_numbers_stay_within_the_budget(count):
    values = np.random.default_rng(0).random((2, 20, 150, 6))
    noise = Trajectory.from_arrays(
        values[0] * 8, values[1] * 0.69, epochs=range(150), n=4096,
        guides=Guides(8.3, 0.69, 0.69), estimator="exact", setting="",
    )  # fmt: skip
    payload = pack(panels(noise, unit="nats") * count, layer_colours(noise.layers))
    assert len(json.dumps(payload)) < 1.1 * BUDGET
    assert payload["epochs"][0] == 0
    assert payload["epochs"][-1] == 149
    # Single members give way before epochs do.
    assert (payload["panels"][0]["points"] is not None) == (count <= 8)
    assert (len(payload["epochs"]) == 150) == (count <= 30)
