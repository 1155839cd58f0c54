import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma, gamma
from scipy.stats import ortho_group
from sklearn.feature_selection import mutual_info_regression

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.neighbours.estimator import knn_entropy, ksg_information


def gaussian_pair(n, rho, seed, d=1):
    generator = np.random.default_rng(seed)
    x, noise = generator.normal(size=(2, n, d))
    return x, rho * x + np.sqrt(1 - rho**2) * noise


def entropy_by_definition(points, k):
    n, d = points.shape
    total = 0.0
    for i in range(n):
        distances = sorted(np.linalg.norm(points[i] - points[j]) for j in range(n) if j != i)
        total += np.log(np.pi ** (d / 2) / gamma(d / 2 + 1) * distances[k - 1] ** d)
    return digamma(n) - digamma(k) + total / n


def information_by_definition(x, y, k, variant):
    n = len(x)
    total = 0.0
    for i in range(n):
        gap_x, gap_y = (np.abs(z - z[i]).max(axis=1) for z in (x, y))
        others = np.arange(n) != i
        gaps = np.maximum(gap_x, gap_y)[others]
        if variant == 1:
            radius = np.sort(gaps)[k - 1]
            count_x, count_y = ((gap[others] < radius).sum() for gap in (gap_x, gap_y))
            total += digamma(k) - digamma(count_x + 1) - digamma(count_y + 1)
        else:
            closest = np.argsort(gaps)[:k]
            count_x, count_y = (
                (gap[others] <= gap[others][closest].max()).sum() for gap in (gap_x, gap_y)
            )
            total += digamma(k) - 1 / k - digamma(count_x) - digamma(count_y)
    return digamma(n) + total / n


@pytest.mark.parametrize("k", [1, 3, 7])
@pytest.mark.parametrize("d", [1, 2, 5, 11])
def test_entropy_equals_its_definition(d, k):
    points = np.random.default_rng(d).normal(size=(60, d))
    assert knn_entropy(points, k=k).value == pytest.approx(
        entropy_by_definition(points, k), abs=1e-12
    )


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize(("d_x", "d_y"), [(1, 1), (1, 3), (2, 2), (6, 7)])
def test_information_equals_its_definition(d_x, d_y, k, variant):
    generator = np.random.default_rng(d_x)
    x, y = generator.normal(size=(80, d_x)), generator.normal(size=(80, d_y))
    y[:, 0] += 2 * x[:, 0]
    estimate = ksg_information(x, y, k=k, variant=variant)
    assert estimate.value == pytest.approx(information_by_definition(x, y, k, variant), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_information_agrees_with_scikit_learn(seed):
    x, y = gaussian_pair(1500, 0.8, seed)
    # That library scales both variables and adds noise of 1e-10 of their scale.
    x, y = x / x.std(), y / y.std()
    theirs = mutual_info_regression(x, y[:, 0], n_neighbors=3, random_state=seed)[0]
    assert ksg_information(x, y, k=3).value == pytest.approx(theirs, abs=2e-4)


@pytest.mark.parametrize(
    ("sample", "truth"),
    [
        (lambda g, n: g.random(n), 0.0),
        (lambda g, n: 7 + 3 * g.random((n, 2)), 2 * np.log(3)),
        (lambda g, n: g.exponential(2.0, n), 1 + np.log(2)),
        (lambda g, n: g.normal(size=(n, 1)) / 100, np.log(2 * np.pi * np.e) / 2 - np.log(100)),
        (lambda g, n: g.normal(size=(n, 3)), 1.5 * np.log(2 * np.pi * np.e)),
        (lambda g, n: g.laplace(size=n), 1 + np.log(2)),
    ],
)
@pytest.mark.parametrize("k", [1, 3, 10])
def test_entropy_meets_the_truth(sample, truth, k):
    estimate = knn_entropy(sample(np.random.default_rng(k), 20_000), k=k)
    bias = estimate.diagnostics["cube_bias"]
    assert abs(estimate.value - truth) < 4 * estimate.standard_error + bias
    assert estimate.diagnostics["reliable"]
    assert (estimate.kind, estimate.n) == ("point", 20_000)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("rho", [-0.99, -0.6, 0.3, 0.9])
def test_information_of_gaussians_meets_the_truth(rho, variant):
    x, y = gaussian_pair(8000, rho, seed=5)
    estimate = ksg_information(x, y, k=3, variant=variant)
    assert abs(estimate.value + np.log(1 - rho**2) / 2) < 4 * estimate.standard_error
    assert estimate.diagnostics["reliable"]


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(("d_x", "d_y"), [(1, 1), (2, 5), (7, 3)])
def test_independent_variables_share_nothing(d_x, d_y, variant):
    generator = np.random.default_rng(3)
    x, y = generator.normal(size=(2000, d_x)), generator.exponential(size=(2000, d_y))
    estimate = ksg_information(x, y, k=3, variant=variant)
    assert abs(float(estimate)) < 4 * estimate.standard_error


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize(("n", "d"), [(300, 1), (300, 2), (300, 6)])
def test_the_standard_error_of_entropy_is_that_of_repetitions(n, d, k):
    estimates = [
        knn_entropy(np.random.default_rng([d, k, seed]).normal(size=(n, d)), k=k)
        for seed in range(100)
    ]
    # 100 repetitions know their own standard deviation to 7 %.
    spread = np.std([e.value for e in estimates], ddof=1)
    ratio = np.mean([e.standard_error for e in estimates]) / spread
    assert 0.9 - 0.2 < ratio < 1.3 + 0.27


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(("rho", "d"), [(0.0, 1), (0.8, 1), (0.5, 3)])
def test_the_standard_error_of_information_is_that_of_repetitions(rho, d, variant):
    pairs = (gaussian_pair(300, rho, seed, d) for seed in range(100))
    estimates = [ksg_information(*pair, k=3, variant=variant) for pair in pairs]
    spread = np.std([e.value for e in estimates], ddof=1)
    ratio = np.mean([e.standard_error for e in estimates]) / spread
    assert 0.9 - 0.2 < ratio < 1.3 + 0.27


@pytest.mark.parametrize(("n", "d", "k"), [(200, 2, 1), (2000, 2, 3), (800, 4, 3), (2000, 5, 3)])
def test_the_bias_on_a_cube_is_the_one_announced(n, d, k):
    estimates = [
        knn_entropy(np.random.default_rng([n, seed]).random((n, d)), k=k) for seed in range(40)
    ]
    values = np.array([e.value for e in estimates])
    allowed = 4 * values.std(ddof=1) / np.sqrt(len(values))
    announced = estimates[0].diagnostics["cube_bias"]
    assert values.mean() == pytest.approx(announced, rel=0.15, abs=allowed)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-3, 1e3), shift=st.floats(-10, 10))
