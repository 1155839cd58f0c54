"""The parts of an estimate: entropies of one noisy layer, with what is known of their errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Entropy:
    """An entropy of T, or of T given something, less (d/2) ln(2 pi beta²), in nats.

    Arguments:
        value: that of the mixture whose centres are the propagations.
        variance: of the value, from propagations and draws.
        half: the value from half of the propagations.
        above: the cross entropy of other propagations, on average not below the truth.
        above_variance: of it, from propagations and draws.
        certificate: the largest error that bounded numerics make in the value.
    """

    value: float
    variance: float
    half: float
    above: float
    above_variance: float
    certificate: float = 0.0

    def scaled(self, share: float) -> Entropy:
        """A share of it."""
        return Entropy(
            share * self.value,
            share * share * self.variance,
            half=share * self.half,
            above=share * self.above,
            above_variance=share * share * self.above_variance,
            certificate=abs(share) * self.certificate,
        )


def total(parts: Iterable[Entropy]) -> Entropy:
    """The sum of parts from independent draws.

    Example:
        >>> part = Entropy(1.0, 0.5, half=1.0, above=2.0, above_variance=0.5)
        >>> total([part, part])
        Entropy(value=2.0, variance=1.0, half=2.0, above=4.0, above_variance=1.0, certificate=0.0)
    """
    parts = list(parts)
    return Entropy(
        sum(part.value for part in parts),
        sum(part.variance for part in parts),
        half=sum(part.half for part in parts),
        above=sum(part.above for part in parts),
        above_variance=sum(part.above_variance for part in parts),
        certificate=sum(part.certificate for part in parts),
    )
