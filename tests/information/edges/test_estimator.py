import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import edge_information, entropy, ksg_information
from ib_mlflow.information.edges.estimator import GAP, repeated_rows

# What the card says of the bias of estimates that are called reliable.
BIAS = 0.035


def gaussians(n, rho, seed, d=1):
    generator = np.random.default_rng(seed)
    x, noise = generator.normal(size=(2, n, d))
    return x, rho * x + np.sqrt(1 - rho**2) * noise


def mixture(n, shift, seed):
    generator = np.random.default_rng(seed)
    y = generator.integers(2, size=n)
    return (2 * y - 1) * shift + generator.normal(size=n), y


def mixture_truth(shift):
    def term(x):
        density = (norm.pdf(x, shift) + norm.pdf(x, -shift)) / 2
        return -density * np.log(density)

    return quad(term, -shift - 12, shift + 12, limit=200)[0] - np.log(2 * np.pi * np.e) / 2


@pytest.mark.parametrize("rho", [-0.99, -0.6, 0.0, 0.3, 0.9])
def test_gaussians_of_one_dimension_meet_the_truth(rho):
    estimate = edge_information(*gaussians(8000, rho, seed=4))
    assert abs(estimate.value + np.log(1 - rho**2) / 2) < 4 * estimate.standard_error + BIAS
    assert estimate.diagnostics["reliable"]
    assert (estimate.kind, estimate.n) == ("point", 8000)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
def test_gaussians_of_two_dimensions_meet_the_truth(rho):
    estimate = edge_information(*gaussians(20_000, rho, seed=4, d=2))
    assert abs(estimate.value + np.log(1 - rho**2)) < 4 * estimate.standard_error + BIAS
    assert estimate.diagnostics["reliable"]


@pytest.mark.parametrize(("rho", "d", "n"), [(0.99, 2, 5000), (0.9, 3, 5000), (0.6, 5, 5000)])
def test_what_is_out_of_reach_is_not_called_reliable(rho, d, n):
    assert not edge_information(*gaussians(n, rho, seed=0, d=d)).diagnostics["reliable"]


@pytest.mark.parametrize("width", [0.3, 1.0])
def test_uniform_variables_meet_the_truth(width):
    x, u = np.random.default_rng(3).random((2, 8000))
    # h(X + width U) of a trapezoid, less h(width U).
    estimate = edge_information(x, x + width * u)
    assert abs(estimate.value - (width / 2 - np.log(width))) < 4 * estimate.standard_error + BIAS
    assert estimate.diagnostics["reliable"]


@pytest.mark.parametrize("seed", range(3))
def test_independent_variables_share_nothing(seed):
    x, y = np.random.default_rng(seed).random((2, 4000))
    estimate = edge_information(x, y)
    assert abs(estimate.value) < 4 * estimate.standard_error
    assert estimate.diagnostics["reliable"]
    skewed = edge_information(np.exp(3 * x), y)
    assert abs(skewed.value) < 4 * skewed.standard_error + BIAS


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 3.0])
def test_mixtures_with_a_discrete_label_meet_quadrature(shift):
    estimate = edge_information(*mixture(6000, shift, seed=1))
    # Where the classes hardly overlap the sampling error is below the bias, 0.004.
    assert abs(estimate.value - mixture_truth(shift)) < 4 * estimate.standard_error + 0.005
    assert estimate.diagnostics["reliable"]


@pytest.mark.parametrize(
    ("sample", "ratios"),
    [
        (lambda seed: gaussians(600, 0.6, seed), (0.8, 1.4)),
        (lambda seed: gaussians(600, 0.9, seed), (0.8, 1.4)),
        (lambda seed: mixture(600, 1.0, seed), (0.8, 1.2)),
        # The jackknife of independent variables is too large by the root of 2 and more.
        (lambda seed: gaussians(600, 0.0, seed), (1.0, 2.0)),
    ],
)
def test_the_sampling_error_is_that_of_repetitions(sample, ratios):
    estimates = [edge_information(*sample([7, seed])) for seed in range(100)]
    spread = np.std([e.value for e in estimates], ddof=1)
    ratio = np.mean([e.diagnostics["sampling_error"] for e in estimates]) / spread
    # 100 repetitions know their own standard deviation to 7 %.
    assert ratios[0] * 0.86 < ratio < ratios[1] * 1.14
    assert all(e.standard_error >= e.diagnostics["sampling_error"] for e in estimates)


def test_it_agrees_with_nearest_neighbours():
    x, noise = np.random.default_rng(0).normal(size=(2, 8000))
    y = np.sin(3 * x) + 0.5 * noise
    ours, theirs = edge_information(x, y), ksg_information(x, y, k=3)
    error = np.hypot(ours.standard_error, theirs.standard_error)
    assert abs(ours.value - theirs.value) < 4 * error + BIAS


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([1e-8, 0.5, 16.0, 1e6]),
    shift=st.floats(-100, 100),
)
def test_units_order_and_sides_do_not_matter(seed, scale, shift):
    x, y = gaussians(300, 0.7, seed, d=2)
    value = edge_information(x, y).value
    # A sample at the border of a cell may fall on its other side by rounding.
    assert edge_information(scale * (x + shift), y).value == pytest.approx(value, abs=0.02)
    assert edge_information(y, x).value == pytest.approx(value, abs=1e-9)
    assert edge_information(x[::-1], y[::-1]).value == pytest.approx(value, abs=0.02)


