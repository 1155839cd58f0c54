import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import entr
from scipy.stats import norm

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.kde import bounds as kde
from ib_mlflow.information.kde.bounds import KDE, kde_information
from ib_mlflow.information.protocols import LayerEstimator


def mixture_entropy(centres, deviation):
    """Entropy of equal Gaussians on a line, above that of one of them."""
    # The trapezoidal rule converges faster than any power on a smooth function that dies out.
    step = deviation / 16
    t = np.arange(centres.min() - 10 * deviation, centres.max() + 10 * deviation, step)
    density = norm.pdf(t[:, None], centres, deviation).mean(axis=1)
    return entr(density).sum() * step - np.log(2 * np.pi * np.e * deviation**2) / 2


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 9), log_variance=st.floats(-6, 2))
def test_the_bounds_bracket_the_truth_on_a_line(seed, n, log_variance):
    generator = np.random.default_rng(seed)
    centres, labels = generator.normal(size=n), generator.integers(0, 2, n)
    deviation = np.exp(log_variance / 2)
    i_x = mixture_entropy(centres, deviation)
    given_y = [
        (labels == label).mean() * mixture_entropy(centres[labels == label], deviation)
        for label in np.unique(labels)
    ]
    bounds = kde_information(centres[:, None], labels, variance=deviation**2)
    assert bounds.i_x_lower.value - 1e-9 <= i_x <= bounds.i_x_upper.value + 1e-9
    assert bounds.i_y_lower.value - 1e-9 <= i_x - sum(given_y) <= bounds.i_y_upper.value + 1e-9


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 50), d=st.integers(1, 6))
def test_the_bounds_keep_their_order_and_ceiling(seed, n, d):
    generator = np.random.default_rng(seed)
    layer, labels = generator.normal(size=(n, d)), generator.integers(0, 3, n)
    bounds = kde_information(layer, labels, variance=generator.exponential())
    assert -1e-12 <= bounds.i_x_lower.value <= bounds.i_x_upper.value <= np.log(n) + 1e-12
    assert bounds.i_y_lower.value <= bounds.i_y_upper.value
    assert [e.kind for e in bounds] == ["lower", "upper", "lower", "upper"]
    assert all(e.n == n for e in bounds)


def formula(layer, labels, variance):
    def bound(rows, factor):
        squares = ((rows[:, None] - rows[None]) ** 2).sum(-1)
        return -np.log(np.exp(-squares / (factor * variance)).mean(1)).mean()

    names, part = np.unique(labels, return_counts=True)
    wide, narrow = bound(layer, 8), bound(layer, 2)
    same = {
        factor: sum(p * bound(layer[labels == c], factor) for c, p in zip(names, part, strict=True))
        / len(layer)
        for factor in (2, 8)
    }
    return [wide, narrow, wide - same[2], narrow - same[8]], [wide - same[8], narrow - same[2]]


@pytest.mark.parametrize("d", [1, 3, 12, 50])
@pytest.mark.parametrize(("n", "classes"), [(30, 2), (600, 10)])
def test_bounds_equal_their_formula(n, classes, d):
    generator = np.random.default_rng(d)
    layer = np.tanh(3 * generator.normal(size=(n, d)))
    labels = generator.integers(0, classes, n)
    bounds = kde_information(layer, labels, variance=0.3)
    (i_x, i_x_upper, i_y, i_y_upper), difference = formula(layer, labels, 0.3)
    h_y = entr(np.unique(labels, return_counts=True)[1] / n).sum()
    expected = [i_x, i_x_upper, max(0, i_y), min(i_y_upper, h_y, i_x_upper)]
    np.testing.assert_allclose([float(e) for e in bounds], expected, atol=1e-12)
    assert bounds.i_y_lower.diagnostics["i_y_difference"] == pytest.approx(difference[0], abs=1e-12)
    assert bounds.i_y_upper.diagnostics["i_y_difference"] == pytest.approx(difference[1], abs=1e-12)


def test_distant_clusters_have_the_entropy_of_their_sizes():
    layer = np.repeat([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]], [10, 20, 30], axis=0)
    labels = np.repeat(["a", "b", "b"], [10, 20, 30])
    i_x = -sum(p * np.log(p) for p in (1 / 6, 1 / 3, 1 / 2))
    i_y = -sum(p * np.log(p) for p in (1 / 6, 5 / 6))
    bounds = kde_information(layer, labels, variance=1e-3)
    np.testing.assert_allclose([float(e) for e in bounds], [i_x, i_x, i_y, i_y], atol=1e-12)
    assert all(e.diagnostics["reliable"] for e in bounds)


def test_one_place_tells_nothing_and_n_places_are_saturated():
    labels = np.arange(100) % 2
    for estimate in kde_information(np.ones((100, 3)), labels, variance=1.0):
        assert estimate.value == pytest.approx(0, abs=1e-12)
        assert estimate.standard_error == pytest.approx(0, abs=1e-12)
    for estimate in kde_information(np.arange(100.0)[:, None], labels, variance=1e-3)[:2]:
        assert estimate.value == pytest.approx(np.log(100))
        assert estimate.diagnostics["saturated"]
        assert not estimate.diagnostics["reliable"]


def test_bounds_far_apart_are_not_called_reliable():
    layer = np.random.default_rng(0).normal(size=(500, 10))
    bounds = kde_information(layer, layer[:, 0] > 0, variance=1.0)
    assert bounds.i_x_upper.diagnostics["gap"] > 0.1 * np.log(500)
    assert not bounds.i_x_lower.diagnostics["reliable"]


