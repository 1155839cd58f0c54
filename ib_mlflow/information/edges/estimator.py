"""Information between two variables from a weighted ensemble of dependence graphs."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.discrete.rowhash import distinct_rows
from ib_mlflow.information.edges.cells import Variable, joint_counts, squashed
from ib_mlflow.information.edges.ensemble import (
    RATIOS,
    ensemble_information,
    ensemble_weights,
    least_occupancy,
    narrowest_width,
)
from ib_mlflow.information.edges.neighbour import neighbour_floor
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.labels import labels_suffice
from ib_mlflow.information.inputs.samples import plain_array, sample_rows, whole
from ib_mlflow.information.inputs.symbols import symbol_codes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# What a reliable estimate may show: the distance in nats to the value from half of the samples and
# to that of the next order; the narrowest width, in parts of a unit's range; of samples that
# coincide, the share of different ones, above which they are repeats rather than atoms; and the
# share of samples that no other lies beside, times those a cell shall hold, which is below 0.2 for
# Gaussians and exponentials, and 0.4 and more for tails like Cauchy's.
GAP, WIDEST, REPEATS, ALONE = 0.05, 0.25, 0.1, 0.25
LARGEST = 1e150
# Fewer than twice as many samples have no half to compare with.
_LEAST_HALF = 8


def edge_information(x: ArrayLike, y: ArrayLike, *, order: int = 1) -> Estimate:
    """Information between two variables, from an ensemble of dependence graphs, linear in n.

    Each unit is mapped to [0, 1] by a normal distribution function with its own mean and standard
    deviation, which changes no information, and put into cells. The cells of X and those of Y are
    the nodes of a graph, the joint cells that hold samples its edges; its plug-in information has a
    bias that grows with the width of the cells. Ten widths, from the narrowest that leaves 8 or
    sqrt(n) / 8 samples to an occupied joint cell up to 3 times that, are weighted so that the bias
    cancels. Three choices differ from the paper: cells are told apart exactly, where it hashes them
    into a table with collisions; the bias of counting is taken out of each width by the jackknife;
    and the narrowest width follows the occupied cells, and so the dimension in which the samples
    lie, instead of n^(-1/2d).

    Reference:
        Noshad, Zeng & Hero (2018), "Scalable mutual information estimation using dependence
        graphs", arXiv:1801.09125.

    Arguments:
        x: (n, d) or (n,) real numbers; a row per sample, independent of the others.
        y: (n, d') or (n,), the same samples. One axis of integers, truth values or strings is a
            discrete variable: its values are equal or not, and no cells are made of them.
        order: powers of the width whose bias is cancelled, from 1 to 8. The paper takes the number
            of dimensions; the standard error grows with each, up to threefold.

    Returns:
        The estimate in nats, negative by chance where the information is near 0. Its standard
        error has two parts: `sampling_error`, the jackknife's over single samples, and at least
        that of the chi-square which is left where the first order vanishes; and, in quadrature,
        by how much the value with one more power cancelled differs beyond the sampling error of
        that difference. The first is 0.8 to 1.1 times the spread over repetitions, and more at
        independence; the second grows where widths are too coarse. Diagnostics: `sampling_error`;
        `next_order`, the value with one more power cancelled; `half_sample`, that from half of the
        samples;
        `width`, the narrowest, in parts of a squashed unit's range; `occupancy`, samples for each
        joint cell there, and `alone`, the share of samples that have one to themselves;
        `duplicates`, samples whose x and y both coincide with another's; and `reliable`: both
        values no further away than 0.05 or twice the sampling error, a width of at most 0.25, as
        many samples to a cell as said, at most a quarter of that number's inverse alone (3 %),
        no duplicates but those of atoms (ten or more to a place), enough samples of each label
        of a discrete y (`labels_suffice`), and not clearly below `neighbour_floor`, what the
        nearest neighbours in x tell of y (up to 8 units of x; of 20,000 samples at most).

    Raises:
        InvalidInputError: for values that are NaN or above 1e150, other shapes, different numbers
            of rows, or an order outside its range.

    Example:
        >>> generator = np.random.default_rng(0)
        >>> x, noise = generator.normal(size=(2, 4000))
        >>> estimate = edge_information(x, x + noise)
        >>> abs(estimate.value - math.log(2) / 2) < 4 * estimate.standard_error
        True
        >>> round(edge_information(x, x > 0).value, 2)
        0.69
    """
    order = whole(order, name="order", below=RATIOS.size - 1)
    rows = sample_rows(x, name="x", largest=LARGEST)
    target, discrete = _target(y)
    n = len(rows)
    if len(target) != n:
        raise InvalidInputError(
            "x and y must have one row per sample",
            received=f"{n} and {len(target)} rows",
            fix="Give the same samples in the same order.",
        )
    suffice = not discrete or labels_suffice(np.unique(target, return_counts=True)[1])
    variables = (
        Variable(squashed(rows)),
        Variable(symbols=target[:, 0].astype(np.int64)) if discrete else Variable(squashed(target)),
    )
    estimate = graph_estimate(
        *variables, order=order, repeated=repeated_rows(np.hstack([rows, target])), suffice=suffice
    )
    return above_the_floor(estimate, neighbour_floor(rows, target, discrete=discrete))


def above_the_floor(estimate: Estimate, floor: tuple[float, float]) -> Estimate:
    """The estimate, not reliable where it lies clearly below what neighbours tell.

    Arguments:
        estimate: as `graph_estimate` returns it.
        floor: a lower bound and its standard error in nats.
    """
    bound, error = floor
    allowed = max(GAP, 2 * math.hypot(error, estimate.diagnostics["sampling_error"]))
    seen = estimate.value >= bound - allowed
    notes = {
        **estimate.diagnostics,
        "neighbour_floor": bound,
        "reliable": bool(estimate.diagnostics["reliable"] and seen),
    }
    return replace(estimate, diagnostics=notes)


def graph_estimate(
    x: Variable, y: Variable, *, order: int, repeated: tuple[int, int], suffice: bool
) -> Estimate:
    """The estimate of `edge_information` between two variables that are ready for the graph.

    Arguments:
        x: n samples.
        y: the same n samples.
        order: powers of the width whose bias is cancelled.
        repeated: samples that coincide with another, and how many different ones they are.
        suffice: whether there are enough samples of each label.
    """
    n = _samples(x)
    width = narrowest_width(x, y, n)
    value, higher, standard_error, sampling_error = _weighted(x, y, width, order)
    half_sample = math.nan
    if n // 2 >= _LEAST_HALF:
        # A fixed shuffle: nothing to choose, and an order that means something does no harm.
        rows = np.random.default_rng(0).permutation(n)[: n // 2]
        half = x.subset(rows), y.subset(rows)
        half_sample = _weighted(*half, narrowest_width(*half, n // 2), order)[0]
    allowed = max(GAP, 2 * sampling_error)
    settled = abs(value - half_sample) <= allowed and abs(value - higher) <= allowed
    counts = joint_counts(x, y, width)
    occupancy, alone = n / counts.size, float(np.count_nonzero(counts == 1) / n)
    least = least_occupancy(n)
    duplicates, different = repeated
    resolved = width <= WIDEST and occupancy >= least and alone * least <= ALONE
    independent = different <= REPEATS * duplicates
    return Estimate(
        value,
        standard_error,
        "point",
        n,
        {
            "order": order,
            "sampling_error": sampling_error,
            "next_order": higher,
            "half_sample": half_sample,
            "width": width,
            "occupancy": occupancy,
            "alone": alone,
            "duplicates": duplicates,
            "reliable": bool(settled and resolved and independent and suffice),
        },
    )


def repeated_rows(rows: NDArray[np.float64]) -> tuple[int, int]:
    """How many of the rows (n, d) coincide with another, and how many different ones they are.

    Example:
        >>> repeated_rows(np.array([[1.0], [2.0], [1.0], [1.0]]))
        (3, 1)
    """
    # Equal numbers are equal bytes, as no row holds -0.
    _, count = distinct_rows(np.ascontiguousarray(rows).view(np.int64))
    return int(count[count > 1].sum()), int(np.count_nonzero(count > 1))


def _weighted(
    x: Variable, y: Variable, width: float, order: int
) -> tuple[float, float, float, float]:
    """The value, that of the next order, and the standard error with and without the order's."""
    plug_in, pseudo = ensemble_information(x, y, width)
    n = pseudo.shape[1]
    weights, higher = (ensemble_weights(RATIOS, power) for power in (order, order + 1))
    influence, change = weights @ pseudo, (higher - weights) @ pseudo
    value, gap = float(influence.mean()), float(change.mean())
    # The jackknife removes about df / 2n, the mean of a chi-square whose variance is 2 df / (2n)².
    correction = abs(float(weights @ plug_in) - value)
    variance = max(float(influence.var(ddof=1)), correction) / n
    extrapolation = max(0.0, gap**2 - float(change.var(ddof=1)) / n)
    return value, value + gap, math.sqrt(variance + extrapolation), math.sqrt(variance)


def _samples(variable: Variable) -> int:
    array = variable.symbols if variable.coordinates is None else variable.coordinates
    assert array is not None
    return len(array)


def _target(y: ArrayLike) -> tuple[NDArray[np.float64], bool]:
    """Y as rows (n, d), numbers of symbols if it is discrete, and whether it is."""
    array = plain_array(y, name="y")
    if array.ndim == 1 and array.dtype.kind in "iubOUST":
        codes = symbol_codes(array, name="y")
        _, numbers = np.unique(codes, return_inverse=True)
        return numbers.reshape(-1, 1).astype(np.float64), True
    return sample_rows(array, name="y", largest=LARGEST), False
