import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import entr
from scipy.stats import norm

from ib_mlflow.data import szt_rule
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import ib_curve


def binary_entropy(p):
    return float(entr(p) + entr(1 - p))


def symmetric_channel(i_x, p):
    """Wyner and Ziv (1973): the largest I(T;Y) of a uniform input."""
    q = brentq(lambda q: binary_entropy(q) - (np.log(2) - i_x), 0, 0.5, xtol=1e-16)
    return np.log(2) - binary_entropy(q * (1 - p) + p * (1 - q))


def channel(p):
    return np.array([[1 - p, p], [p, 1 - p]]) / 2


def random_joint(rng, n, c):
    joint = rng.random((n, c)) ** rng.choice([1, 3, 6])
    if rng.random() < 0.3:
        joint *= rng.random((n, c)) < 0.7
        joint[rng.integers(n), rng.integers(c)] += 0.1
    return joint / joint.sum()


def plain_lagrangian(joint, beta, rng, starts, steps=3000):
    """The lowest I(X;T) - beta I(T;Y) of plain Blahut-Arimoto from random encoders."""
    joint = joint[joint.sum(axis=1) > 0][:, joint.sum(axis=0) > 0]
    p, rows, y = joint.sum(axis=1), joint / joint.sum(axis=1, keepdims=True), joint.sum(axis=0)
    encoder = rng.dirichlet(np.ones(len(p)), size=(starts, len(p)))
    with np.errstate(all="ignore"):
        for _ in range(steps):
            q = np.maximum(np.einsum("x,sxt->st", p, encoder), 1e-290)
            r = np.einsum("x,sxt,xy->sty", p, encoder, rows) / q[:, :, None]
            exponents = np.log(q)[:, None] + beta * np.einsum(
                "xy,sty->sxt", rows, np.log(np.maximum(r, 1e-290))
            )
            encoder = np.exp(exponents - exponents.max(axis=2, keepdims=True))
            encoder /= encoder.sum(axis=2, keepdims=True)
        q = np.einsum("x,sxt->st", p, encoder)
        ty = np.einsum("x,sxt,xy->sty", p, encoder, rows)
        i_x = np.nansum(p[:, None] * encoder * np.log(encoder / q[:, None]), axis=(1, 2))
        i_y = np.nansum(ty * np.log(ty / (q[:, :, None] * y)), axis=(1, 2))
    return (i_x - beta * i_y).min()


@pytest.mark.parametrize("p", [0.01, 0.1, 0.3])
def test_a_symmetric_channel_has_its_closed_form(p):
    onset = 1 / (1 - 2 * p) ** 2
    curve = ib_curve(channel(p), onset * np.geomspace(0.9, 30, 60))
    truth = [symmetric_channel(i_x, p) for i_x in curve.i_x]
    np.testing.assert_allclose(curve.i_y, truth, atol=1e-10)
    assert curve.certificate.max() < 1e-9
    assert curve.converged.all()
    ((below, above),) = curve.phase_transitions
    assert below <= onset <= above


def test_numbers_of_a_symmetric_channel():
    slope = 0.5598441697
    curve = ib_curve(channel(0.1), [1 / slope])
    assert curve.i_x[0] == pytest.approx(0.3465735903, abs=1e-8)
    assert curve.i_y[0] == pytest.approx(0.2098046546, abs=1e-8)
    assert curve.slope[0] == pytest.approx(slope)


def test_the_onset_of_a_symmetric_channel_is_sharp():
    onset = 1 / 0.8**2
    curve = ib_curve(channel(0.1), onset * (1 + np.array([-1e-3, -1e-4, 1e-4, 1e-3])))
    np.testing.assert_array_equal(curve.clusters, [1, 1, 2, 2])
    assert (curve.i_x[:2] < 1e-14).all()
    assert (curve.i_x[2:] > 1e-5).all()


