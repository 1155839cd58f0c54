from collections import Counter
from math import fsum, log

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Binned, LayerEstimator, binned_information
from ib_mlflow.information.binned.placing import ROUNDING
from ib_mlflow.information.binned.steps import bin_numbers

RNG = np.random.default_rng(0)
SIZES = [0.01, 0.07, 0.15, 0.3]


def by_dictionaries(cells, labels):
    """I(X; Bin T) and I(Bin T; Y) in nats of cells (n, d), by counting tuples."""

    def entropy(symbols):
        return -fsum(c / n * log(c / n) for c in Counter(symbols).values())

    n = len(labels)
    cells, labels = [tuple(row) for row in cells.tolist()], list(labels)
    h = entropy(cells)
    return h, h + entropy(labels) - entropy(zip(cells, labels, strict=True))


layers = st.tuples(st.integers(1, 40), st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda sizes: st.tuples(
        hnp.arrays(np.float64, sizes[:2], elements=st.integers(-16, 16).map(lambda v: v / 8)),
        hnp.arrays(np.int64, sizes[0], elements=st.integers(0, sizes[2])),
    )
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bin_size", [*SIZES, 1e-9, 50.0])
@pytest.mark.parametrize("d", [1, 3, 10, 60])
def test_equals_dictionaries_of_numpy_bins(dtype, bin_size, d):
    activations = np.tanh(3 * RNG.normal(size=(400, d))).astype(dtype)
    activations[200:] = activations[RNG.integers(200, size=200)]
    labels = RNG.integers(3, size=400)
    measured = binned_information(activations, labels, bin_size=bin_size)
    cells = bin_numbers(activations, bin_size)[0]
    expected = by_dictionaries(cells + 0.0, labels)
    assert (measured.i_x.item(), measured.i_y.item()) == pytest.approx(expected, abs=1e-12)
    assert measured.diagnostics["occupied"] == len(np.unique(cells, axis=0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [2, 30, 5000])
def test_equals_dictionaries_of_a_range(dtype, count):
    activations = np.tanh(3 * RNG.normal(size=(400, 3))).astype(dtype)
    activations[:3] = [[-1, 0, 1]]
    labels = RNG.integers(3, size=400)
    measured = binned_information(activations, labels, bin_count=count, value_range=(-1, 1))
    cells = np.minimum(np.digitize(activations, np.linspace(-1, 1, count + 1)), count)
    expected = by_dictionaries(cells, labels)
    assert (measured.i_x.item(), measured.i_y.item()) == pytest.approx(expected, abs=1e-12)
    assert measured.diagnostics["clipped_fraction"] == 0


@given(layers, st.sampled_from([0.25, 0.3, 1.0]))
def test_information_of_small_layers(layer, bin_size):
    activations, labels = layer
    measured = binned_information(activations, labels, bin_size=bin_size)
    expected = by_dictionaries(bin_numbers(activations, bin_size)[0] + 0.0, labels)
    assert (measured.i_x.item(), measured.i_y.item()) == pytest.approx(expected, abs=1e-12)


@given(layers, st.sampled_from([0.25, 0.3, 1.0]))
def test_refining_bins_never_lowers_information(layer, bin_size):
    # Half a size is exact in binary, so that each fine bin lies in one coarse bin.
    activations, labels = layer
    coarse = binned_information(activations, labels, bin_size=bin_size)
    fine = binned_information(activations, labels, bin_size=bin_size / 2)
    assert coarse.i_x <= fine.i_x + 1e-12
    assert coarse.i_y <= fine.i_y + 1e-12


def test_distinct_rows_give_the_guides_of_the_first_table():
    # Revisiting the Information Plane, table 1: 3276 distinct rows, 1731 of them with label 1.
    activations = np.arange(3276.0)[:, None]
    measured = binned_information(activations, activations[:, 0] < 1731, bin_size=1.0)
    assert measured.i_x / log(2) == pytest.approx(11.677719641641012, abs=1e-12)
    assert measured.i_y / log(2) == pytest.approx(0.9976734295143714, abs=1e-12)
    assert measured.saturated
    assert not measured.reliable
    assert measured.i_x_se == 0


def test_a_constant_layer_tells_nothing():
    measured = binned_information(np.full((50, 3), 0.5), np.arange(50) % 2, bin_size=0.07)
    assert (measured.i_x, measured.i_y, measured.diagnostics["occupied"]) == (0, 0, 1)
    assert measured.reliable


def test_saturation_is_within_one_percent_of_the_logarithm_of_n():
    n = 1000
    for repeated, saturated in [(5, True), (30, False)]:
        activations = np.maximum(np.arange(n), repeated)[:, None] * 1.0
        measured = binned_information(activations, np.zeros(n, int), bin_size=1.0)
        assert (measured.i_x >= 0.99 * log(n)) == measured.saturated == saturated
        assert measured.reliable != saturated


@pytest.mark.parametrize("leading", [(), (1,), (4,), (2, 3)])
def test_leading_axes_are_measured_one_by_one(leading):
    activations = np.tanh(RNG.normal(size=(*leading, 300, 4)))
    labels = RNG.integers(2, size=300)
    whole = binned_information(activations, labels, bin_size=0.3)
    assert (
        whole.i_x.shape == whole.saturated.shape == whole.diagnostics["occupied"].shape == leading
    )
    for index in np.ndindex(leading):
        alone = binned_information(activations[index], labels, bin_size=0.3)
        for field in ("i_x", "i_x_se", "i_y", "i_y_se", "saturated", "reliable"):
            assert getattr(whole, field)[index] == getattr(alone, field)


def test_memory_layout_and_tensors_do_not_matter():
    tensor = torch.tanh(torch.randn(3, 4, 200, generator=torch.Generator().manual_seed(0)))
    labels = torch.arange(200) % 3
    view = tensor.transpose(1, 2)
    plain = binned_information(np.ascontiguousarray(view.numpy()), labels.numpy(), bin_size=0.3)
    for given_ in (view, view.numpy(), np.asfortranarray(view.numpy())):
        measured = binned_information(given_, labels, bin_size=0.3)
        np.testing.assert_array_equal(measured.i_x, plain.i_x)
        np.testing.assert_array_equal(measured.i_y, plain.i_y)


@pytest.mark.parametrize("levels", [11, 21, 256])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_quantised_activations_keep_their_levels(kind, levels):
    """A layer rounded to multiples of the bin size is told apart as its levels are."""
    grid = RNG.integers(levels, size=(2000, 3))
    size = 1 / (levels - 1)
    activations = (grid / (levels - 1)).astype(kind)
    measured = binned_information(activations, np.zeros(2000, int), bin_size=size)
    assert measured.i_x.item() == pytest.approx(by_dictionaries(grid, [0] * 2000)[0], abs=1e-12)
    assert measured.diagnostics["edge_fraction"] == pytest.approx((grid > 0).mean())


def test_continuous_activations_lie_on_no_edges():
    activations = np.tanh(RNG.normal(size=(4096, 10))).astype(np.float32)
    for bins in ({"bin_size": 0.07}, {"bin_count": 30, "value_range": (-1, 1)}):
        measured = binned_information(activations, np.zeros(4096, int), **bins)
        assert measured.diagnostics["edge_fraction"] < 1e-3


def test_a_narrow_range_of_float32_allows_for_its_rounding():
    activations = np.float32([[1000.0], [1000.02], [1000.05]])  # the last is 1000.04999 or above
    below = np.nextafter(activations, np.float32(0))
    for values in (activations, below):
        measured = binned_information(values, [0, 1, 1], bin_count=5, value_range=(1000, 1000.05))
        assert measured.diagnostics["occupied"] == 3


def test_negative_zero_shares_the_bin_of_zero():
    assert binned_information([[0.0], [-0.0]], [0, 1], bin_size=0.07).i_x == 0


@pytest.mark.parametrize("bins", [{"bin_size": 0.4}, {"bin_count": 5, "value_range": (-1, 1)}])
def test_standard_errors_against_simulation(bins):
    n, repetitions = 400, 800
    unit = np.tanh(RNG.normal(size=(repetitions, n, 1)))
    # Labels are equal for all repetitions, so the units are drawn anew given the label.
    labels = np.arange(n) % 2
    measured = binned_information(np.where(labels[:, None] == 1, unit, unit**2), labels, **bins)
    assert measured.i_x_se.mean() == pytest.approx(measured.i_x.std(), rel=0.25)
    assert measured.i_y_se.mean() == pytest.approx(measured.i_y.std(), rel=0.25)


def test_values_outside_a_range_are_refused_or_clipped():
    activations = np.array([[-0.5, 0.5], [1.5, 0.2], [-3.0, 0.1], [0.9, 1.0 + ROUNDING]])
    bins = {"bin_count": 4, "value_range": (-1, 1)}
    with pytest.raises(InvalidInputError, match=r"activations must lie in value_range \(-1.0, 1.0"):
        binned_information(activations, [0, 0, 1, 1], **bins)
    measured = binned_information(activations, [0, 0, 1, 1], **bins, clip=True)
    assert measured.diagnostics["clipped_fraction"] == 3 / 8
    inside = binned_information(np.clip(activations, -1, 1), [0, 0, 1, 1], **bins)
    assert (measured.i_x, measured.i_y) == (inside.i_x, inside.i_y)


def test_rounding_past_a_range_is_no_reason_to_refuse():
    activations = np.array(
        [[np.nextafter(np.float32(1), np.float32(2))], [0.0], [-1.0]], np.float32
    )
    measured = binned_information(activations, [0, 1, 1], bin_count=30, value_range=(-1, 1))
    assert measured.diagnostics["clipped_fraction"] == pytest.approx(1 / 3)
    assert measured.diagnostics["occupied"] == 3


def test_the_estimator_is_the_function():
    activations, labels = np.tanh(RNG.normal(size=(2, 100, 3))), np.arange(100) % 2
    estimator = Binned(bin_count=30, value_range=(-1, 1))
    assert isinstance(estimator, LayerEstimator)
    assert (estimator.name, estimator.setting) == ("binned", "bin_count=30,low=-1.0,high=1.0")
    by_function = binned_information(activations, labels, bin_count=30, value_range=(-1, 1))
    np.testing.assert_array_equal(estimator(activations, labels).i_x, by_function.i_x)


@pytest.mark.parametrize(
    ("activations", "bins", "invariant"),
    [
        ([[np.nan], [0.0]], {"bin_size": 0.07}, "activations must be finite; received 1 NaN"),
        ([[np.inf], [-np.inf]], {"bin_size": 0.07}, "received 2 NaN or infinite"),
        ([[np.nan], [0.0]], {"bin_count": 3, "value_range": (0, 1)}, "must be finite"),
        ([[np.inf], [0.0]], {"bin_count": 3, "value_range": (0, 1), "clip": True}, "be finite"),
        ([[1.0], [0.0]], {"bin_size": 1e-20}, "numbered within 64 bits"),
        (np.float32([[1.0], [0.0]]), {"bin_size": 1e-60}, "numbered within 64 bits"),
        ([[1.0], [0.0]], {"bin_size": 0}, "bin_size must be positive"),
        ([[1.0], [0.0]], {}, "either bin_size, or bin_count"),
        ([[1.0], [0.0], [0.0]], {"bin_size": 0.1}, "labels must have shape"),
        ([1.0, 0.0], {"bin_size": 0.1}, "activations must have shape"),
    ],
)
def test_refusals(activations, bins, invariant):
    with pytest.raises(InvalidInputError, match=invariant):
        binned_information(activations, [0, 1], **bins)
