"""Whether two curves of a network move together: in excess of what other networks' curves do."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging import checks, limits
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.judgements import Judgement, Note, all_hold, steady
from ib_mlflow.studies.judging.thresholds import LEVEL, SHORT, TOLERANCE
from ib_mlflow.studies.judging.verdicts import most, rises
from ib_mlflow.trajectory.members import Numbers

EXACT, ORDERS = 7, 2000
"""Networks up to which all orders are counted, and how many are drawn of more."""


def cross_correlations(first: Numbers, second: Numbers) -> Numbers:
    """Correlations of each network's curves with its own others, and with other networks'.

    What all networks have in common, layer by layer and epoch by epoch, is taken off first: two
    curves that both rise because the network learns are not thereby said to go together.

    Reference:
        Fisher (1921), Metron 1, for means of correlations on the scale of atanh.

    Arguments:
        first: (e, t) or (e, l, t) curves, one a network and layer; NaN where not known.
        second: as many curves of another quantity.

    Returns:
        (e, e) atanh of the correlations over epochs, the mean of the layers: of the first of each
        network with the second of each, its own on the diagonal. A layer whose curve does not move
        tells nothing; NaN where no layer tells anything.

    Raises:
        InvalidInputError: the shapes differ, or are not of curves.

    Example:
        >>> z = np.random.default_rng(0).normal(size=(2, 8, 50))
        >>> scores = cross_correlations(z[0], 0.95 * z[0] + 0.31 * z[1])
        >>> bool((scores.diagonal() > 1).all()), scores.shape
        (True, (8, 8))
    """
    return _correlations(first, second, _apart)


def _correlations(first: Numbers, second: Numbers, moved: Callable[..., Numbers]) -> Numbers:
    """The correlations (e, e) on the scale of atanh, of curves from which something is taken off.

    Arguments:
        first: curves.
        second: as many of another quantity.
        moved: (e, l, t) what is left of curves, of which it is told where they are known.
    """
    tables = [checks.floats(of, "curves", "(e, t) or (e, l, t)") for of in (first, second)]
    if tables[0].shape != tables[1].shape or tables[0].ndim not in (2, 3):
        raise InvalidInputError(
            "two quantities have curves of one shape, (e, t) or (e, l, t)",
            received=" and ".join(str(table.shape) for table in tables),
            fix="Give both at the same networks, layers and epochs.",
        )
    one, two = (
        _directions(table.reshape(len(table), -1, table.shape[-1]), moved) for table in tables
    )
    products = np.einsum("ilt,jlt->ijl", one, two)
    scores = np.arctanh(np.clip(products, -1 + 1e-12, 1 - 1e-12))
    there = np.isfinite(scores)
    counts = there.sum(axis=2)
    with np.errstate(invalid="ignore"):
        means = np.where(
            counts, np.where(there, scores, 0.0).sum(axis=2) / np.maximum(counts, 1), np.nan
        )
    return np.asarray(means)


def _directions(curves: Numbers, moved: Callable[..., Numbers]) -> Numbers:
    """What is left of curves, centred over epochs and of length 1: (e, l, t); NaN of flat ones."""
    sound = np.isfinite(curves).all(axis=2, keepdims=True)
    filled = np.where(sound, curves, 0.0)
    left = moved(filled, sound)
    left = left - left.mean(axis=2, keepdims=True)
    length = np.sqrt((left**2).sum(axis=2, keepdims=True))
    scale = np.maximum(1.0, np.abs(filled).max(axis=2, keepdims=True))
    tells = sound & (length > TOLERANCE * scale * np.sqrt(curves.shape[2]))
    return np.where(tells, left / np.where(tells, length, 1.0), np.nan)


def _apart(curves: Numbers, sound: NDArray[np.bool_]) -> Numbers:
    """Without what all networks have in common."""
    common = curves.sum(axis=0) / np.maximum(sound.sum(axis=0), 1)
    return np.asarray(curves - common)


def _as_they_are(curves: Numbers, _sound: NDArray[np.bool_]) -> Numbers:
    return curves


def move_together(first: Numbers, second: Numbers, *, note: Note = ()) -> Judgement:
    """Judge whether two curves of a network move together, more than those of two networks.

    Arguments:
        first: (e, t) or (e, l, t) curves, one a network and layer.
        second: as many of another quantity.
        note: what else was measured.

    Returns:
        The judgement of the mean excess over networks, on the scale of atanh, which networks that
        are paired at random must have too rarely as well.

    Example:
        >>> z = np.random.default_rng(0).normal(size=(2, 8, 50))
        >>> move_together(z[0], z[0] + z[1]).verdict
        'agrees'
    """
    scores = cross_correlations(first, second)
    own, other = scores.diagonal(), _others(scores)
    with np.errstate(invalid="ignore"):
        words = (
            "Correlations within layers, centred by epoch: own ",
            mean(np.tanh(own), (-1, 1)).quantity(digits=2),
            ", with other networks' ",
            mean(np.tanh(other), (-1, 1)).quantity(digits=2),
            ".",
        )
    behind = tuple(note)
    judged = rises(own - other, "of atanh r", note=(*words, *((" ", *behind) if behind else ())))
    if judged.p_value is None:
        return judged
    p_value = max(judged.p_value, permuted_p(scores))
    return replace(
        judged, verdict=judged.verdict if p_value <= LEVEL else "undecided", p_value=p_value
    )


def _others(scores: Numbers) -> Numbers:
    """The mean score of each network with the others: (e,); NaN where none is known."""
    there = np.isfinite(scores) & ~np.eye(len(scores), dtype=bool)
    counts = there.sum(axis=1)
    totals = np.where(there, scores, 0.0).sum(axis=1)
    return np.where(counts, totals / np.maximum(counts, 1), np.nan)


def permuted_p(scores: Numbers) -> float:
    """How often networks that are paired at random have so large a score: two-sided.

    Reference:
        Pitman (1937), Supplement to the J. Royal Statistical Society 4. All orders of up to seven
        networks, and very many of more.

    Arguments:
        scores: (e, e), of the first of each network with the second of each.

    Returns:
        The p-value, of the networks that are known; 1 where fewer than two are.

    Example:
        >>> round(permuted_p(np.eye(5)), 4)
        0.0167
    """
    known_ones = np.flatnonzero(np.isfinite(scores.diagonal()))
    table = scores[np.ix_(known_ones, known_ones)]
    size = len(table)
    if size < 2:
        return 1.0
    if size <= EXACT:
        orders = np.array(list(permutations(range(size))))
    else:
        generator = np.random.default_rng(0)
        shuffled = generator.permuted(np.tile(np.arange(size), (ORDERS, 1)), axis=1)
        orders = np.concatenate([np.arange(size)[None], shuffled])
    sums = table[np.arange(size), orders].sum(axis=1)
    tails = [(way * sums >= way * sums[0] - TOLERANCE).mean() for way in (1, -1)]
    return float(min(1.0, 2 * min(tails)))


def highly_correlated(
    first: Numbers, second: Numbers, *, short: float = SHORT, note: Note = ()
) -> Judgement:
    """Judge whether two curves of a network are highly correlated.

    Arguments:
        first: (e, t) or (e, l, t) curves, one a network and layer.
        second: as many of another quantity.
        short: by how much a correlation may be short of 1 and be high; `FOLLOWS` for curves that
            follow one another.
        note: what else was measured.

    Returns:
        The judgement of two parts: that they move together more than those of two networks, and
        that most networks' correlation is high, judged at half and at twice what it may be short
        of 1. The latter is refuted only where the correlation is not high either with what all
        networks have in common.

    Example:
        >>> z = np.random.default_rng(0).normal(size=(2, 8, 50))
        >>> highly_correlated(z[0], z[0] + 0.1 * z[1]).verdict
        'agrees'
        >>> highly_correlated(z[0], z[1]).verdict
        'disagrees'
    """
    limits.threshold(short, "what a correlation is short of 1 by")

    def high(moved: Callable[..., Numbers]) -> Judgement:
        missing = 1 - np.tanh(_correlations(first, second, moved).diagonal())
        return steady(
            lambda factor: most(
                known(missing <= factor * short, missing),
                note=(f"Counted is a correlation from {1 - short:g} on.",),
            )
        )

    of_own = high(_apart)
    # What is left of one common course may be noise alone, which refutes nothing.
    if of_own.verdict == "disagrees" and high(_as_they_are).verdict != "disagrees":
        words = (
            *of_own.words,
            " With what all networks have in common they are not seen to be low.",
        )
        of_own = replace(of_own, verdict="undecided", words=words, p_value=1.0)
    return all_hold([move_together(first, second, note=note), of_own])
