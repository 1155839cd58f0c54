"""Both readings of a fall, held against curves whose truth is known."""

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.peaks import _common_peak, falls

SIGMA = 0.3
EPOCHS = {
    7: [0, 1, 6, 29, 143, 655, 3000],
    8: [0, 1, 4, 14, 55, 208, 790, 3000],
    10: [0, 1, 3, 8, 21, 60, 150, 420, 1100, 3000],
}


def hill(t, peak, fall):
    """Rises by 3 to its peak and falls to the end, over the logarithm of the epoch."""
    return np.interp(np.log1p(t), np.log1p([0, peak, 3000]), [5, 8, 8 - fall])


def highest_less_end(curves):
    return (curves[:, :-1].max(axis=1) - curves[:, -1]).mean()


def mean_and_error(numbers):
    return np.mean(numbers), np.std(numbers) / np.sqrt(len(numbers))


@pytest.mark.parametrize("measured", EPOCHS)
@pytest.mark.parametrize("peaks", [(20, 25, 28, 30, 35, 40), (45, 50, 60, 70, 80, 90)])
@pytest.mark.parametrize("fall", [0.6, 1.0, 3.4])
def test_of_few_epochs_the_truth_is_read_at_most(measured, peaks, fall):
    """By what is read at least alone, 0.7 would be 0.3, and 3.4 be 2.2."""
    curves = np.array([hill(EPOCHS[measured], peak, fall) for peak in peaks])
    truth = highest_less_end(curves)
    read = falls(curves)
    assert read.most.mean() == pytest.approx(truth)
    assert read.least.mean() < 0.9 * truth


@pytest.mark.parametrize("measured", EPOCHS)
@pytest.mark.parametrize("fall", [0.0, 1.0, 3.4])
def test_noise_lies_between_the_readings_on_average(measured, fall):
    """Of flat curves, and of hills that peak at one measured epoch."""
    truth = np.interp(np.arange(measured), [0, 2, measured - 1], [8 - fall, 8, 8 - fall])
    generator = np.random.default_rng(100 + measured)
    reads = [falls(truth + SIGMA * generator.normal(size=(6, measured))) for _ in range(1000)]
    least, error = mean_and_error([read.least.mean() for read in reads])
    most, _ = mean_and_error([read.most.mean() for read in reads])
    assert least < fall + 4 * error
    assert most > fall - 4 * error
    if fall == 0:
        assert abs(least) < 4 * error


def test_stated_errors_take_most_of_the_noise_off_what_is_read_at_most():
    generator = np.random.default_rng(0)
    noise = SIGMA * generator.normal(size=(500, 6, 8))
    told = [falls(curves, np.full_like(curves, SIGMA)).most.mean() for curves in noise]
    bare = [falls(curves).most.mean() for curves in noise]
    assert np.mean(told) < 0.4 * np.mean(bare)
    # It stays a limit from above: no less than the truth, which is 0.
    assert np.mean(told) > 0


def test_a_curve_with_errors_of_zero_is_read_at_its_highest_point():
    curves = np.array([hill(EPOCHS[8], peak, 1.0) for peak in (10, 60, 300)])
    read = falls(curves, np.zeros_like(curves))
    np.testing.assert_allclose(read.most, curves.max(axis=1) - curves[:, -1])


@pytest.mark.parametrize(("fall", "width"), [(0.0, 100), (1.0, 5), (1.0, 3)])
def test_of_dense_epochs_the_readings_are_close_and_hold_the_truth(fall, width):
    t = np.arange(101)
    truth = 4 + fall * np.maximum(0, 1 - np.abs(t - 40) / width)
    generator = np.random.default_rng(1)
    reads = [falls(truth + 0.1 * generator.normal(size=(20, 101))) for _ in range(200)]
    least, error = mean_and_error([read.least.mean() for read in reads])
    most, _ = mean_and_error([read.most.mean() for read in reads])
    assert least < fall + 4 * error
    assert most > fall - 4 * error
    assert most - least < 0.05 + 2.5 * fall / width


def test_at_least_is_never_more_than_at_most_and_the_unknown_stays_so():
    curves = np.random.default_rng(3).normal(size=(6, 8))
    curves[1, -1] = np.nan
    curves[2, 3] = np.nan
    curves[3, :-1] = np.nan
    for errors in (None, np.full_like(curves, 0.5)):
        read = falls(curves, errors)
        assert np.isnan(read.least).tolist() == [False, True, False, True, False, False]
        assert np.isnan(read.most).tolist() == np.isnan(read.least).tolist()
        known = np.isfinite(read.least)
        assert (read.least[known] <= read.most[known]).all()


def test_what_is_no_table_of_curves_is_refused():
    with pytest.raises(InvalidInputError, match="a table"):
        falls(np.ones(4))
    with pytest.raises(InvalidInputError, match="as many errors"):
        falls(np.ones((2, 4)), np.ones((2, 3)))


@pytest.mark.parametrize("place", [1, 30, 58])
def test_a_peak_of_all_networks_at_one_epoch_is_read_at_most(place):
    generator = np.random.default_rng(place)
    curves = 3 + 0.01 * generator.normal(size=(6, 60))
    curves[:, place] += 1.5
    read = falls(curves)
    assert read.most.min() > 1.4
    assert read.least.max() < 0.1
    # Of one of them alone it may be noise.
    curves[1:, place] -= 1.5
    assert falls(curves).most.max() < 0.4


@pytest.mark.parametrize("members", [5, 20])
def test_noise_alone_has_hardly_a_peak_in_common(members):
    generator = np.random.default_rng(members)
    noise = generator.normal(size=(400, members, 100))
    assert max(falls(curves).most.mean() for curves in noise[:50]) < 2
    assert np.mean([np.isfinite(_common_peak(curves)).any() for curves in noise]) < 0.01
