"""What the cheap ways of inverting a layer over epochs cost in nats, and which is the default."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate
from ib_mlflow.studies.decoding.inverse import InverseCurve, inverse_curve
from ib_mlflow.studies.decoding.layer_inversion import WAYS, LayerInversion, Way
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.judging.intervals import Interval
from ib_mlflow.studies.judging.verdicts import interval_of
from ib_mlflow.tracking import StudyRun
from ib_mlflow.units import Words, joined, text_of

LARGEST_SHARE = 0.1
"""Of the largest change between epochs, above which the bias of a cheap way is too much."""
NO_BOUND = (
    "What differs between two epochs, or between two decoders of one epoch, is the difference of "
    "two bounds of unknown gaps, and no bound: it is taken image by image, which makes its error "
    "small, and says nothing of the gaps."
)
"""What a reader must know of every change over epochs."""


@dataclass(frozen=True, eq=False)
class WayPrice:
    """How far a cheap way lies from decoders from scratch, at some epochs of a layer.

    Arguments:
        curve: by the cheap way, at all epochs.
        scratch: from scratch, at two of them or more.
    """

    curve: InverseCurve
    scratch: InverseCurve

    @property
    def way(self) -> Way:
        """The cheap way."""
        return self.curve.inversion.way

    @property
    def biases(self) -> dict[int, Estimate]:
        """E[ln q(x|h) − ln q(x|h) from scratch], image by image, in nats, by epoch.

        It is above zero where the cheap way's decoder is the better one.
        """
        return {
            epoch: mean_of(self.curve.terms[epoch] - terms)
            for epoch, terms in self.scratch.terms.items()
        }

    @property
    def bias_of_change(self) -> Estimate:
        """How far a change between two of these epochs differs from that from scratch, in nats.

        Of the two epochs between which it may differ the most, limits included.
        """
        gaps = [self.curve.terms[epoch] - terms for epoch, terms in self.scratch.terms.items()]
        return max(
            (mean_of(late - early) for early, late in combinations(gaps, 2)), key=largest_size
        )

    @property
    def most(self) -> float:
        """Nats by which the way may make a change between two epochs larger or smaller."""
        return largest_size(self.bias_of_change)

    @property
    def largest_change(self) -> Estimate:
        """The largest change between two measured epochs, by the cheap way, in nats."""
        return largest_change(np.stack(list(self.curve.terms.values())))

    @property
    def share(self) -> Interval:
        """The larger of both biases over the largest change, as sizes.

        The upper limit holds the upper limit of the biases against the lower limit of the change;
        it is infinite where the change cannot be told from zero.
        """
        change = interval_of(self.largest_change)
        intervals = [interval_of(bias) for bias in self.biases.values()]
        size = max(abs(bias.value) for bias in intervals)
        most = max(map(largest_size, self.biases.values()))
        high = most / change.low if change.low > 0 else np.inf
        return Interval(size / abs(change.value) if change.value else np.inf, 0.0, high)

    @property
    def converged(self) -> bool:
        """Whether all decoders that are compared have converged."""
        flags = (*self.curve.converged.values(), *self.scratch.converged.values())
        return all(flags)

    @property
    def cheap(self) -> bool:
        """Whether the bias is surely below a tenth of the largest change, at equal convergence."""
        return self.converged and self.share.high < LARGEST_SHARE

    @property
    def words(self) -> Words:
        """The price in a sentence, for the report."""
        biases = joined(
            ("at epoch ", str(epoch), " ", interval_of(bias).quantity("nats"))
            for epoch, bias in self.biases.items()
        )
        share, curve, scratch = self.share, self.curve, self.scratch
        most = f"at most {share.high:.0%}" if np.isfinite(share.high) else "with no limit"
        ended = "" if self.converged else "; not all of the decoders compared have converged"
        return (
            f"{curve.inversion.name}, {self.way}: above from scratch, image by image, ",
            *biases,
            ", and a change between two of these by up to ",
            interval_of(self.bias_of_change).quantity("nats"),
            "; the largest change between epochs is ",
            interval_of(self.largest_change).quantity("nats"),
            f", of which the bias is {share.value:.0%}, {most}; {curve.updates} updates for "
            f"{len(curve.epochs)} epochs, where {len(scratch.epochs)} from scratch took "
            f"{scratch.updates}{ended}",
        )


def largest_change(terms: NDArray[np.float64]) -> Estimate:
    """The largest change between two epochs, image by image, as a size.

    Which two epochs is decided for either half of the images on the other half, with the sign, so
    that the choice does not flatter the change.

    Arguments:
        terms: (epochs, n) ln q(x|h) in nats.

    Returns:
        The change in nats and its error over images; below zero only where there is none.

    Raises:
        InvalidInputError: fewer than two epochs, or than four images.

    Example:
        >>> largest_change(np.array([[0.0, 0, 0, 0], [2, 3, 2, 3], [1, 1, 1, 1]])).value
        2.5
    """
    if terms.ndim != 2 or len(terms) < 2 or terms.shape[1] < 4:
        raise InvalidInputError(
            "a largest change needs two epochs and four images",
            received=f"shape {terms.shape}",
            fix="Give (epochs, n) log-probabilities.",
        )
    change = np.empty(terms.shape[1])
    for half, rest in (np.s_[::2], np.s_[1::2]), (np.s_[1::2], np.s_[::2]):
        means = terms[:, rest].mean(axis=1)
        low, high = int(means.argmin()), int(means.argmax())
        change[half] = terms[high, half] - terms[low, half]
    return mean_of(change)


def largest_size(estimate: Estimate) -> float:
    """How large a number of either sign may be, by its 95 % limits.

    Example:
        >>> round(largest_size(Estimate(-1.0, 0.5, "point", n=10_000)), 2)
        1.98
    """
    interval = interval_of(estimate)
    return max(abs(interval.low), abs(interval.high))


def priced_epochs(measured: Sequence[int]) -> tuple[int, ...]:
    """The epochs at which a cheap way is compared: the first, the middle and the last measured.

    Example:
        >>> priced_epochs([0, 1, 3, 5, 10, 30, 100, 200]), priced_epochs([0, 3])
        ((0, 10, 200), (0, 3))
    """
    return tuple(dict.fromkeys((measured[0], measured[len(measured) // 2], measured[-1])))


def way_price(
    study: StudyRun, inversion: LayerInversion, epochs: Sequence[int] | None = None
) -> WayPrice:
    """Compare a cheap way with decoders from scratch at some epochs, image by image.

    Arguments:
        study: the study's run; decoders that it already holds are read.
        inversion: the layer, with a way other than scratch.
        epochs: two of its epochs or more; `priced_epochs` by default.

    Returns:
        The price.

    Raises:
        InvalidInputError: the way is scratch, or there are fewer than two measured epochs.
    """
    if inversion.way == "scratch":
        raise InvalidInputError(
            "a price is that of a cheap way",
            received="scratch",
            fix="Give an inversion whose way is amortised or warm.",
        )
    measured = list(inversion.contexts)
    priced = sorted(set(epochs or priced_epochs(measured)))
    if len(priced) < 2:
        raise InvalidInputError(
            "a price is taken at two different epochs or more",
            received=", ".join(map(str, epochs or measured)),
            fix="Give the first and the last, or none.",
        )
    for epoch in priced:
        if epoch not in measured:
            near = min(measured, key=lambda other: abs(other - epoch))
            raise InvalidInputError(
                f"a price is taken at epochs among {', '.join(map(str, measured))}",
                received=epoch,
                fix=f"Did you mean {near}?",
            )
    contexts = {epoch: inversion.contexts[epoch] for epoch in priced}
    scratch = replace(inversion, way="scratch", contexts=contexts)
    return WayPrice(inverse_curve(study, inversion), inverse_curve(study, scratch))


def cheapest_way(prices: Sequence[WayPrice], unit: str = "nats") -> tuple[Way, str]:
    """The cheapest way whose bias is below a tenth of the largest change, and the words for it.

    Arguments:
        prices: of one way or two; of several layers or networks a way must be cheap in all.
        unit: in which informations are written.

    Returns:
        The way, "scratch" where no other is cheap enough beyond doubt; and why, for the report,
        with the warning that a difference of bounds is no bound.
    """
    by_way: dict[Way, list[WayPrice]] = {}
    for price in prices:
        by_way.setdefault(price.way, []).append(price)
    way: Way = "scratch"
    for cheaper in reversed(WAYS):
        if by_way.get(cheaper) and all(price.cheap for price in by_way[cheaper]):
            way = cheaper
    rule = (
        f"The cheapest way whose bias is below {LARGEST_SHARE:.0%} of the largest change between "
        f"epochs, limits included, at converged decoders, is {way}. "
    )
    words = joined((price.words for price in prices), ". ")
    return way, text_of((rule, *words, ". " if words else "", NO_BOUND), unit)
