"""How a time scales with a setting: the power law of its medians, and who gets there earlier.

Times that training was too short to see are infinite: larger than any other, so that medians and
comparisons know them. Times that do not exist are NaN, and are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ib_mlflow.studies.judging import checks
from ib_mlflow.studies.judging.intervals import Interval
from ib_mlflow.studies.judging.pivots import expanded_limits
from ib_mlflow.studies.judging.thresholds import SEEN
from ib_mlflow.studies.judging.verdicts import Judgement, Note, judge_interval, most
from ib_mlflow.trajectory.members import Numbers

RESAMPLES = 2000
"""Of the seeds, from which the interval of an exponent follows."""


@dataclass(frozen=True, eq=False)
class Times:
    """A time of every network at several settings, as claims speak of it.

    Arguments:
        name: what it leads to, as "the end of compression".
        unit: of the time, as "epochs".
        setting: what is varied, as "hidden layers".
        by_setting: (e,) times at each setting, of the same seeds in the same order.

    Raises:
        InvalidInputError: the times are no numbers, or not of as many seeds.
    """

    name: str
    unit: str
    setting: str
    by_setting: Mapping[float, Numbers]

    def __post_init__(self) -> None:
        times = {each: checks.numbers(of, "times") for each, of in self.by_setting.items()}
        checks.alike(*times.values())
        object.__setattr__(self, "by_setting", times)

    @property
    def title(self) -> str:
        """In words, for figures and tables."""
        return f"{self.unit} to {self.name}"

    @property
    def settings(self) -> tuple[float, ...]:
        """The settings, ascending."""
        return tuple(sorted(self.by_setting))

    @property
    def steps(self) -> Iterator["Step"]:
        """Each setting beside the next larger."""
        return (Step(self, less, more) for less, more in pairwise(self.settings))

    @property
    def seen(self) -> tuple[float, ...]:
        """The settings that a power law can be fitted to: most of their networks had the time."""
        values = {each: self.by_setting[each] for each in self.settings}
        within = {each: np.isfinite(of) & (of > 0) for each, of in values.items()}
        return tuple(each for each, of in within.items() if of.mean() >= SEEN)


@dataclass(frozen=True, eq=False)
class Step:
    """A time at a setting beside the same at the next larger.

    Arguments:
        times: at all settings.
        less: the smaller setting.
        more: the larger.
    """

    times: Times
    less: float
    more: float

    @property
    def known(self) -> NDArray[np.bool_]:
        """(e,) whether it is known at which of the two settings a seed came first."""
        less, more = (self.times.by_setting[each] for each in (self.less, self.more))
        return np.asarray(~(np.isnan(less) | np.isnan(more) | (less == more)))


@dataclass(frozen=True)
class PowerLaw:
    """time = factor · setting ** exponent, through the medians over networks.

    Arguments:
        exponent: with its 95 % interval over networks; NaN where fewer than three settings count.
        factor: the time at setting 1.
        misfit: the factor by which a median lies off the line, a root mean square.
        settings: those that count.
    """

    exponent: Interval
    factor: float
    misfit: float
    settings: tuple[float, ...]


def power_law(times: Times, *, seed: int = 0) -> PowerLaw:
    """Fit a power law to the medians over networks, by least squares of the logarithms.

    Reference:
        Efron & Tibshirani (1993), An introduction to the bootstrap, section 13.3: percentiles
        over resampled networks, each with its times at all settings.

    Arguments:
        times: by setting.
        seed: of the resampling.

    Returns:
        The law.

    Example:
        >>> twice = {size: np.arange(1.0, 6) * size for size in (1.0, 2.0, 4.0)}
        >>> power_law(Times("all", "epochs", "batch size", twice)).exponent.text(digits=2)
        '1.00 [1.00, 1.00]'
    """
    settings = times.seen
    if len(settings) < 3:
        return PowerLaw(Interval(np.nan, np.nan, np.nan), np.nan, np.nan, settings)
    with np.errstate(divide="ignore"):
        logs = np.log(np.stack([times.by_setting[each] for each in settings]))
    at = np.log(settings)
    centred = at - at.mean()
    members = logs.shape[1]
    resamples = np.random.default_rng(seed).integers(0, members, (RESAMPLES, members))
    medians = np.nanmedian(logs, axis=1)
    exponent = _slope(medians, centred)
    resampled = _slope(medians_of(logs[:, resamples]), centred[:, None])
    low, high = expanded_limits(resampled, members)
    level = medians.mean() - exponent * at.mean()
    residuals = medians - level - exponent * at
    return PowerLaw(
        # Medians that are all the same leave a slope of rounding errors.
        Interval(round(float(exponent), 12), round(low, 12), round(high, 12)),
        float(np.exp(level)),
        float(np.exp(np.sqrt((residuals**2).mean()))),
        settings,
    )


def _slope(medians: Numbers, centred: Numbers) -> NDArray[np.float64]:
    """By least squares; NaN for a resample one of whose medians lies beyond training."""
    with np.errstate(invalid="ignore"):
        slope = (medians * centred).sum(axis=0) / (centred**2).sum()
    return np.where(np.isfinite(slope), slope, np.nan)


def medians_of(values: Numbers) -> Numbers:
    """Medians over the last axis, without NaN; NaN, without a warning, where nothing is left.

    Example:
        >>> medians_of(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]]))
        array([ 2., nan])
    """
    gone = np.asarray(np.isnan(values).all(axis=-1))
    filled = np.where(gone[..., None], 0.0, values)
    return np.where(gone, np.nan, np.nanmedian(filled, axis=-1))


def grows(times: Times) -> Judgement:
    """Judge whether a time grows with the setting, by the exponent of its power law."""
    return _scales(times, 1)


def shrinks(times: Times) -> Judgement:
    """Judge whether a time falls with the setting, by the exponent of its power law."""
    return _scales(times, -1)


def _scales(times: Times, sign: int) -> Judgement:
    law = power_law(times)
    exponent = law.exponent
    signed = exponent if sign > 0 else Interval(-exponent.value, -exponent.high, -exponent.low)
    counted, absent = (
        ", ".join(f"{each:g}" for each in times.settings if (each in law.settings) is of)
        for of in (True, False)
    )
    few = f" At {absent} too few networks had it within training." if absent else ""
    if np.isnan(exponent.value):
        return Judgement("undecided", (f"A power law needs three settings.{few}",))
    note = (
        f"Power of the {times.setting}, through the medians at {counted}, which lie off the line "
        f"by a factor of {law.misfit:.2f}.{few}"
    )
    return judge_interval(signed, ("exponent ", exponent.quantity(digits=2)), note=note)


def earlier(step: Step, *, note: Note = ()) -> Judgement:
    """Judge whether most networks get there earlier at the larger setting, seed by seed.

    Arguments:
        step: two settings, whose networks have the same seeds.
        note: what else was measured.

    Returns:
        The judgement, of the seeds of which it is known which came first.
    """
    less, more = (step.times.by_setting[each] for each in (step.less, step.more))
    known = step.known
    medians = [median_text(times) for times in (less, more)]
    words = f"Medians {medians[0]} and {medians[1]} {step.times.unit}."
    if not known.all():
        open_ = f"{int((~known).sum())} of {known.size}"
        words += f" Which came first is not known of {open_} seeds: both alike, or one without."
    return most((more < less)[known], note=(words, *note))


def median_text(times: ArrayLike) -> str:
    """The median of times (e,) over networks, in words; "–" where no network has the time.

    Example:
        >>> median_text([5.0, np.inf, np.inf])
        'beyond training'
    """
    values = np.asarray(times, dtype=np.float64)
    values = values[~np.isnan(values)]
    if not values.size:
        return "–"
    median = float(np.median(values))
    return f"{median:.4g}" if np.isfinite(median) else "beyond training"
