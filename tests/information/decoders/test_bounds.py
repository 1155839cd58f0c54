"""Spaces so small that every expectation is a sum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import decoder_information

SEEDS = st.integers(0, 2**32 - 1)


def small_world(seed, xs=5, hs=3, most=6):
    """A joint distribution with rational probabilities, and the sample that is exactly it."""
    generator = np.random.default_rng(seed)
    counts = generator.integers(0, most, (xs, hs))
    counts[:, generator.integers(hs)] += 1
    x, h = (index.repeat(counts.ravel()) for index in np.indices(counts.shape).reshape(2, -1))
    return counts / counts.sum(), x, h


def conditional(joint):
    """p(x|h), zero where h never occurs."""
    total = joint.sum(axis=0)
    return np.divide(joint, total, where=total > 0, out=np.full(joint.shape, 1.0 / len(joint)))


def information_of(joint):
    product = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    possible = joint > 0
    return float((joint[possible] * np.log(joint[possible] / product[possible])).sum())


def entropy_of(p):
    return float(-(p[p > 0] * np.log(p[p > 0])).sum())


def bounds_of(q, x, h, **more):
    with np.errstate(divide="ignore"):
        table = np.log(q[x])
    return decoder_information({"h": table}, values=h, dimensions=1, **more)


@given(seed=SEEDS)
def test_the_bounds_are_reached_by_the_true_conditional(seed):
    joint, x, h = small_world(seed)
    bounds = bounds_of(conditional(joint), x, h)
    h_given = entropy_of(joint) - entropy_of(joint.sum(axis=0))
    assert bounds.negative_cross_entropy["h"].value == pytest.approx(-h_given, abs=1e-12)
    assert bounds.information["h"].value == pytest.approx(information_of(joint), abs=1e-12)
    assert bounds.information["h"].diagnostics["entropy"] == pytest.approx(
        entropy_of(joint.sum(axis=0)), abs=1e-12
    )


@given(seed=SEEDS, sharpness=st.floats(0.01, 30))
def test_no_other_conditional_exceeds_the_truth(seed, sharpness):
    joint, x, h = small_world(seed)
    logits = sharpness * np.random.default_rng(seed + 1).normal(size=joint.shape)
    q = np.exp(logits - logits.max(axis=0))
    q /= q.sum(axis=0)
    bounds = bounds_of(q, x, h)
    truth = information_of(joint)
    assert bounds.information["h"].value <= truth + 1e-12
    assert bounds.information["h"].value <= bounds.information["h"].diagnostics["entropy"] + 1e-12
    h_given = entropy_of(joint) - entropy_of(joint.sum(axis=0))
    assert bounds.negative_cross_entropy["h"].value <= -h_given + 1e-12
    assert bounds.negative_cross_entropy["h"].kind == bounds.information["h"].kind == "lower"
    # Nor where q need not be a distribution over x: the bound is one of q(h|x).
    assert bounds_of(3 * q, x, h).information["h"].value == pytest.approx(
        bounds.information["h"].value, abs=1e-12
    )


def test_the_difference_of_two_models_can_exceed_the_entropy_of_h():
    """Why a gain is called no bound: one fair bit, and an unconditional model that is poor."""
    x = h = np.repeat([0, 1], 50)
    table = np.log(np.where(np.eye(2, dtype=bool), 1 - 1e-9, 1e-9))[x]
    poor = np.full(100, np.log(0.01))
    bounds = decoder_information({"h": table}, values=h, dimensions=1, unconditional=poor)
    gain = bounds.gain["h"]
    assert gain.value > 4 > np.log(2) >= bounds.information["h"].value
    assert gain.kind == "point"
    assert gain.diagnostics["bound"] is False
    assert gain.diagnostics["entropy_upper_bound"] == pytest.approx(-np.log(0.01))
    assert bounds.information["h"].diagnostics["bound"] is True


@given(seed=SEEDS)
def test_the_upper_bound_of_the_entropy_is_one(seed):
    joint, x, _ = small_world(seed)
    q = np.random.default_rng(seed).dirichlet(np.ones(len(joint)))
    terms = np.log(q + 1e-300)[x]
    bounds = decoder_information(terms, dimensions=1, unconditional=terms)
    bound = bounds.gain["h"].diagnostics["entropy_upper_bound"]
    assert bound >= entropy_of(joint.sum(axis=1)) - 1e-12
    assert bounds.gain["h"].value == bounds.gain["h"].standard_error == 0


def test_nats_and_bits():
    bound = decoder_information([-7.0, -9.0], dimensions=4).negative_cross_entropy["h"]
    assert (bound.value, bound.standard_error) == (-8.0, 1.0)
    assert bound.diagnostics["bits_per_dimension"] == pytest.approx(2 / np.log(2))
    assert bound.diagnostics["bits_per_dimension_se"] == pytest.approx(0.25 / np.log(2))


def decoder_draws(generator, n):
    """Two decoders that find the same images hard."""
    hard = generator.gamma(4.0, 10.0, n)
    return -hard + generator.normal(0, 1, n), -1.1 * hard + generator.normal(0, 1, n)


def test_standard_errors_of_pairs_are_those_of_repetition():
    generator = np.random.default_rng(0)
    repetitions, n = 3000, 150
    values, errors = [], []
    for _ in range(repetitions):
        first, second = decoder_draws(generator, n)
        bounds = decoder_information({"first": first, "second": second}, dimensions=1)
        estimates = bounds.difference("first", "second"), bounds.negative_cross_entropy["first"]
        values.append([estimate.value for estimate in estimates])
        errors.append([estimate.standard_error**2 for estimate in estimates])
    spread = np.std(values, axis=0, ddof=1)
    claimed = np.sqrt(np.mean(errors, axis=0))
    np.testing.assert_allclose(claimed, spread, rtol=4 / np.sqrt(2 * repetitions))
    first, second = decoder_draws(generator, 4000)
    difference = decoder_information({"first": first, "second": second}, dimensions=1).difference(
        "first", "second"
    )
    assert difference.diagnostics["bound"] is False
    assert difference.diagnostics["correlation"] > 0.99
    assert 5 * difference.standard_error < difference.diagnostics["unpaired_standard_error"]


def test_a_difference_has_a_sign():
    bounds = decoder_information({"a": [-1.0, -2.0], "b": [-3.0, -5.0]}, dimensions=1)
    assert bounds.difference("a", "b").value == 2.5
    assert bounds.difference("b", "a").value == -2.5
    assert bounds.difference("a", "a").standard_error == 0
    with pytest.raises(InvalidInputError, match="by their names"):
        bounds.difference("a", "c")


@pytest.mark.parametrize(
    ("arrays", "more"),
    [
        ({}, {}),
        ({"a": [-1.0]}, {}),
        ({"a": [-1.0, np.nan]}, {}),
        ({"a": [-1.0, -np.inf]}, {}),
        ({"a": [-1.0, -2.0], "b": [-1.0, -2.0, -3.0]}, {}),
        ({"a": [-1.0, -2.0]}, {"dimensions": 0}),
        ({"a": [-1.0, -2.0]}, {"unconditional": [-1.0]}),
        ({"a": [-1.0, -2.0]}, {"values": [0, 1]}),
        ({"a": np.zeros((2, 3))}, {}),
        ({"a": np.zeros((2, 3, 1))}, {}),
        ({"a": np.zeros((2, 3))}, {"values": [0, 3]}),
        ({"a": np.zeros((2, 3))}, {"values": [0.0, 1.0]}),
        ({"a": np.array([[-np.inf, 0.0], [0.0, 0.0]])}, {"values": [0, 1]}),
        ({"a": np.zeros((2, 2))}, {"values": [0, 1], "prior": [0.5, 0.6]}),
        ({"a": np.zeros((2, 2))}, {"values": [0, 1], "prior": [1.0, 0.0]}),
        (-1.0, {}),
        ("text", {}),
    ],
)
def test_what_does_not_fit_is_refused(arrays, more):
    with pytest.raises(InvalidInputError):
        decoder_information(arrays, **{"dimensions": 4, **more})
