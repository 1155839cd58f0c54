"""What every estimator returns: a value in nats with what is needed to judge it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Kind = Literal["point", "lower", "upper"]
_KINDS = get_args(Kind)


@dataclass(frozen=True)
class Estimate:
    """An information or entropy in nats, with what is needed to judge it.

    The value is never clipped: an estimate of a non-negative quantity may be negative, and one of
    a bounded quantity may pass its bound, by as much as its error allows.

    Arguments:
        value: the estimate, in nats; infinite only where the quantity itself is.
        standard_error: one standard deviation of the value over repetitions, in nats.
        kind: whether the value estimates the quantity, a lower bound of it, or an upper bound.
        n: samples it rests on; 0 where it was computed from known distributions.
        diagnostics: what the estimator noticed, by name.

    Raises:
        InvalidInputError: for a NaN, a negative or infinite standard error, a negative n, or an
            unknown kind.

    Example:
        >>> estimate = Estimate(0.52, 0.01, "point", n=4096)
        >>> float(estimate), estimate.kind
        (0.52, 'point')
    """

    value: float
    standard_error: float
    kind: Kind
    n: int
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        real = int | float | np.number
        if not isinstance(self.value, real) or math.isnan(self.value):
            raise InvalidInputError(
                "an estimate must be a number",
                received=repr(self.value),
                fix="Look for a NaN in what was estimated from.",
            )
        error = self.standard_error
        if not isinstance(error, real) or not 0 <= error < math.inf:
            raise InvalidInputError(
                "a standard error must be finite and not negative",
                received=repr(error),
                fix="Use 0 for a value that was computed without sampling.",
            )
        if not isinstance(self.n, int | np.integer) or self.n < 0:
            raise InvalidInputError(
                "n must be a number of samples",
                received=repr(self.n),
                fix="Use 0 for a value computed from known distributions.",
            )
        _check_kind(self.kind)
        object.__setattr__(self, "value", float(self.value))
        object.__setattr__(self, "standard_error", float(self.standard_error))
        object.__setattr__(self, "n", int(self.n))
        object.__setattr__(self, "diagnostics", dict(self.diagnostics))

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, eq=False)
class LayerInformation:
    """I(X;T) and I(T;Y) of one layer, over any leading axes (members, epochs), in nats.

    Arguments:
        i_x: I(X;T), shape (*,).
        i_x_se: its standard error, shape (*,).
        i_y: I(T;Y), shape (*,).
        i_y_se: its standard error, shape (*,).
        saturated: shape (*,), true where the estimate is at its ceiling for this n, so that it
            tells about n and not about the layer.
        reliable: shape (*,), true where the estimator can be believed on both, which asks for
            enough samples of each label.
        n: samples.
        kind: whether the values are estimates, lower bounds or upper bounds.
        diagnostics: what the estimator noticed, by name; scalars, or arrays of shape (*,).

    Raises:
        InvalidInputError: for arrays whose shapes differ, NaN or infinite values, negative
            standard errors, n below 1, or an unknown kind.

    Example:
        >>> layer = LayerInformation(
        ...     i_x=1.2, i_x_se=0.01, i_y=0.5, i_y_se=0.02, saturated=False, reliable=True, n=4096
        ... )
        >>> layer.i_x.shape, layer.i_x.item()
        ((), 1.2)
    """

    i_x: NDArray[np.float64]
    i_x_se: NDArray[np.float64]
    i_y: NDArray[np.float64]
    i_y_se: NDArray[np.float64]
    saturated: NDArray[np.bool_]
    reliable: NDArray[np.bool_]
    n: int
    kind: Kind = "point"
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    def estimates(self, *index: int) -> tuple[Estimate, Estimate]:
        """I(X;T) and I(T;Y) of one network, as Estimates.

        Where the estimator has a verdict on I(T;Y) alone, the diagnostic `i_y_reliable`, that is
        what the second is called.

        Arguments:
            index: one for each leading axis; none where there is none.

        Example:
            >>> both = LayerInformation([1.2, 1.3], [0.1, 0.1], [0.5, 0.6], [0.0, 0.0],
            ...     saturated=[False, False], reliable=[True, True], n=8)
            >>> [float(estimate) for estimate in both.estimates(1)]
            [1.3, 0.6]
        """
        notes = {
            name: value[index].item() if isinstance(value, np.ndarray) else value
            for name, value in self.diagnostics.items()
        }
        notes |= {name: bool(getattr(self, name)[index]) for name in ("saturated", "reliable")}
        verdicts = {"i_y": {"reliable": notes.get("i_y_reliable", notes["reliable"])}}
        i_x, i_y = (
            Estimate(
                float(getattr(self, name)[index]),
                float(getattr(self, f"{name}_se")[index]),
                self.kind,
                self.n,
                notes | verdicts.get(name, {}),
            )
            for name in ("i_x", "i_y")
        )
        return i_x, i_y

    def __post_init__(self) -> None:
        numbers = _stack_fields(self, ("i_x", "i_x_se", "i_y", "i_y_se"), np.float64)
        flags = _stack_fields(self, ("saturated", "reliable"), np.bool_)
        if numbers.shape[1:] != flags.shape[1:]:
            raise InvalidInputError(
                "saturated and reliable must have the shape of the informations",
                received=f"{flags.shape[1:]} beside {numbers.shape[1:]}",
                fix="Give one truth value per leading index.",
            )
        finite = np.logical_and.reduce(np.isfinite(numbers), axis=None)
        if not finite or np.minimum.reduce(numbers[1::2], axis=None, initial=0.0) < 0:
            raise InvalidInputError(
                "informations must be finite, and their standard errors not negative",
                received=numbers,
                fix="Look for NaN or infinite activations.",
            )
        if not isinstance(self.n, int | np.integer) or self.n < 1:
            raise InvalidInputError(
                "n must be whole and at least 1",
                received=self.n,
                fix="Estimate from at least one sample.",
            )
        _check_kind(self.kind)
        object.__setattr__(self, "n", int(self.n))
        object.__setattr__(self, "diagnostics", dict(self.diagnostics))


def _check_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise InvalidInputError(
            f"kind must be one of {', '.join(_KINDS)}",
            received=repr(kind),
            fix="Use 'point' for what is neither bound.",
        )


def _stack_fields(
    information: LayerInformation, names: tuple[str, ...], dtype: type[np.generic]
) -> NDArray[Any]:
    """Make the named fields arrays of one type; return them stacked."""
    fields = [getattr(information, name) for name in names]
    try:
        stacked = np.array(fields, dtype)
    except ValueError:
        raise InvalidInputError(
            f"{', '.join(names)} must be numbers of one shape",
            received=", ".join(str(np.shape(values)) for values in fields),
            fix="Give one number per leading index.",
        ) from None
    for row, name in enumerate(names):
        object.__setattr__(information, name, stacked[row, ...])
    return stacked