def test_entropy_moves_with_rotation_scale_and_translation(seed, scale, shift):
    points = np.random.default_rng(seed).normal(size=(150, 3))
    rotation = ortho_group.rvs(3, random_state=seed)
    moved = knn_entropy(scale * points @ rotation + shift, k=3)
    still = knn_entropy(points, k=3)
    assert moved.value == pytest.approx(still.value + 3 * np.log(scale), abs=1e-6)
    assert moved.standard_error == pytest.approx(still.standard_error, abs=1e-6)


@pytest.mark.parametrize("scale", [1e-250, 1e-160, 1e200])
def test_entropy_knows_no_unit_too_small_or_large(scale):
    points = np.random.default_rng(0).normal(size=(100, 2))
    value = knn_entropy(points, k=3).value + 2 * np.log(scale)
    assert knn_entropy(scale * points, k=3).value == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("variant", [1, 2])
def test_information_is_symmetric_and_blind_to_order_sign_and_common_scale(variant):
    x, y = gaussian_pair(700, 0.7, seed=1)
    value = ksg_information(x, y, k=3, variant=variant).value
    assert ksg_information(y, x, k=3, variant=variant).value == pytest.approx(value, abs=1e-12)
    # Powers of two scale without rounding, and so keep every tie.
    moved = ksg_information(-8 * x[::-1], 8 * y[::-1], k=3, variant=variant)
    assert moved.value == pytest.approx(value, abs=1e-12)


def test_strictly_monotone_functions_of_each_variable_keep_the_information():
    x, y = gaussian_pair(8000, 0.8, seed=2)
    plain, bent = ksg_information(x, y, k=3), ksg_information(np.tanh(x), y + y**3 / 9, k=3)
    assert abs(plain.value - bent.value) < 4 * plain.standard_error


