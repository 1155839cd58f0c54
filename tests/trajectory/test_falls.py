import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.trajectory.falls import EpochAxis

EPOCHS = np.unique(np.round(np.geomspace(1, 10_000, 150)).astype(int))


@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
def test_a_power_of_the_epoch_has_one_slope(power):
    """ln t^−a falls by a ln 10 a decade, everywhere, and per epoch by a / t."""
    curve = -power * np.log(EPOCHS)
    slopes = EpochAxis(EPOCHS, 0.2).slopes(curve)
    np.testing.assert_allclose(slopes, -power * np.log(10), rtol=1e-9)
    place, slope = EpochAxis(EPOCHS, 0.2).steepest(curve)
    assert place == 0, "of equals the first"
    assert slope == pytest.approx(-power * np.log(10))
    place, slope = EpochAxis(EPOCHS, 0.2, by_epoch=True).steepest(curve)
    assert (place, EPOCHS[place]) == (0, 1)
    assert slope == pytest.approx(-power)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=12), st.integers(0, 2**12 - 1))
def test_slopes_are_those_of_numpys_lines(values, mask):
    """With gaps: windows stay those of all epochs, and what is not known is left out of them."""
    epochs = np.array([1, 2, 3, 5, 9, 10, 11, 12, 40, 41, 300, 999])[: len(values)]
    curve = np.where([mask >> k & 1 for k in range(len(values))], np.nan, values)
    slopes, decades = EpochAxis(epochs, 0.2).slopes(curve), np.log10(epochs)
    for place, slope in enumerate(slopes):
        near = np.abs(decades - decades[place]) <= 0.1
        near[max(place - 1, 0) : place + 2] = True
        near &= np.isfinite(curve)
        if near.sum() < 2 or not np.isfinite(curve[place]):
            assert np.isnan(slope)
        else:
            expected = np.polyfit(decades[near] - decades[place], curve[near], 1)[0]
            assert slope == pytest.approx(expected, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("level", [0.0, 0.3, 1e-9, 1e9])
def test_a_level_or_rising_curve_does_not_fall(level):
    axis = EpochAxis(EPOCHS, 0.2)
    curves = np.stack([np.full(len(EPOCHS), level), level + np.log(EPOCHS)])
    places, slopes = axis.steepest(curves)
    assert places.tolist() == [-1, -1]
    assert np.isnan(slopes).all()


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_epochs_have_no_fall(n):
    place, slope = EpochAxis(EPOCHS[:n], 0.2).steepest(np.ones(n))
    assert place == -1
    assert np.isnan(slope)


def test_many_curves_are_read_as_one_by_one():
    curves = np.random.default_rng(0).normal(size=(20, len(EPOCHS)))
    curves[curves > 1.5] = np.nan
    axis = EpochAxis(EPOCHS, 0.2)
    places, slopes = axis.steepest(curves)
    for curve, place, slope in zip(curves, places, slopes, strict=True):
        one, its = axis.steepest(curve)
        assert one == place
        assert its == pytest.approx(slope, rel=1e-12)
