"""How a time rises with a setting along a straight line through its medians."""

from dataclasses import dataclass, replace

import numpy as np

from ib_mlflow.studies.judging.intervals import Interval
from ib_mlflow.studies.judging.judgements import Judgement, Verdict, all_hold, steady
from ib_mlflow.studies.judging.pivots import expanded_limits
from ib_mlflow.studies.judging.powers import RESAMPLES, Times, medians_of, shrinks
from ib_mlflow.studies.judging.thresholds import STRAIGHT
from ib_mlflow.trajectory.members import Numbers


@dataclass(frozen=True)
class Line:
    """time = start + slope · setting, through the medians over networks.

    Arguments:
        slope: with its 95 % interval over networks; NaN where fewer than three settings count.
        explained: the share of the medians' variance that the line explains, likewise.
        settings: those that count.
    """

    slope: Interval
    explained: Interval
    settings: tuple[float, ...]


def line(times: Times, *, seed: int = 0) -> Line:
    """Fit a line to the medians over networks, by least squares.

    Reference:
        Efron & Tibshirani (1993), An introduction to the bootstrap, section 13.3: percentiles
        over resampled networks, each with its times at all settings.

    Arguments:
        times: by setting; those count that most of their networks had within training.
        seed: of the resampling.

    Returns:
        The line.

    Example:
        >>> twice = {size: np.arange(1.0, 6) * size for size in (1.0, 2.0, 4.0)}
        >>> line(Times("all", "epochs", "batch size", twice)).slope.text(digits=2)
        '3.00 [1.00, 5.00]'
    """
    settings, unknown = times.seen, Interval(np.nan, np.nan, np.nan)
    if len(settings) < 3:
        return Line(unknown, unknown, settings)
    values = np.stack([times.by_setting[setting] for setting in settings])
    members = values.shape[1]
    resamples = np.random.default_rng(seed).integers(0, members, (RESAMPLES, members))
    whole = _fit(medians_of(values)[:, None], settings)
    resampled = _fit(medians_of(values[:, resamples]), settings)
    slope, explained = (_interval(*parts, members) for parts in zip(whole, resampled, strict=True))
    return Line(slope, explained, settings)


def rises_in_a_line(times: Times) -> Judgement:
    """Judge whether a time rises linearly with the setting.

    Arguments:
        times: by setting.

    Returns:
        It agrees where the slope is positive and the line explains enough of the medians, with
        their whole 95 % intervals; it disagrees where the slope is negative, or the line explains
        too little; and is undecided otherwise.

    Example:
        >>> twice = {size: np.linspace(2, 2.4, 5) * size for size in (1.0, 2.0, 4.0)}
        >>> rises_in_a_line(Times("all", "epochs", "batch size", twice)).verdict
        'agrees'
    """
    fit = line(times)
    if np.isnan(fit.slope.value):
        few = "A line needs three settings at which most networks had it within training."
        return Judgement("undecided", (few,))
    unit = f"{times.unit} per unit of {times.setting}"
    slope = Judgement(_beyond(fit.slope, 0.0), ("Slope ", fit.slope.quantity(unit, 4), "."))
    return all_hold([slope, _straight(fit, fit.settings, "medians")])


def falls_as_a_power(times: Times) -> Judgement:
    """Judge whether a time scales as a negative power of the setting.

    Arguments:
        times: by setting.

    Returns:
        The judgement of two parts: that the exponent is negative, and that a line explains enough
        of the logarithms of the medians, as for `rises_in_a_line`.

    Example:
        >>> inverse = {depth: np.linspace(60, 66, 5) / depth for depth in (1.0, 2.0, 3.0)}
        >>> falls_as_a_power(Times("all", "epochs", "layers", inverse)).verdict
        'agrees'
    """
    exponent, settings = shrinks(times), times.seen
    # One is added, for a line is fitted to positive times alone.
    logs = {float(np.log(each)): 1 + np.log(times.by_setting[each]) for each in settings}
    fit = line(replace(times, by_setting=logs))
    if np.isnan(fit.slope.value):
        return exponent
    return all_hold([exponent, _straight(fit, settings, "logarithms of the medians")])


def _straight(fit: Line, settings: tuple[float, ...], of: str) -> Judgement:
    """Whether a line explains enough; what it may leave unexplained is the threshold."""
    counted = ", ".join(f"{setting:g}" for setting in settings)
    words = (
        "A line explains ",
        fit.explained.quantity(digits=2),
        f" of the variance of the {of} at {counted}, counted as linear from {STRAIGHT:g}.",
    )
    return steady(
        lambda factor: Judgement(_beyond(fit.explained, 1 - factor * (1 - STRAIGHT)), words)
    )


def _beyond(interval: Interval, threshold: float) -> Verdict:
    if interval.low > threshold:
        return "agrees"
    return "disagrees" if interval.high < threshold else "undecided"


def _fit(medians: Numbers, settings: tuple[float, ...]) -> tuple[Numbers, Numbers]:
    """Slopes and explained shares of medians (settings, resamples); NaN beyond training."""
    at = np.asarray(settings) - np.mean(settings)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = medians - medians.mean(axis=0)
        slope = (centred * at[:, None]).sum(axis=0) / (at**2).sum()
        total = (centred**2).sum(axis=0)
        # A line explains nothing of medians that are all the same.
        explained = np.where(total > 0, slope**2 * (at**2).sum() / total, 0.0)
    known = np.isfinite(centred).all(axis=0)
    return np.where(known, slope, np.nan), np.where(known, explained, np.nan)


def _interval(value: Numbers, resampled: Numbers, members: int) -> Interval:
    # Rounding errors of a line that fits exactly are none of the networks'.
    low, high = expanded_limits(resampled, members)
    return Interval(round(float(value[0]), 12), round(low, 12), round(high, 12))