def test_a_smooth_spread_is_missed_by_what_the_card_says():
    # Far wider than the noise, and finer than it: in each dimension +1/2 and -ln(4/e)/2.
    centres = np.linspace(0, 1, 1000)
    truth = mixture_entropy(centres, 0.004)
    bounds = kde_information(centres[:, None], np.zeros(1000, int), variance=0.004**2)
    assert bounds.i_x_upper.value - truth == pytest.approx(0.5, abs=0.02)
    assert bounds.i_x_lower.value - truth == pytest.approx(-np.log(4 / np.e) / 2, abs=0.02)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-2, 1e2), shift=st.floats(-100, 100))
def test_only_distances_in_units_of_the_noise_matter(seed, scale, shift):
    generator = np.random.default_rng(seed)
    layer, labels = generator.normal(size=(40, 3)), generator.integers(0, 2, 40)
    still = kde_information(layer, labels, variance=0.1)
    moved = kde_information(scale * layer[:, ::-1] + shift, 1 - labels, variance=0.1 * scale**2)
    np.testing.assert_allclose([float(e) for e in still], [float(e) for e in moved], atol=1e-7)


def test_less_noise_more_information():
    layer = np.random.default_rng(1).normal(size=(200, 2))
    values = [kde_information(layer, layer[:, 0] > 0, variance=v)[:2] for v in (1, 0.1, 0.01)]
    assert (np.diff(np.array([[float(e) for e in pair] for pair in values]), axis=0) > 0).all()


@pytest.mark.parametrize("variance", [0.02, 0.5])
def test_the_standard_errors_are_those_of_repetitions(variance):
    def draw(seed):
        generator = np.random.default_rng(seed)
        labels = generator.integers(0, 2, 300)
        layer = np.tanh(generator.normal(labels[:, None] - 0.5, 1, size=(300, 2)))
        return kde_information(layer, labels, variance=variance)

    estimates = [draw(seed) for seed in range(200)]
    for which in zip(*estimates, strict=True):
        spread = np.std([e.value for e in which], ddof=1)
        # 200 repetitions know their own standard deviation to 5 %.
        claimed = np.mean([e.standard_error for e in which])
        assert claimed == pytest.approx(spread, rel=0.2)


def test_some_samples_tell_the_standard_error_of_all(monkeypatch):
    layer = np.random.default_rng(0).normal(size=(3000, 2))
    errors = []
    for ranks in (256, 3000):
        monkeypatch.setattr(kde, "RANKS", ranks)
        errors.append(
            [e.standard_error for e in kde_information(layer, layer[:, 0] > 0, variance=0.1)]
        )
    np.testing.assert_allclose(*errors, rtol=0.15)


def test_layers_are_measured_along_every_leading_axis():
    generator = np.random.default_rng(0)
    layers, labels = generator.normal(size=(2, 3, 60, 5)), generator.integers(0, 2, 60)
    for bound in ("lower", "upper"):
        estimator = KDE(variance=0.5, bound=bound)
        assert isinstance(estimator, LayerEstimator)
        measured = estimator(layers.astype(np.float32), labels)
        assert measured.i_x.shape == measured.reliable.shape == (2, 3)
        assert measured.kind == bound
        for at in np.ndindex(2, 3):
            alone = kde_information(layers[at].astype(np.float32), labels, variance=0.5)._asdict()
            for quantity in ("i_x", "i_y"):
                estimate = alone[f"{quantity}_{bound}"]
                assert getattr(measured, quantity)[at] == pytest.approx(estimate.value, abs=1e-12)
                error = getattr(measured, f"{quantity}_se")[at]
                assert error == pytest.approx(estimate.standard_error, abs=1e-12)


@pytest.mark.parametrize("variance", [0, -0.1, np.nan, np.inf, None])
def test_the_noise_must_be_chosen(variance):
    with pytest.raises(InvalidInputError, match="variance must be positive"):
        kde_information(np.eye(3), [0, 1, 1], variance=variance)
    with pytest.raises(InvalidInputError, match="variance must be positive"):
        KDE(variance=variance, bound="upper")


def test_bad_input_is_refused():
    with pytest.raises(InvalidInputError, match="bound must be lower or upper"):
        KDE(variance=0.1, bound="point")
    with pytest.raises(InvalidInputError, match="shape"):
        kde_information(np.ones((2, 3, 4)), [0, 1, 1], variance=0.1)
    with pytest.raises(InvalidInputError, match="labels must have shape"):
        kde_information(np.eye(3), [0, 1], variance=0.1)
    with pytest.raises(InvalidInputError, match="must be finite, of at least two"):
        kde_information([[np.nan], [0.0]], [0, 1], variance=0.1)
    with pytest.raises(InvalidInputError, match="must be finite, of at least two"):
        kde_information([[0.0]], [0], variance=0.1)
    for scale, variance in ((1e200, 0.1), (1.0, 1e-303), (1e200, 1e300)):
        with pytest.raises(InvalidInputError, match="activations must not pass"):
            kde_information([[scale], [0.0]], [0, 1], variance=variance)


def test_bounds_on_the_label_keep_to_what_it_can_be():
    generator = np.random.default_rng(3)
    layer, labels = generator.normal(size=(400, 30)), np.arange(400) % 10
    bounds = kde_information(layer, labels, variance=3.0)
    assert bounds.i_x_lower.value < bounds.i_x_upper.value
    assert bounds.i_y_lower.value == 0
    assert bounds.i_y_upper.value == pytest.approx(np.log(10), rel=1e-12)
    assert bounds.i_y_upper.value <= bounds.i_x_upper.value