@pytest.mark.parametrize("erased", [0.2, 0.5])
def test_an_erasure_channel_is_a_straight_line(erased):
    """I(T;Y) = (1 - erased) I(X;T): nothing below the tradeoff 1 / (1 - erased), all above."""
    joint = np.array([[1 - erased, 0, erased], [0, 1 - erased, erased]]) / 2
    onset = 1 / (1 - erased)
    curve = ib_curve(joint, onset * np.array([0.5, 0.9, 1.1, 3.0]))
    np.testing.assert_allclose(curve.i_x, [0, 0, np.log(2), np.log(2)], atol=1e-9)
    np.testing.assert_allclose(curve.i_y, (1 - erased) * curve.i_x, atol=1e-10)
    assert not curve.local.any()


def test_independent_variables_have_nothing_to_keep():
    joint = np.outer([0.2, 0.3, 0.5], [0.1, 0.6, 0.2, 0.1])
    for tradeoffs in (None, [0.5, 2.0, 100.0]):
        curve = ib_curve(joint, tradeoffs)
        assert np.abs(curve.i_x).max() < 1e-12
        assert np.abs(curve.i_y).max() < 1e-12
        assert not curve.local.any()


def test_a_gaussian_pair_on_a_fine_grid():
    rho, edges = 0.8, np.linspace(-4.2, 4.2, 41)
    middles = (edges[1:] + edges[:-1]) / 2
    rows = np.diff(norm.cdf((edges - rho * middles[:, None]) / np.sqrt(1 - rho**2)), axis=1)
    joint = rows * np.diff(norm.cdf(edges))[:, None]
    slopes = [0.5, 0.35]
    curve = ib_curve(joint / joint.sum(), 1 / np.array(slopes), restarts=1)
    assert curve.local.all()
    truth = -0.5 * np.log1p(-(rho**2) * (1 - np.exp(-2 * curve.i_x)))
    assert (curve.i_y < truth).all()  # cells know less than what they hold
    np.testing.assert_allclose(curve.i_y, truth, rtol=0.005)
    # where the slope of the closed form is that of the tradeoff
    shares = [brentq(lambda s, t=t: rho**2 * s / (1 - rho**2 * (1 - s)) - t, 1e-6, 1)
              for t in slopes]  # fmt: skip
    np.testing.assert_allclose(curve.i_x, np.sort(-0.5 * np.log(shares)), rtol=0.05)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 8), c=st.integers(2, 3))
def test_curves_are_monotone_concave_and_below_what_is_known(seed, n, c):
    joint = random_joint(np.random.default_rng(seed), n, c)
    curve = ib_curve(joint, np.geomspace(0.8, 100, 12))
    assert not curve.local.any()
    assert (np.diff(curve.i_x) >= -1e-7).all()
    assert (np.diff(curve.i_y) >= -1e-7).all()
    assert (curve.i_y <= np.minimum(curve.i_x, curve.information) + 1e-12).all()
    assert (curve.i_x <= curve.entropy + 1e-12).all()
    chords = np.abs(curve.bound(curve.i_x) - curve.i_y)
    assert chords.max() < 1e-6


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 8), c=st.integers(2, 4),
       beta=st.floats(1.1, 40))  # fmt: skip
def test_no_restart_passes_a_certificate(seed, n, c, beta):
    rng = np.random.default_rng(seed)
    joint = random_joint(rng, n, c)
    curve = ib_curve(joint, [beta])
    found = plain_lagrangian(joint, beta, rng, starts=10, steps=1000)
    ours = curve.i_x[0] - beta * curve.i_y[0]
    assert found >= ours - curve.certificate[0] - 1e-11
    assert curve.certificate[0] < 1e-6


@pytest.mark.parametrize("faint", [1e-18, 1e-12])
def test_what_hardly_ever_occurs_spoils_no_certificate(faint):
    joint = np.array([[0.03, 0.05, 0.06, 0], [faint, 0, 0, 0], [0, 0.5, 0.08, 0.01],
                      [0, 0.12, 0.15, 0]])  # fmt: skip
    joint /= joint.sum()
    curve = ib_curve(joint, [5.0, 37.0])
    assert curve.certificate.max() < 1e-6
    rng = np.random.default_rng(0)
    for k, beta in enumerate(curve.tradeoff):
        found = plain_lagrangian(joint, beta, rng, starts=10, steps=1000)
        assert found >= curve.i_x[k] - beta * curve.i_y[k] - curve.certificate[k] - 1e-11


