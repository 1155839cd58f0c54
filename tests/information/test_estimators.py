"""What holds for every registered estimator of a layer's information."""

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import ESTIMATORS, LayerEstimator, LayerInformation, entropy

ALL = [
    pytest.param(estimator, id=f"{name}:{estimator.setting}")
    for name, settings in ESTIMATORS.items()
    for estimator in settings
]
pytestmark = pytest.mark.parametrize("estimator", ALL)

N, D = 120, 3
RNG = np.random.default_rng(0)
LABELS = RNG.integers(3, size=N)
# Each label has a centre of its own, so that both informations are well above zero.
ACTIVATIONS = np.tanh(
    np.array([-1.0, 0.0, 1.0])[LABELS, None] + 0.3 * RNG.normal(size=(2, N, D))
).astype(np.float32)


def numbers(measured):
    return np.stack([measured.i_x, measured.i_x_se, measured.i_y, measured.i_y_se])


def same(measured, expected):
    np.testing.assert_allclose(numbers(measured), numbers(expected), rtol=1e-9, atol=1e-9)


def test_it_is_an_estimator_with_an_identity(estimator):
    assert isinstance(estimator, LayerEstimator)
    assert ESTIMATORS[estimator.name].count(estimator) == 1
    assert all(part.count("=") == 1 for part in estimator.setting.split(","))
    settings = [(other.values[0].name, other.values[0].setting) for other in ALL]
    assert settings.count((estimator.name, estimator.setting)) == 1


@pytest.mark.parametrize("leading", [(), (2,), (1, 2)])
def test_results_have_the_leading_shape(estimator, leading):
    measured = estimator(np.broadcast_to(ACTIVATIONS[0], (*leading, N, D)), LABELS)
    assert isinstance(measured, LayerInformation)
    assert numbers(measured).shape == (4, *leading)
    assert measured.saturated.shape == measured.reliable.shape == leading
    assert measured.n == N
    assert np.isfinite(numbers(measured)).all()


def test_leading_indices_do_not_touch_each_other(estimator):
    whole = estimator(ACTIVATIONS, LABELS)
    for index in range(2):
        alone = estimator(ACTIVATIONS[index], LABELS)
        # To the bit: trials are measured together or alone, as a search was interrupted or not.
        np.testing.assert_array_equal(numbers(whole)[:, index], numbers(alone))


def test_information_lies_within_its_bounds(estimator):
    measured = estimator(ACTIVATIONS, LABELS)
    h_y = entropy(LABELS).value
    assert (measured.i_x >= -4 * measured.i_x_se - 1e-9).all()
    assert (measured.i_y >= -4 * measured.i_y_se - 1e-9).all()
    if measured.kind != "upper":
        assert (measured.i_x <= np.log(N) + 4 * measured.i_x_se + 1e-9).all()
        assert (measured.i_y <= h_y + 4 * measured.i_y_se + 1e-9).all()
        assert (measured.i_y <= measured.i_x + 4 * measured.i_x_se + 1e-9).all()


def test_the_order_of_rows_does_not_matter(estimator):
    rows = RNG.permutation(N)
    same(estimator(ACTIVATIONS[:, rows], LABELS[rows]), estimator(ACTIVATIONS, LABELS))


def test_the_order_of_units_does_not_matter(estimator):
    same(estimator(ACTIVATIONS[..., ::-1], LABELS), estimator(ACTIVATIONS, LABELS))


@pytest.mark.parametrize("names", [[2, 0, 1], [-(2**62), 2**62, 5], list("zxy"), [0.5, 0.25, -1]])
def test_the_names_of_labels_do_not_matter(estimator, names):
    same(estimator(ACTIVATIONS, np.array(names)[LABELS]), estimator(ACTIVATIONS, LABELS))


def test_the_memory_layout_does_not_matter(estimator):
    other = np.ascontiguousarray(ACTIVATIONS.swapaxes(1, 2)).swapaxes(1, 2)
    same(estimator(other, LABELS), estimator(ACTIVATIONS, LABELS))


def test_the_given_arrays_are_not_changed(estimator):
    activations, labels = ACTIVATIONS.copy(), LABELS.copy()
    estimator(activations, labels)
    np.testing.assert_array_equal(activations, ACTIVATIONS)
    np.testing.assert_array_equal(labels, LABELS)


def test_a_constant_layer_tells_nothing(estimator):
    measured = estimator(np.full((N, D), 0.25, np.float32), LABELS)
    assert measured.i_x == pytest.approx(0, abs=4 * measured.i_x_se + 1e-9)
    assert measured.i_y == pytest.approx(0, abs=4 * measured.i_y_se + 1e-9)


def test_labels_are_told_by_a_layer_that_separates_them(estimator):
    separated = np.array([-0.9, 0.0, 0.9], np.float32)[LABELS, None].repeat(D, axis=1)
    measured = estimator(separated, LABELS)
    h_y = entropy(LABELS).value
    assert measured.i_y == pytest.approx(h_y, abs=4 * measured.i_y_se + 1e-9)


# A layer of five places, far apart, that every estimator can measure, and knows nothing of Y.
PLACES = np.linspace(-0.9, 0.9, 5, dtype=np.float32)[RNG.integers(5, size=(4096, 1))]
NOISE = RNG.normal(size=4096)


@pytest.mark.parametrize("classes", [1, 2, 5, 10])
def test_a_few_labels_leave_the_judgement_to_the_layer(estimator, classes):
    assert estimator(PLACES, RNG.integers(classes, size=4096)).reliable


@pytest.mark.parametrize(
    "labels",
    [
        np.arange(4096),
        RNG.permutation(4096) - 2**62,
        RNG.permutation(4096).astype(str),
        RNG.integers(4096, size=4096),
        RNG.permutation(4096) // 2,
        RNG.permutation(4096) // 10,
        NOISE,
        NOISE.astype(np.float32),
        NOISE.round(3),
        np.maximum(NOISE, 0),
    ],
    ids=[
        *("order", "permuted", "text", "with ties", "pairs", "tens"),
        *("continuous", "float32", "rounded", "rectified"),
    ],
)
def test_labels_as_many_as_rows_or_continuous_are_never_reliable(estimator, labels):
    measured, ordinary = estimator(PLACES, labels), estimator(PLACES, NOISE > 0)
    assert not measured.reliable
    assert ordinary.reliable
    assert measured.saturated == ordinary.saturated
    np.testing.assert_allclose(measured.i_x, ordinary.i_x, rtol=1e-9)


@pytest.mark.parametrize(
    ("activations", "labels"),
    [
        (np.where(np.arange(N)[:, None] == 7, np.nan, ACTIVATIONS[0]), LABELS),
        (np.where(np.arange(N)[:, None] == 7, np.inf, ACTIVATIONS[0]), LABELS),
        (ACTIVATIONS, LABELS[:-1]),
        (ACTIVATIONS, np.eye(3)[LABELS]),
        (ACTIVATIONS, np.where(np.arange(N) == 7, np.nan, LABELS)),
        (ACTIVATIONS[0, :, 0], LABELS),
        (ACTIVATIONS[:, :0], LABELS[:0]),
        (ACTIVATIONS[..., :0], LABELS),
        (ACTIVATIONS[:0], LABELS),
        (ACTIVATIONS.astype(str), LABELS),
    ],
    ids=["nan", "inf", "length", "one-hot", "nan-label", "one-axis", "n=0", "d=0", "*=0", "text"],
)
def test_what_cannot_be_measured_is_refused(estimator, activations, labels):
    with pytest.raises(InvalidInputError):
        estimator(activations, labels)
