"""Dependence graphs as an estimator of a layer's information."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.discrete.rowhash import distinct_rows
from ib_mlflow.information.edges.cells import Variable, squashed
from ib_mlflow.information.edges.ensemble import RATIOS
from ib_mlflow.information.edges.estimator import (
    LARGEST,
    above_the_floor,
    graph_estimate,
    repeated_rows,
)
from ib_mlflow.information.edges.neighbour import neighbour_floor
from ib_mlflow.information.estimate import LayerInformation
from ib_mlflow.information.inputs.labels import labels_suffice
from ib_mlflow.information.inputs.samples import sample_rows, whole
from ib_mlflow.information.inputs.symbols import layer_array, layer_labels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.information.estimate import Estimate

# What counting few of each of a layer's places may cost its entropy, in nats.
_COUNTING = 0.05
_NOTES = ("sampling_error", "next_order", "half_sample", "width", "occupancy", "alone")


@dataclass(frozen=True)
class Edge:
    """The estimator of `edge_information` for I(T;Y), beside I(X;T) of the inputs given.

    Only I(T;Y) is what dependence graphs estimate. I(X;T) of a deterministic layer is the entropy
    of the layer's own values: infinite for continuous inputs, so that an ensemble of widths has
    nothing to converge to. `i_x` is that entropy for the n inputs, from activations that are equal
    or not, and without cells: ln n where all differ, which is `saturated` and never `reliable`. It
    is reliable for a layer of few places alone; whether I(T;Y) is, is the diagnostic
    `i_y_reliable`.

    Arguments:
        order: powers of the width whose bias is cancelled, from 1 to 8.

    Raises:
        InvalidInputError: for another order.

    Example:
        >>> estimator = Edge()
        >>> estimator.name, estimator.setting
        ('edge', 'order=1')
        >>> layer = np.random.default_rng(0).normal(size=(5, 2000, 1))
        >>> measured = estimator(layer, layer[0, :, 0] > 0)
        >>> measured.i_y[0].round(2).item(), measured.reliable.any().item()
        (0.69, False)
        >>> measured.diagnostics["i_y_reliable"].tolist()
        [True, True, True, True, True]
    """

    order: int = 1

    def __post_init__(self) -> None:
        order = whole(self.order, name="order", below=RATIOS.size - 1)
        object.__setattr__(self, "order", order)

    @property
    def name(self) -> str:
        """The estimator's name in a trajectory."""
        return "edge"

    @property
    def setting(self) -> str:
        """How many powers of the width are cancelled."""
        return f"order={self.order}"

    def __call__(self, activations: ArrayLike, labels: ArrayLike) -> LayerInformation:
        """Measure activations (*, n, d) against labels (n,)."""
        values, leading = layer_array(activations)
        n = values.shape[1]
        codes = layer_labels(labels, n, leading)
        suffice = labels_suffice(np.unique(codes, return_counts=True)[1])
        layers = [sample_rows(layer, name="activations", largest=LARGEST) for layer in values]
        estimates = [self._label_information(rows, codes, suffice=suffice) for rows in layers]
        i_x, i_x_se, counting = np.array([_own_entropy(rows) for rows in layers]).T
        i_y = np.array([(e.value, e.standard_error) for e in estimates]).T
        believed = np.array([e.diagnostics["reliable"] for e in estimates])
        saturated = i_x >= 0.99 * math.log(n)
        diagnostics = {
            name: np.array([e.diagnostics[name] for e in estimates]).reshape(leading)
            for name in _NOTES
        }
        diagnostics["i_y_reliable"] = believed.reshape(leading)
        reliable = believed & ~saturated & (counting <= _COUNTING)
        return LayerInformation(
            i_x.reshape(leading),
            i_x_se.reshape(leading),
            i_y[0].reshape(leading),
            i_y[1].reshape(leading),
            saturated.reshape(leading),
            reliable.reshape(leading),
            n,
            "point",
            diagnostics,
        )

    def _label_information(
        self, rows: NDArray[np.float64], codes: NDArray[np.int64], *, suffice: bool
    ) -> Estimate:
        _, numbers = np.unique(codes, return_inverse=True)
        estimate = graph_estimate(
            Variable(squashed(rows)),
            Variable(symbols=numbers.astype(np.int64)),
            order=self.order,
            repeated=repeated_rows(np.column_stack([rows, numbers.astype(np.float64)])),
            suffice=suffice,
        )
        labels = numbers[:, None].astype(np.float64)
        return above_the_floor(estimate, neighbour_floor(rows, labels, discrete=True))


def _own_entropy(rows: NDArray[np.float64]) -> tuple[float, float, float]:
    """Entropy of the rows that differ, its standard error, and its bias of counting, in nats."""
    group, count = distinct_rows(rows.view(np.int64))
    n = len(rows)
    terms = np.log(n / count[group])
    return float(terms.mean()), float(terms.std()) / math.sqrt(n), (count.size - 1) / (2 * n)