@pytest.mark.slow
def test_no_restart_passes_a_certificate_in_a_thousand_joints():
    rng = np.random.default_rng(1)
    for _ in range(1000):
        joint = random_joint(rng, int(rng.integers(2, 9)), int(rng.integers(2, 5)))
        beta = float(np.exp(rng.uniform(0.1, 4)))
        curve = ib_curve(joint, [beta])
        found = plain_lagrangian(joint, beta, rng, starts=20)
        ours = curve.i_x[0] - beta * curve.i_y[0]
        assert found >= ours - curve.certificate[0] - 1e-11
        assert curve.certificate[0] < 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_of_many_values_restarts_find_nothing_better(seed):
    rng = np.random.default_rng(seed)
    joint = rng.random((8, 6)) ** 2
    joint /= joint.sum()
    curve = ib_curve(joint, [3.0, 6.0, 15.0], restarts=2)
    assert curve.local.all()
    assert "local" in curve.remark
    for k, beta in enumerate(curve.tradeoff):
        found = plain_lagrangian(joint, beta, rng, starts=10, steps=1000)
        assert found >= curve.i_x[k] - beta * curve.i_y[k] - 1e-9


def test_encoders_have_the_informations_of_their_points():
    joint = random_joint(np.random.default_rng(4), 7, 3)
    joint = np.vstack([joint / 2, joint / 2])
    curve = ib_curve(joint, [5.0, 10.0])
    for k in range(2):
        encoder = curve.encoder(k)
        np.testing.assert_array_equal(encoder[:7], encoder[7:])
        for table, truth in (
            (joint.sum(axis=1)[:, None] * encoder, curve.i_x[k]),
            (joint.T @ encoder, curve.i_y[k]),
        ):
            outer = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
            seen = table > 0
            information = np.sum(table[seen] * np.log(table[seen] / outer[seen]))
            assert information == pytest.approx(truth, abs=1e-12)


def test_the_rule_of_szt_with_all_of_its_inputs():
    curve = ib_curve(szt_rule(1.0), np.geomspace(1.01, 40, 30))
    assert not curve.local.any()
    assert curve.encoder(10).shape[0] == 4096
    assert (np.diff(curve.i_x) > -1e-9).all()
    assert curve.i_y[-1] == pytest.approx(curve.information, rel=0.01)


def test_the_tradeoffs_that_are_taken_without_any_span_the_curve():
    joint = random_joint(np.random.default_rng(0), 8, 3)
    curve = ib_curve(joint)
    assert curve.tradeoff.size == 60
    assert curve.clusters[0] == 1
    assert curve.i_y[-1] >= 0.99 * curve.information


def test_one_seed_gives_one_result():
    joint = random_joint(np.random.default_rng(0), 8, 6)
    first, second = (ib_curve(joint, [5.0], restarts=2, seed=3) for _ in range(2))
    assert first.i_x[0] == second.i_x[0]


@pytest.mark.parametrize("tradeoffs", [0.0, -1.0, np.nan, np.inf, [], [[1.0]], ["a"], [2.0, 0.0]])
def test_tradeoffs_out_of_range_are_refused(tradeoffs):
    with pytest.raises(InvalidInputError, match="tradeoffs must be"):
        ib_curve(channel(0.1), tradeoffs)


@pytest.mark.parametrize("options", [{"restarts": 0}, {"restarts": 1.5}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(InvalidInputError, match="whole number"):
        ib_curve(channel(0.1), [2.0], **options)


def test_a_joint_that_does_not_sum_to_1_is_refused():
    with pytest.raises(InvalidInputError, match="with sum 1"):
        ib_curve([[0.5, 0.4]])
