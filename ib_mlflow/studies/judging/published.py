"""A number of a paper beside the same number of our networks."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging import checks, limits
from ib_mlflow.studies.judging.intervals import Interval, accuracy, finite, left_out, mean
from ib_mlflow.studies.judging.judgements import Judgement, Note, Verdict, sentence, steady
from ib_mlflow.studies.judging.means import are_copies
from ib_mlflow.studies.judging.thresholds import ACCURACY_MARGIN, FEWEST, LEVEL
from ib_mlflow.units import Quantity, Words


@dataclass(frozen=True)
class Published:
    """A number as a paper prints it.

    Arguments:
        value: the number.
        decimals: that the paper prints; None for those of the number itself, which a last 0 does
            not show: then its rounding counts up to the margin that it is compared with.
        deviation: the standard deviation over its networks, if it gives one.
        members: how many networks it is the mean of; 1 for a single one.

    Raises:
        InvalidInputError: a deviation without the number of networks, or the other way round; or
            a number that is none, or a deviation below 0.

    Example:
        >>> Published(0.946).rounding, Published(0.70, decimals=2).rounding
        (0.0005, 0.005)
    """

    value: float
    decimals: int | None = None
    deviation: float | None = None
    members: int = 1

    def __post_init__(self) -> None:
        limits.threshold(self.value, "a paper's number", least=-limits.LARGEST)
        limits.whole(self.members, "networks of a paper")
        if self.decimals is not None:
            limits.whole(self.decimals, "decimals", least=0)
        if self.deviation is not None:
            limits.threshold(self.deviation, "a paper's deviation")
        if (self.deviation is not None) != (self.members > 1):
            raise InvalidInputError(
                "a paper's mean has a number of networks and a deviation over them, or neither",
                received=f"deviation={self.deviation}, members={self.members}",
                fix="Give both, or only the value.",
            )

    @property
    def rounding(self) -> float:
        """Half a unit of the last printed digit."""
        decimals = self.decimals
        if decimals is None:
            decimals = -int(Decimal(str(self.value)).normalize().as_tuple().exponent)
        return float(0.5 * 10.0 ** -max(decimals, 0))


def reproduces(
    values: ArrayLike,
    paper: float | Published,
    *,
    margin: float = ACCURACY_MARGIN,
    rows: int | None = None,
    unit: str = "",
    digits: int = 3,
) -> Judgement:
    """Judge whether our networks give a paper's number.

    Reference:
        Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15, for equivalence; Welch
        (1947), Biometrika 34, where the paper gives a mean and a deviation.

    Arguments:
        values: (e,) the same number of every member; NaN for one that diverged, which leaves the
            claim open.
        paper: the paper's number; a bare one is that of a single network.
        margin: what counts as the same, in the number's unit.
        rows: of the test set, for accuracies that share one; the paper's has as many of its own.
        unit: the unit of both.
        digits: decimals to write.

    Returns:
        It agrees where the whole 95 % interval of our mean lies within the margin of the paper's
        number. It disagrees where that lies outside the 95 % prediction interval of one more
        network, or by Welch's test outside that of our mean, widened by the paper's rounding and
        beyond the margin. It is undecided otherwise, as below five networks, where all numbers
        are the same, and where it turns round at half or at twice the margin.

    Example:
        >>> reproduces([0.944, 0.946, 0.945, 0.948, 0.947], 0.946).verdict
        'agrees'
        >>> reproduces([0.93, 0.97, 0.92, 0.94, 0.95], 0.946).verdict
        'undecided'
    """
    published = paper if isinstance(paper, Published) else Published(paper)
    limits.threshold(margin, "a margin")
    numbers = finite(checks.numbers(values))
    interval = accuracy(values, rows) if rows is not None else mean(values)
    spread = float(numbers.std(ddof=1)) if numbers.size > 1 else np.nan
    words: Words = ("mean ", interval.quantity(unit, digits))
    if numbers.size > 1:
        words += (f", standard deviation {spread:.{digits}f}",)
    words += (left_out(values),)
    note: Note = (
        "The paper's: ", Quantity(published.value, unit=unit, digits=digits),
        f"; the same is up to {margin:g} from it.",
    )  # fmt: skip
    lost = numbers.size < np.size(np.asarray(values))
    if numbers.size < FEWEST or lost or are_copies(numbers):
        return Judgement("undecided", sentence(words, note))
    right = interval.value
    of_rows = 2 * right * (1 - right) / rows if rows is not None else 0.0

    def judge(factor: float) -> Judgement:
        verdict, p_value = _compare(numbers, interval, published, factor * margin, of_rows)
        return Judgement(verdict, sentence(words, note), p_value)

    return steady(judge, of="the margin")


def _compare(
    numbers: NDArray[np.float64],
    interval: Interval,
    published: Published,
    margin: float,
    of_rows: float,
) -> tuple[Verdict, float | None]:
    n, apart = numbers.size, abs(interval.value - published.value)
    ours = float(numbers.var(ddof=1)) / n
    half = max(interval.high - interval.value, interval.value - interval.low)
    if published.deviation is None:
        error, freedom = float(np.sqrt(numbers.var(ddof=1) + ours + of_rows)), float(n - 1)
    else:
        theirs = published.deviation**2 / published.members
        error = float(np.sqrt(ours + theirs + of_rows))
        freedom = (ours + theirs) ** 2 / (ours**2 / (n - 1) + theirs**2 / (published.members - 1))
        half = float(stats.t.ppf(1 - LEVEL / 2, freedom)) * error
    if apart + half <= margin:
        return "agrees", None
    rounding = (
        published.rounding if published.decimals is not None else min(published.rounding, margin)
    )
    beyond = max(0.0, apart - rounding)
    p_value = 2 * float(stats.t.sf(beyond / error, freedom))
    return ("disagrees" if p_value <= LEVEL and apart > margin else "undecided"), p_value