def test_a_higher_order_cancels_more_and_costs_error():
    x, y = gaussians(4000, 0.9, seed=2)
    first, second = edge_information(x, y), edge_information(x, y, order=2)
    assert second.value == pytest.approx(first.diagnostics["next_order"], abs=1e-12)
    assert second.diagnostics["sampling_error"] > first.diagnostics["sampling_error"]


def test_a_deterministic_relation_has_no_finite_answer_and_is_not_reliable():
    x = np.random.default_rng(0).normal(size=4000)
    for y in (x, x**3, np.tanh(x)):
        estimate = edge_information(x, y)
        assert not estimate.diagnostics["reliable"]
        assert abs(estimate.diagnostics["next_order"] - estimate.value) > GAP


@pytest.mark.parametrize("n", [500, 2000, 20_000])
def test_tails_in_which_samples_lie_alone_are_not_believed(n):
    generator = np.random.default_rng(n)
    x, y = generator.standard_cauchy(size=(2, n))
    for target in (y, generator.integers(2, size=n)):
        estimate = edge_information(x, target)
        assert estimate.diagnostics["alone"] > 0.02
        assert not estimate.diagnostics["reliable"]
    # The tails of a lognormal or an exponential are no such tails.
    light = edge_information(np.exp(generator.normal(size=n)), generator.exponential(size=n))
    assert abs(light.value) < 4 * light.standard_error
    assert light.diagnostics["reliable"]


def test_parity_of_two_units_is_seen_and_of_four_not_believed():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(4000, 4))
    pair = edge_information(x[:, :2], x[:, 0] * x[:, 1] > 0)
    assert abs(pair.value - np.log(2)) < 4 * pair.standard_error + 0.005
    assert pair.diagnostics["reliable"]
    assert not edge_information(x, x.prod(axis=1) > 0).diagnostics["reliable"]


def test_labels_that_x_tells_have_their_entropy():
    x = np.random.default_rng(0).normal(size=4000)
    estimate = edge_information(x, np.where(x > 0, "up", "down"))
    assert estimate.value == pytest.approx(entropy(x > 0).value, abs=0.005)
    assert estimate.diagnostics["reliable"]
    assert not edge_information(x, np.arange(4000)).diagnostics["reliable"]
    assert not edge_information(x, np.arange(4000) // 2).diagnostics["reliable"]


def test_atoms_are_places_of_their_own():
    generator = np.random.default_rng(1)
    x = generator.integers(0, 3, 4000)
    y = (x + (generator.random(4000) < 0.2)) % 3
    joint = np.bincount(3 * x + y, minlength=9).reshape(3, 3) / 4000
    ratio = joint / joint.sum(1, keepdims=True) / joint.sum(0)
    plug_in = (joint[joint > 0] * np.log(ratio[joint > 0])).sum()
    for target in (y, y / 2):
        estimate = edge_information(x / 7, target)
        assert estimate.value == pytest.approx(plug_in, abs=2e-3)
        assert estimate.diagnostics["reliable"]
        assert estimate.diagnostics["duplicates"] == 4000


def test_samples_given_twice_are_not_believed():
    x, y = gaussians(2000, 0.6, seed=0)
    estimate = edge_information(np.repeat(x, 2, axis=0), np.repeat(y, 2, axis=0))
    assert estimate.diagnostics["duplicates"] == 4000
    assert not estimate.diagnostics["reliable"]


def test_a_constant_shares_nothing():
    x = np.random.default_rng(0).normal(size=500)
    for y in (np.full(500, 0.1), np.zeros(500, int)):
        estimate = edge_information(x, y)
        assert (estimate.value, estimate.standard_error) == pytest.approx((0, 0), abs=1e-7)


def test_a_few_samples_are_measured_and_not_believed():
    estimate = edge_information([0.0, 1.0, 3.0], [1.0, 2.0, 0.0])
    assert not estimate.diagnostics["reliable"]
    assert np.isnan(estimate.diagnostics["half_sample"])


def test_repeated_rows_are_counted():
    assert repeated_rows(np.array([[1.0, 0], [1, 1], [1, 0], [2, 0], [1, 1]])) == (4, 2)


GOOD = np.arange(8.0)


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (GOOD, GOOD[:-1], {}, "one row per sample"),
        (GOOD, np.where(GOOD == 3, np.nan, GOOD), {}, "y must be finite"),
        (1e300 * GOOD, GOOD, {}, "x must not pass"),
        (GOOD, GOOD.reshape(2, 2, 2), {}, "y must have shape"),
        (GOOD.astype(str), GOOD, {}, "x must be real numbers"),
        (GOOD, [[1], [2, 3]], {}, "y must be readable"),
        (GOOD[:1], GOOD[:1], {}, "x must have shape"),
        (GOOD, GOOD, {"order": 0}, "order must be a whole number"),
        (GOOD, GOOD, {"order": 9}, "order must be a whole number"),
        (GOOD, GOOD, {"order": True}, "order must be a whole number"),
    ],
)
def test_bad_input_is_refused(x, y, options, message):
    with pytest.raises(InvalidInputError, match=message):
        edge_information(x, y, **options)
