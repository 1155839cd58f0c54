import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.data import load, szt_rule
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import (
    Binned,
    BoundedBins,
    BoundedKnownLabels,
    KnownLabels,
    LayeredEstimator,
    LayerEstimator,
    ib_curve,
    label_information,
    mutual_information,
)

TANH = {"bin_count": 30, "value_range": (-1, 1)}


def rule_of(rng, n, c=2):
    rows = rng.random((n, c)) ** 3 + 1e-3
    return rows / rows.sum(axis=1, keepdims=True)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), c=st.integers(1, 4))
def test_it_is_the_information_of_the_joint_distribution(seed, n, c):
    rng = np.random.default_rng(seed)
    rule, cells = rule_of(rng, n, c), rng.integers(0, n, (3, n))
    for layer, value in zip(cells, label_information(cells, rule), strict=True):
        joint = np.zeros((n, c))
        for x in range(n):
            joint[layer[x]] += rule[x] / n
        outer = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
        seen = joint > 0
        truth = np.sum(joint[seen] * np.log(joint[seen] / outer[seen]))
        assert value == pytest.approx(truth, abs=1e-12)


@pytest.mark.parametrize("p", [0.05, 0.2])
def test_a_symmetric_channel_has_its_closed_form(p):
    rule = np.array([[1 - p, p], [p, 1 - p]])
    truth = np.log(2) + p * np.log(p) + (1 - p) * np.log(1 - p)
    assert label_information([0, 1], rule) == pytest.approx(truth, abs=1e-15)
    assert label_information([1, 1], rule) == pytest.approx(0, abs=1e-15)


def test_labels_that_are_certain_give_what_is_counted():
    rng = np.random.default_rng(0)
    labels, cells = rng.integers(0, 3, 200), rng.integers(0, 7, 200)
    counted = mutual_information(cells, labels).value
    assert label_information(cells, np.eye(3)[labels]) == pytest.approx(counted, abs=1e-13)


@pytest.mark.parametrize("bins", [{"bin_size": 0.07}, TANH])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layers_are_binned_as_by_the_binning_estimator(bins, dtype):
    rng = np.random.default_rng(1)
    layer = np.tanh(rng.normal(size=(2, 3, 400, 2))).astype(dtype)
    layer[0, 0, :4, 0] = [-1, 1, 0, 0.07]
    labels = rng.integers(0, 2, 400)
    known = KnownLabels(Binned(**bins), np.eye(2)[labels])(layer, labels)
    binned = Binned(**bins)(layer, labels)
    np.testing.assert_array_equal(known.i_x, binned.i_x)
    np.testing.assert_allclose(known.i_y, binned.i_y, atol=1e-12)
    assert known.i_y.shape == (2, 3)
    assert not known.i_x_se.any()
    assert known.reliable.all()


def test_bins_at_the_bounds_of_each_layers_activation_are_those_of_its_range():
    """The label is told by a place within the last, narrower bin of a range, and not by 0."""
    layer = np.repeat([[-1.0], [-0.95], [0.95], [1.0]], 25, axis=0)
    rule = np.repeat([[0.8, 0.2], [0.2, 0.8], [0.2, 0.8], [0.8, 0.2]], 25, axis=0)
    known = BoundedKnownLabels(BoundedBins(0.3, ("tanh", "sigmoid")), rule)
    assert isinstance(known, LayeredEstimator)
    assert not isinstance(known, LayerEstimator)
    assert known.at_layer(1)(layer, np.zeros(100, int)).i_x == pytest.approx(np.log(2))
    # Two cells, each of a half of either kind: of the label they tell nothing.
    assert known.at_layer(1)(layer, np.zeros(100, int)).i_y == pytest.approx(0, abs=1e-12)
    assert known.setting.startswith("bin_size=0.3,bin_origin=bounds,conditionals=")


def test_drawn_labels_tend_to_what_is_known():
    rng = np.random.default_rng(2)
    rule, cells = rule_of(rng, 50), rng.integers(0, 5, 50)
    rows = np.repeat(np.arange(50), 20_000)
    labels = (rng.random(rows.size) < rule[rows, 1]).astype(int)
    drawn = mutual_information(cells[rows], labels)
    known = label_information(cells, rule)
    assert abs(drawn.value - known) < 4 * drawn.standard_error + 1e-5


@pytest.mark.parametrize("bits", [0.99, 0.6])
def test_no_layer_of_any_network_lies_above_the_bound(bits):
    joint = szt_rule(information_nats=bits * np.log(2))
    rng = np.random.default_rng(3)
    inputs = load("szt").inputs.astype(np.float64)
    curve = ib_curve(joint, np.geomspace(1, 1e4, 60))
    score = joint[:, 1:] * 4096 - 0.5  # the most that one unit can know
    for layer in [
        np.tanh(inputs @ rng.normal(size=(12, d)) * scale) for d in (1, 2, 5) for scale in (0.02, 1)
    ] + [np.tanh(score * scale) for scale in (0.1, 0.3, 1, 3)]:
        known = KnownLabels(Binned(bin_size=0.07), 4096 * joint)(layer, np.zeros(4096, int))
        assert known.i_y <= curve.ceiling(known.i_x) + 1e-9
        assert known.i_y <= curve.information + 1e-12


def test_its_name_and_setting_tell_rules_apart():
    one, other = (KnownLabels(Binned(bin_size=0.07), rule) for rule in (np.eye(2), np.eye(2)[::-1]))
    assert isinstance(one, LayerEstimator)
    assert one.name == "known"
    assert one.setting.startswith("bin_size=0.07,conditionals=")
    assert one.setting != other.setting


@pytest.mark.parametrize(
    "rule",
    [
        [[0.5, 0.4], [0.5, 0.5]],
        [[1.2, -0.2], [0.5, 0.5]],
        [[np.nan, 0.5], [0.5, 0.5]],
        [0.5, 0.5],
        [],
        "x",
        [[0.5, 0.5], [1.0]],
    ],
)
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(InvalidInputError, match="conditionals must be"):
        KnownLabels(Binned(bin_size=0.07), rule)


@pytest.mark.parametrize("cells", [[0, 2], [-1, 0], [0.0, 1.0], [0], 0])
def test_what_are_no_cells_is_refused(cells):
    with pytest.raises(InvalidInputError, match="cells must be"):
        label_information(cells, np.eye(2))


def test_other_inputs_than_those_of_the_rule_are_refused():
    estimator = KnownLabels(Binned(bin_size=0.07), np.eye(2))
    with pytest.raises(InvalidInputError, match="3 inputs and 2 conditionals"):
        estimator([[0.1], [0.2], [0.3]], [0, 1, 1])
    with pytest.raises(InvalidInputError, match="activations must be finite"):
        estimator([[np.nan], [0.2]], [0, 1])
