import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import ib_curve

CHANNEL = [[0.45, 0.05], [0.05, 0.45]]


@pytest.fixture(scope="module")
def curve():
    return ib_curve(CHANNEL, np.geomspace(1.3, 40, 40))


def test_the_envelope_passes_through_the_points_and_levels_off(curve):
    np.testing.assert_allclose(curve.bound(curve.i_x), curve.i_y, atol=1e-14)
    assert curve.bound(0.0) == 0
    assert curve.bound(50.0) == pytest.approx(curve.information, abs=1e-15)
    places = np.linspace(0, 0.8, 400)
    assert (np.diff(curve.bound(places), 2) <= 1e-14).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), c=st.integers(2, 4))
def test_no_encoder_passes_the_ceiling(seed, c):
    rng = np.random.default_rng(seed)
    joint = rng.random((5, c)) ** 2
    joint /= joint.sum()
    curve = ib_curve(joint, [2.0, 5.0, 20.0])
    p, conditionals = joint.sum(axis=1), joint / joint.sum(axis=1, keepdims=True)
    for _ in range(50):
        encoder = rng.dirichlet(np.full(4, rng.choice([0.1, 1.0])), size=5)
        q = p @ encoder
        i_x = np.nansum(p[:, None] * encoder * np.log(encoder / q))
        r = (p[:, None] * encoder).T @ conditionals / q[:, None]
        i_y = np.sum(q[:, None] * r * np.log(r / joint.sum(axis=0)))
        assert i_y <= curve.ceiling(i_x) + 1e-12
    assert (curve.bound(curve.i_x) <= curve.ceiling(curve.i_x) + 1e-12).all()


def test_distance_is_in_nats_below_the_envelope(curve):
    np.testing.assert_allclose(curve.distance(curve.i_x, curve.i_y - 0.1), 0.1, atol=1e-14)
    assert curve.distance([0.5, 0.6], [0.0, 0.1]).shape == (2,)


def test_tradeoffs_between_points(curve):
    k = int(np.flatnonzero(curve.i_x > 0)[3])
    assert curve.tradeoff_at(curve.i_x[k]) == pytest.approx(curve.tradeoff[k])
    assert curve.tradeoff[k] < curve.tradeoff_at((curve.i_x[k] + curve.i_x[k + 1]) / 2)
    with pytest.raises(InvalidInputError, match="between two points"):
        curve.tradeoff_at(0.7)


def test_the_least_that_keeps_an_information_is_the_bound_read_across(curve):
    places = np.linspace(0, float(curve.i_x[-1]), 50)[1:]
    np.testing.assert_allclose(curve.least_i_x(curve.bound(places)), places, atol=1e-12)
    assert curve.least_i_x(0.0) == 0
    assert curve.least_i_x(curve.information) == pytest.approx(curve.entropy, abs=1e-12)
    with pytest.raises(InvalidInputError, match="must not exceed"):
        curve.least_i_x(curve.information + 1e-6)


@pytest.mark.parametrize("method", ["bound", "ceiling", "tradeoff_at", "least_i_x"])
@pytest.mark.parametrize("i_x", [-0.1, np.nan, [0.1, -0.2]])
def test_informations_below_zero_are_refused(curve, method, i_x):
    with pytest.raises(InvalidInputError, match="not negative"):
        getattr(curve, method)(i_x)


def test_a_function_has_one_corner_and_points_by_the_squared_lagrangian():
    joint = np.array([[0.2, 0.0], [0.0, 0.5], [0.3, 0.0]])
    truth = np.log(2)
    corner = ib_curve(joint, [0.5, 1.0, 1.5, 20.0])
    np.testing.assert_allclose(corner.i_x, [0, 0, truth, truth], atol=1e-15)
    np.testing.assert_array_equal(corner.i_x, corner.i_y)
    assert "function of x" in corner.remark
    squared = ib_curve(joint)
    assert squared.lagrangian == "squared"
    assert np.unique(squared.i_x.round(6)).size >= 20
    np.testing.assert_allclose(squared.i_x, np.minimum(squared.tradeoff / 2, truth))
    places = np.linspace(0, 1, 50)
    for curve in (corner, squared):
        np.testing.assert_allclose(curve.bound(places), np.minimum(places, truth), atol=1e-14)
    with pytest.raises(InvalidInputError, match="between two points"):
        corner.tradeoff_at(0.9)


def test_encoders_of_the_squared_lagrangian_have_the_stated_informations():
    joint = np.array([[0.2, 0.0], [0.0, 0.5], [0.3, 0.0]])
    curve = ib_curve(joint)
    for k in (0, 30, 59):
        encoder = curve.encoder(k)
        xt = joint.sum(axis=1)[:, None] * encoder
        ty = joint.T @ encoder
        for table, expected in ((xt, curve.i_x[k]), (ty, curve.i_y[k])):
            outer = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
            seen = table > 0
            information = np.sum(table[seen] * np.log(table[seen] / outer[seen]))
            assert information == pytest.approx(expected, abs=1e-13)
        assert encoder.shape[1] == curve.clusters[k]