def test_ties_are_counted_and_make_the_estimate_unreliable():
    smooth = np.random.default_rng(0).normal(size=(3000, 2))
    some = smooth.copy()
    some[:30] = some[30]
    estimate = knn_entropy(some, k=3)
    assert estimate.diagnostics["tied"] == 31
    assert not estimate.diagnostics["reliable"]
    # One sample in a hundred moves the value by little, where ln 0 would have made it infinite.
    assert abs(estimate.value - knn_entropy(smooth, k=3).value) < 0.1
    pair = ksg_information(some[:, :1], some[:, 1:], k=3)
    assert pair.diagnostics["tied"] == 31
    assert not pair.diagnostics["reliable"]


def test_fewer_equal_samples_than_neighbours_are_no_ties_but_duplicates():
    points = np.random.default_rng(0).normal(size=(3000, 2))
    assert knn_entropy(points, k=2).diagnostics["duplicates"] == 0
    points[:30] = points[30:60]
    for k, tied in ((1, 60), (2, 0)):
        for estimate in (knn_entropy(points, k=k), ksg_information(*points.T, k=k)):
            assert (estimate.diagnostics["tied"], estimate.diagnostics["duplicates"]) == (tied, 60)
            assert not estimate.diagnostics["reliable"]


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("d", [2, 11])
def test_samples_given_twice_are_not_believed(k, d):
    points = np.repeat(np.random.default_rng(0).normal(size=(2000, d)), 2, axis=0)
    for estimate in (knn_entropy(points, k=k), ksg_information(points[:, :1], points[:, 1:], k=k)):
        assert estimate.diagnostics["duplicates"] == 4000
        assert not estimate.diagnostics["reliable"]


@pytest.mark.parametrize("variant", [1, 2])
def test_atoms_have_the_information_of_their_counts(variant):
    generator = np.random.default_rng(1)
    x = generator.integers(0, 3, 4000)
    y = (x + (generator.random(4000) < 0.2)) % 3
    joint = np.bincount(3 * x + y, minlength=9).reshape(3, 3) / 4000
    ratio = joint / joint.sum(1, keepdims=True) / joint.sum(0)
    truth = (joint[joint > 0] * np.log(ratio[joint > 0])).sum()
    estimate = ksg_information(x, y, k=3, variant=variant)
    assert estimate.value == pytest.approx(truth, abs=5e-3)
    assert estimate.diagnostics["tied"] == 4000


def test_what_is_out_of_reach_is_not_called_reliable():
    angle = np.random.default_rng(0).random(4000)
    curve = np.column_stack([np.cos(angle), np.sin(angle)])
    assert not knn_entropy(curve, k=3).diagnostics["reliable"]
    x, y = gaussian_pair(2000, 0.9, seed=0, d=3)
    assert not ksg_information(x, y, k=3).diagnostics["reliable"]
    assert not ksg_information(x, x, k=3).diagnostics["reliable"]
    assert not ksg_information(x[:, 0], 1e4 * y[:, 0], k=3).diagnostics["reliable"]
    constant = ksg_information(x, np.zeros(2000), k=3)
    assert constant.value == pytest.approx(0, abs=1e-12)
    assert not constant.diagnostics["reliable"]
    assert not knn_entropy([0.0, 1.0, 3.0], k=2).diagnostics["reliable"]


@pytest.mark.parametrize("k", [0, -1, 5, 9, 1.5, True])
def test_k_must_leave_that_many_neighbours(k):
    points = np.arange(5.0)
    with pytest.raises(InvalidInputError, match="k must be a whole number"):
        knn_entropy(points, k=k)
    with pytest.raises(InvalidInputError, match="k must be a whole number"):
        ksg_information(points, points, k=k)


def test_bad_input_is_refused():
    good = np.arange(8.0)
    with pytest.raises(InvalidInputError, match="one row per sample"):
        ksg_information(good, good[:-1], k=2)
    with pytest.raises(InvalidInputError, match="variant must be 1 or 2"):
        ksg_information(good, good, k=2, variant=3)
    with pytest.raises(InvalidInputError, match="y must be finite"):
        ksg_information(good, np.where(good == 3, np.nan, good), k=2)
    with pytest.raises(InvalidInputError, match="y must not pass"):
        ksg_information(good, 1e300 * good, k=2)
    with pytest.raises(InvalidInputError, match="must not be masked"):
        knn_entropy(np.ma.masked_array(good, good > 3), k=2)
    with pytest.raises(InvalidInputError, match="must not all be equal"):
        knn_entropy(np.ones((9, 2)), k=2)
