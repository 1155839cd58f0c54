"""The corrected drop against curves whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.trajectory import Trajectory, compression, compression_band
from ib_mlflow.trajectory.drops import corrected_drop, corrected_drops, exact_falls
from ib_mlflow.trajectory.members import drops

NAN = np.nan


def drop_of(values, errors=0.0):
    return corrected_drop(
        np.asarray(values, float), np.broadcast_to(np.asarray(errors, float), len(values))
    )


@pytest.mark.parametrize(
    ("values", "drop"),
    [
        ([1, 1, 1, 1], 0),  # a flat curve
        ([0, 3, 3, 3, 3, 3, 1], 2),  # a plateau from either parity
        ([3, 3, 3, 1], 2),  # highest at the start
        ([2, 1.5], 0.5),  # one epoch before the last: nothing to choose
        ([1, 2, 3, 4], -2),  # rises: 3 is chosen and 2 read; 2 is chosen, and 1 and 3 are read
        ([NAN, 3, NAN, 3, 3, 1], 2),  # skipped
    ],
)
def test_hand_made_curves(values, drop):
    assert drop_of(values)[0] == pytest.approx(drop)


@pytest.mark.parametrize("values", [[1], [NAN, 1], [2, NAN], [NAN, NAN], [2, 3, NAN]])
def test_what_cannot_be_read_is_not_a_number(values):
    assert np.isnan(drop_of(values)).all()


def test_the_error_is_that_of_the_epochs_that_were_read():
    # 0 chooses and 1 is read whole; 1 chooses and 0 and 2 are read, half each: 1/4, 1/2, 1/4.
    errors = [0.1, 0.2, 0.3, NAN, 0.4]
    drop, error = drop_of([6, 5, 5, 0, 1], errors)
    assert drop == pytest.approx(4.25)
    assert error == pytest.approx(np.sqrt(0.025**2 + 0.1**2 + 0.075**2 + 0.4**2))
    assert np.isnan(drop_of([6, 5, 5, 0, 1], [0.1, 0.2, NAN, 0, 0])[1])


@pytest.mark.parametrize("t", [3, 8, 60])
@pytest.mark.parametrize("height", [0.0, 4.0])
def test_noise_adds_nothing_to_the_drop_and_the_error_is_its_spread(t, height):
    """A flat curve, or a wide plateau, that ends `height` lower: the peak alone is flattered."""
    generator, sigma, draws = np.random.default_rng(t), 0.3, 4000
    truth = np.append(np.full(t, height), 0.0)
    curves = truth + sigma * generator.standard_normal((draws, t + 1))
    read = np.array([drop_of(curve, sigma) for curve in curves])
    error_of_mean = read[:, 0].std() / np.sqrt(draws)
    assert abs(read[:, 0].mean() - height) < 4 * error_of_mean
    naive = (curves.max(axis=1) - curves[:, -1]).mean()
    assert naive - height > 20 * error_of_mean
    covered = np.abs(read[:, 0] - height) < 1.96 * read[:, 1]
    # The choice of either half is not quite independent of what the other reads: 1 % less.
    assert 0.95 - 0.01 - 4 * np.sqrt(0.05 * 0.95 / draws) < covered.mean() < 0.97


@given(
    st.lists(st.integers(0, 9).map(float) | st.just(NAN), min_size=1, max_size=9),
    st.floats(-3, 3),
)
def test_the_drop_moves_with_nothing_and_never_passes_peak_minus_end(values, shift):
    drop, error = drop_of(values, 0.1)
    moved, _ = drop_of(np.array(values) + shift, 0.1)
    assert np.isnan(drop) == np.isnan(moved)
    if not np.isnan(drop):
        assert moved == pytest.approx(drop, abs=1e-9)
        assert drop <= np.nanmax(values) - values[-1] + 1e-9
        assert 0.1 * np.sqrt(1 + 1 / len(values)) - 1e-9 <= error <= 0.1 * np.sqrt(2) + 1e-9


def test_every_curve_of_a_trajectory_has_its_own(curves):
    i_x = np.array([[[1, 4], [3, 4], [3, 4], [3, 1]], [[2, 1], [2, 1], [2, NAN], [1, NAN]]])
    table = compression(curves(i_x, epochs=[0, 1, 10, 100]))
    expected = [[drop_of(i_x[member, :, layer])[0] for layer in range(2)] for member in range(2)]
    np.testing.assert_array_equal(table["drop"], np.ravel(expected))
    assert table["drop_se"].isna().all()  # no estimator has stated an error
    np.testing.assert_array_equal(table["compression"], [0, 3, 1, NAN])


def test_of_one_epoch_there_is_no_drop_but_a_compression_of_zero(curves):
    table = compression(curves([[[2.0]]], epochs=[0]))
    assert table["compression"].tolist() == [0]
    assert table[["drop", "drop_se"]].isna().all(axis=None)


def test_members_read_their_drops(curves):
    plane = curves([[[1], [3], [3], [3], [2]], [[5], [5], [5], [5], [1]]], epochs=range(5))
    assert drops(plane, 1).tolist() == [1, 4]


def test_the_band_over_members_and_the_error_of_the_mean(curves):
    i_x = [[[3], [3], [3], [h]] for h in (2.0, 1.0, 0.0, NAN)]
    plane = curves(i_x, epochs=range(4))
    band = compression_band(Trajectory(plane.frame.assign(i_x_se=0.2), plane.guides))
    assert band["quantity"].tolist() == ["compression", "drop"]
    assert band["mean"].tolist() == [pytest.approx(2)] * 2
    assert band["missing"].tolist() == [1, 1]
    assert band["q05"].tolist() == [pytest.approx(1.1)] * 2
    # Weights 1/4, 1/2, 1/4 before the last.
    single = 0.2 * np.sqrt(1 + 1 / 4 + 1 / 8)
    assert band["mean_se"].tolist() == [
        pytest.approx(NAN, nan_ok=True),
        pytest.approx(single / 3**0.5),
    ]
    unknown = plane.frame.assign(i_x_se=np.where(plane.frame["member"] == 0, NAN, 0.2))
    assert compression_band(Trajectory(unknown, plane.guides))["mean_se"].isna().all()


def test_a_band_of_members_that_all_diverged_is_missing(curves):
    band = compression_band(curves([[[3], [NAN]], [[3], [NAN]]], epochs=[0, 1]))
    assert band[["mean", "mean_se"]].isna().all(axis=None)


def test_rows_of_curves_may_lie_apart():
    frame = pd.DataFrame(
        {"member": [1, 0, 1, 0], "i_x": [4.0, 2.0, 1.0, 1.5], "i_x_se": [0.3, 0.0, 0.4, 0.1]}
    )
    table = corrected_drops(frame, ["member"]).set_index("member")
    assert table["drop"].to_dict() == {0: 0.5, 1: 3.0}
    assert table["drop_se"].to_dict() == {0: pytest.approx(0.1), 1: pytest.approx(0.5)}


@pytest.mark.parametrize("width", [0.3, 1.0, 5.0])
def test_on_average_the_truth_lies_between_the_drop_and_peak_minus_end(curves, width):
    """Also of peaks that are sharper than the epochs resolve."""
    truth = 2 * np.exp(-(((np.arange(20) - 7) / width) ** 2))
    noise = 0.1 * np.random.default_rng(1).standard_normal((400, 20, 1))
    table = compression(curves(3 + truth[None, :, None] + noise, epochs=range(20)))
    slack = 4 * table[["drop", "compression"]].std() / np.sqrt(400)
    assert table["drop"].mean() - slack["drop"] < truth.max() - truth[-1]
    assert table["compression"].mean() + slack["compression"] > truth.max() - truth[-1]


@pytest.mark.parametrize(
    ("values", "fall"),
    [
        ([0, 2, 1, 2], 1),  # comes back, of which the drop sees nothing
        ([2, 1.5, 1], 1),
        ([1, 1, 1, 1], 0),
        ([0, 1, 2], 0),
        ([3, 2, 4, 1.5, 5], 2.5),  # the largest of several
    ],
)
def test_an_exact_fall_is_from_a_point_to_the_lowest_after_it(values, fall):
    assert exact_falls(np.array(values, float)) == fall


def test_an_exact_curve_is_not_corrected_after_a_steep_rise():
    t = np.arange(40)
    curve = np.where(t <= 20, np.exp((t - 20) / 1.5), 1 - 0.02 * np.clip(t - 20, 0, 8))
    assert exact_falls(curve) == pytest.approx(0.16)
    assert exact_falls(np.append(np.linspace(0, 1, 40), 1 - 1e-5)) == pytest.approx(1e-5)
