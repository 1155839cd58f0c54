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
        third: its third central moment, in nats³, likewise.
        lacks: by how much it is too low on average, by the jackknife.
        half: the value from half of the propagations.
        above: the cross entropy of other propagations, on average not below the truth.
        above_variance: of it, from propagations and draws.
        certificate: the largest error that bounded numerics make in the value.
    """

    value: float
    variance: float
    third: float
    lacks: float
    half: float
    above: float
    above_variance: float
    certificate: float = 0.0

    def scaled(self, share: float) -> Entropy:
        """A share of it."""
        return Entropy(
            share * self.value,
            share * share * self.variance,
            share**3 * self.third,
            share * self.lacks,
            half=share * self.half,
            above=share * self.above,
            above_variance=share * share * self.above_variance,
            certificate=abs(share) * self.certificate,
        )


def total(parts: Iterable[Entropy]) -> Entropy:
    """The sum of parts from independent draws.

    Example:
        >>> part = Entropy(1.0, 0.5, 0.25, 0.125, half=1.0, above=2.0, above_variance=0.5)
        >>> both = total([part, part])
        >>> both.value, both.variance, both.third, both.lacks, both.above
        (2.0, 1.0, 0.5, 0.25, 4.0)
    """
    parts = list(parts)
    return Entropy(
        sum(part.value for part in parts),
        sum(part.variance for part in parts),
        sum(part.third for part in parts),
        sum(part.lacks for part in parts),
        half=sum(part.half for part in parts),
        above=sum(part.above for part in parts),
        above_variance=sum(part.above_variance for part in parts),
        certificate=sum(part.certificate for part in parts),
    )
