"""What keeps a number that decoders give from being taken at its word."""

from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.judging.crossed import crossed_mean
from ib_mlflow.units import Words, nats
from .labels import Terms


@dataclass(frozen=True, eq=False)
class Read:
    """A number of each network and image, and what it was at half of the decoders' updates.

    Arguments:
        terms: (e, n) positive where a claim holds.
        halfway: the same by decoders of half the updates; None where these are not known.
    """

    terms: Terms
    halfway: Terms | None

    @property
    def moved(self) -> float:
        """How far a doubling of the updates may have moved the mean, by its 95 % limits.

        Infinite where it is not known, and where there are too few networks for limits.
        """
        if self.halfway is None:
            return float("inf")
        shift = crossed_mean(self.terms - self.halfway)
        return float(max(abs(shift.low), abs(shift.high)))


@dataclass(frozen=True)
class Doubts:
    """What is known to be wrong with changes that decoders give, or may be.

    Arguments:
        bias: nats by which the way of decoding may make a change larger or smaller.
        way: its name.
        cheap: whether it has passed the rule by which a cheap way is taken.
        diverged: the decoders whose held-out loss has risen again, in words.
    """

    bias: float = 0.0
    way: str = "scratch"
    cheap: bool = True
    diverged: tuple[str, ...] = ()

    def __add__(self, other: "Doubts") -> "Doubts":
        """Those of a difference of two layers."""
        return Doubts(
            self.bias + other.bias,
            self.way,
            self.cheap and other.cheap,
            self.diverged + other.diverged,
        )

    @property
    def words(self) -> Words:
        """What is in doubt, as the end of a verdict's words; empty for nothing."""
        words: Words = ()
        if self.diverged:
            words += (f" Not judged, for decoders have diverged: {'; '.join(self.diverged)}.",)
        if self.bias:
            most = nats(self.bias) if np.isfinite(self.bias) else "an unknown amount"
            failed = "" if self.cheap else ", which has failed the rule of a cheap way"
            wider = f" Limits are wider by what {self.way} decoding may make{failed}: "
            words += (wider, most, ".")
        return words
