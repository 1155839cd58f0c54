import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import cosine

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import cosine_similarities, epoch_slopes


def layers(*shape, seed=0):
    return np.tanh(2 * np.random.default_rng(seed).normal(size=shape)).astype(np.float32)


def test_lines_are_those_of_scipy():
    generator = np.random.default_rng(0)
    epochs = np.sort(generator.choice(128, 20, replace=False))
    curves = 3 - 0.01 * epochs[:, None, None] + generator.normal(size=(20, 2, 7))
    lines = epoch_slopes(curves, epochs=epochs)
    assert lines.slope.shape == lines.standard_error.shape == (2, 7)
    for index in np.ndindex(2, 7):
        theirs = stats.linregress(epochs, curves[(slice(None), *index)])
        assert lines.slope[index] == pytest.approx(theirs.slope, rel=1e-10, abs=1e-14)
        assert lines.standard_error[index] == pytest.approx(theirs.stderr, rel=1e-10)


def test_standard_errors_of_slopes_are_their_spread():
    generator = np.random.default_rng(1)
    epochs = np.arange(12)
    curves = 0.3 * generator.normal(size=(12, 4000)) - 0.02 * epochs[:, None]
    lines = epoch_slopes(curves, epochs=epochs)
    truth = 0.3 / np.sqrt(((epochs - epochs.mean()) ** 2).sum())
    assert lines.slope.mean() == pytest.approx(-0.02, abs=4 * truth / np.sqrt(4000))
    assert lines.slope.std(ddof=1) == pytest.approx(truth, rel=4 / np.sqrt(2 * 4000))
    # The mean variance, for a root is biased.
    variance = (lines.standard_error**2).mean()
    assert variance == pytest.approx(truth**2, rel=4 * np.sqrt(2 / 10 / 4000))


@given(
    slope=st.floats(-1, 1), level=st.floats(-5, 5), start=st.integers(0, 100), t=st.integers(3, 40)
)
def test_a_line_is_found_exactly(slope, level, start, t):
    epochs = start + np.arange(t)
    lines = epoch_slopes(level + slope * epochs, epochs=epochs)
    assert lines.slope == pytest.approx(slope, abs=1e-10)
    assert lines.standard_error == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(
    ("curves", "epochs", "message"),
    [
        ([1.0, 2.0], [0, 1], "three or more epochs"),
        ([1.0, 2.0, 3.0], [0, 1], "three or more epochs"),
        ([1.0, 2.0, 3.0], [5, 5, 5], "three or more epochs"),
        ([[1.0, 2.0, 3.0]], [0, 1, 2], "three or more epochs"),
        (1.0, [0, 1, 2], "three or more epochs"),
        ([1.0, np.nan, 3.0], [0, 1, 2], "curves must be finite"),
        ([1.0, 2.0, 3.0], [0, 1, np.inf], "epochs must be finite"),
        (["a", "b", "c"], [0, 1, 2], "curves must be real numbers"),
    ],
)
def test_what_has_no_line_is_refused(curves, epochs, message):
    with pytest.raises(InvalidInputError, match=message):
        epoch_slopes(curves, epochs=epochs)


def test_cosines_are_those_of_scipy():
    first, second = layers(2, 50, 6), layers(2, 50, 6, seed=1)
    cosines = cosine_similarities(first, second)
    assert cosines.shape == (2, 50)
    for index in np.ndindex(2, 50):
        expected = 1 - cosine(first[index].astype(float), second[index].astype(float))
        assert cosines[index] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("d", [10, 3136])
def test_unrelated_directions_are_near_a_right_angle(d):
    """The paper's 0.02 to 0.3 for layers of 3136 to 10 units: 1/√d."""
    generator = np.random.default_rng(d)
    cosines = cosine_similarities(*generator.normal(size=(2, 1000, d)))
    assert cosines.mean() == pytest.approx(0, abs=4 / np.sqrt(1000 * d))
    assert cosines.std() == pytest.approx(1 / np.sqrt(d), rel=4 / np.sqrt(2 * 1000))


@given(st.floats(1e-20, 1e20), st.floats(1e-20, 1e20), st.integers(0, 2**32))
def test_lengths_do_not_matter_and_order_neither(first_scale, second_scale, seed):
    first, second = np.random.default_rng(seed).normal(size=(2, 5, 3))
    cosines = cosine_similarities(first, second)
    np.testing.assert_allclose(
        cosine_similarities(first_scale * first, second_scale * second), cosines, atol=1e-12
    )
    np.testing.assert_array_equal(cosine_similarities(second, first), cosines)
    np.testing.assert_allclose(cosine_similarities(first, -first), -1, atol=1e-15)
    assert (np.abs(cosines) <= 1).all()


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_squares_neither_vanish_nor_overflow(size):
    np.testing.assert_allclose(cosine_similarities([[size, 0]], [[size, size]]), 0.5**0.5)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (np.ones((4, 3)), np.ones((4, 2)), "of the same shape"),
        (np.ones((2, 4, 3)), np.ones((4, 3)), "of the same shape"),
        (np.zeros((4, 3)), np.ones((4, 3)), "4 samples without a direction"),
        (np.ones((4, 3)), np.full((4, 3), np.nan), "without a direction"),
        (np.ones((4, 3)), np.full((4, 3), np.inf), "without a direction"),
    ],
)
def test_what_has_no_angle_is_refused(first, second, message):
    with pytest.raises(InvalidInputError, match=message):
        cosine_similarities(first, second)
