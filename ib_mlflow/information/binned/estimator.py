"""Information of a layer whose activations are put into bins, as Shwartz-Ziv & Tishby did."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.binned.batch import measure_batch
from ib_mlflow.information.binned.bins import Bins
from ib_mlflow.information.binned.kernel import (
    BY_CHANCE,
    CHANCE,
    CLIPPED,
    H_Y,
    OCCUPIED,
    ON_EDGES,
)
from ib_mlflow.information.binned.placing import UNNUMBERED
from ib_mlflow.information.estimate import LayerInformation
from ib_mlflow.information.inputs.labels import LARGEST_CHANCE
from ib_mlflow.information.inputs.symbols import layer_array, layer_labels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Binned(Bins):
    """The binning estimator of `binned_information`, with its bins chosen.

    It takes the n inputs for all that there are, with the labels that they have, as studies of a
    whole population do: `reliable` does not ask what labels dealt out at random would show. The
    diagnostic `i_y_reliable` does, and with it `reliable` of `of_samples`.

    Arguments:
        bin_size: width of a bin, in activation units; or else
        bin_count: number of bins of equal width, over
        value_range: the lowest and highest value, also where bins of a size begin and end.
        clip: values outside of the range count for its edges.

    Raises:
        InvalidInputError: see `Bins`.

    Example:
        >>> estimator = Binned(bin_size=0.07)
        >>> estimator.name, estimator.setting
        ('binned', 'bin_size=0.07')
        >>> estimator([[0.01], [0.02], [-0.01], [0.3]], [0, 0, 1, 1]).i_x.round(4).item()
        1.0397
    """

    @property
    def name(self) -> str:
        """The estimator's name in a trajectory."""
        return "binned"

    def __call__(self, activations: ArrayLike, labels: ArrayLike) -> LayerInformation:
        """Measure activations (*, n, d) against labels (n,), of all inputs that there are."""
        return self._measure(activations, labels, population=True)

    def of_samples(self, activations: ArrayLike, labels: ArrayLike) -> LayerInformation:
        """The same of samples of a population, as `binned_information` does."""
        return self._measure(activations, labels, population=False)

    def _measure(
        self, activations: ArrayLike, labels: ArrayLike, *, population: bool
    ) -> LayerInformation:
        values, leading = layer_array(activations)
        n = values.shape[1]
        codes = layer_labels(labels, n, leading)
        results, status = measure_batch(values, codes, bin_size=self.bin_size, edges=self.edges)
        if status and (status & UNNUMBERED or not self.clip):
            self._refuse(values)
        i_x, i_x_se, i_y, i_y_se = results[:4].reshape(4, *leading)
        diagnostics = {
            "occupied": results[OCCUPIED].astype(np.int64).reshape(leading),
            "edge_fraction": (results[ON_EDGES] / values[0].size).reshape(leading),
        }
        saturated = i_x >= 0.99 * math.log(n)
        enough = ~saturated & (results[CHANCE].reshape(leading) <= LARGEST_CHANCE)
        within_chance = results[BY_CHANCE] <= LARGEST_CHANCE * results[H_Y]
        diagnostics["i_y_by_chance"] = results[BY_CHANCE].reshape(leading)
        told = enough & within_chance.reshape(leading)
        diagnostics["i_y_reliable"] = told
        reliable = enough if population else told
        if self.value_range is not None:
            clipped = results[CLIPPED] / values[0].size
            diagnostics["clipped_fraction"] = clipped.reshape(leading)
        return LayerInformation(
            i_x, i_x_se, i_y, i_y_se, saturated, reliable, n, "point", diagnostics
        )

    def _refuse(self, values: NDArray[Any]) -> None:
        finite = np.isfinite(values)
        if not finite.all():
            raise InvalidInputError(
                "activations must be finite",
                received=f"{np.count_nonzero(~finite)} NaN or infinite values",
                fix="Lower the learning rate if training diverged.",
            )
        received = f"{values.dtype} values from {values.min()} to {values.max()}"
        if self.value_range is not None:
            raise InvalidInputError(
                f"activations must lie in value_range {self.value_range}",
                received=received,
                fix="Give a bin_size for an activation without bounds, or clip=True to count what "
                "is outside in the nearest bin.",
            )
        raise InvalidInputError(
            f"bins of size {self.bin_size} must be numbered within 64 bits",
            received=received,
            fix="Give a bin_size nearer to the activations.",
        )


def binned_information(
    activations: ArrayLike,
    labels: ArrayLike,
    *,
    bin_size: float | None = None,
    bin_count: int | None = None,
    value_range: tuple[float, float] | None = None,
    clip: bool = False,
) -> LayerInformation:
    """I(X;T) and I(T;Y) of a layer whose activations are binned, every leading axis at once.

    The cell of a sample is the tuple of its d bin indices. For a deterministic layer and distinct
    inputs, I(X; Bin T) = H(Bin T) and I(Bin T; Y) = H(Bin T) + H(Y) - H(Bin T, Y) under the
    empirical distribution of the n samples. Cells are told apart by comparing them, so that both
    are exact. A range is for activations that cannot leave it: a value that lies outside by more
    than rounding (1e-6 of the range's width) is refused, unless `clip` says that it counts.

    Reference:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810; Saxe et al. (2018), "On the information
        bottleneck theory of deep learning", ICLR.

    Arguments:
        activations: (*, n, d) float32 or float64, in any memory layout; integers are read as
            float64.
        labels: (n,) integers, strings, or other discrete symbols.
        bin_size: width of every bin, in units of the activation; an edge lies at 0, and a value
            on an edge up to rounding counts above it (see `Bins`).
        bin_count: number of bins, closed below and the last at both ends, with `value_range` in
            place of `bin_size`.
        value_range: lowest and highest value that an activation can take; with a bin_size its
            bins begin at the lowest, and the last is closed at the highest.
        clip: whether values outside `value_range` count in the nearest bin.

    Returns:
        Both informations and their standard errors, arrays of shape (*,) in nats. The standard
        errors are the delta method's, sqrt(Var / n) of the pointwise terms; the bias of counting
        few samples is no part of them. `saturated` where H(Bin T) is within 1 % of ln n, and
        `reliable` where it is not, there are enough samples of each label (`labels_suffice`), and
        labels dealt out at random would show a third of H(Y) at most. Diagnostics, all (*,): the
        number of `occupied` cells; `i_y_by_chance`, what I(Bin T; Y) is in the mean over all
        permutations of the labels, in nats; `i_y_reliable`, as `reliable`; `edge_fraction`, the
        share of values on edges; and with a range the `clipped_fraction` of the values.

    Raises:
        InvalidInputError: for NaN or infinite activations, shapes that do not fit, bins that are
            not given as above, or activations outside `value_range`.

    Example:
        >>> layer = np.tanh(np.random.default_rng(0).normal(size=(20, 4096, 3)))
        >>> measured = binned_information(layer, layer[0, :, 0] > 0, bin_size=0.07)
        >>> measured.i_x.shape, measured.i_y[0].round(3).item()
        ((20,), 0.693)
    """
    return Binned(bin_size, bin_count, value_range, clip).of_samples(activations, labels)
