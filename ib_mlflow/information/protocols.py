"""What an estimator of a layer's information looks like, and a network that it may run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.information.estimate import LayerInformation


@runtime_checkable
class LayerEstimator(Protocol):
    """Measures I(X;T) and I(T;Y) of a layer's activations, every leading axis at once.

    `name` and `setting` identify its rows in a trajectory: the name is the same for all settings
    of one estimator, the setting spells out what was chosen, as in "bin_size=0.07".
    """

    @property
    def name(self) -> str:
        """The estimator, one lower-case word."""

    @property
    def setting(self) -> str:
        """What was chosen, as `field=value`, joined by commas."""

    def __call__(self, activations: ArrayLike, labels: ArrayLike) -> LayerInformation:
        """Estimate from activations (*, n, d) and labels (n,); reliable where `labels_suffice`."""


@runtime_checkable
class LayeredEstimator(Protocol):
    """Measures each layer by an estimator of its own; `name` and `setting` are those of all."""

    @property
    def name(self) -> str:
        """The estimator, one lower-case word."""

    @property
    def setting(self) -> str:
        """What was chosen, as `field=value`, joined by commas."""

    def at_layer(self, layer: int) -> LayerEstimator:
        """The estimator of a layer, counted from 1."""


class Propagate(Protocol):
    """Noisy networks: inputs go through them with fresh noise on every hidden layer."""

    def __call__(
        self, inputs: Any, *, seed: int, repeats: int = 1
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield each hidden layer's number, from 1, and its activations (*, m * repeats, d).

        They are S, before the layer's own noise is added, T = S + N(0, beta² I); the layers below
        had theirs. The rows of one of the m inputs follow each other. The seed is below 2**32.
        """


@runtime_checkable
class NetworkEstimator(Protocol):
    """Measures I(X;T) and I(T;Y) of all hidden layers of noisy networks, which it runs itself.

    `name` and `setting` are as those of a `LayerEstimator`.
    """

    @property
    def name(self) -> str:
        """The estimator, one lower-case word."""

    @property
    def setting(self) -> str:
        """What was chosen, as `field=value`, joined by commas."""

    def layers(
        self, propagate: Propagate, inputs: Any, labels: ArrayLike, *, beta: ArrayLike
    ) -> Iterator[tuple[int, LayerInformation]]:
        """Yield each hidden layer's number and its informations, over the leading axes."""
