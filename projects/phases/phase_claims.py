"""How the claims about the phases of learning are judged, network by network.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Dynamics of Learning – Info
    Path" to "Diffusion Improves Generalisation", and "CIFAR-10".
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.studies.judging.curves import NEAR, compressing
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.judgements import steady
from ib_mlflow.studies.judging.margins import CONSTANT, FAST, RESOLVED, SIMILAR
from ib_mlflow.studies.judging.verdicts import Judgement, Note, most, rises
from ib_mlflow.trajectory.members import Numbers, drops, gains
from ib_mlflow.units import nats
from .phase_readings import Path


def follows_the_average(path: Path) -> Judgement:
    """Judge whether a network's path is like the average of the other networks'."""
    likeness = np.minimum(*(_likeness(path.curves(column)) for column in ("i_x", "i_y")))
    note = (
        "Correlation over epochs with the mean of the others, the lower one of both informations: ",
        f"{_average(path, likeness)}; counted from {SIMILAR:g}.",
    )
    # What a correlation may be short of 1 by is the threshold.
    short = 1 - SIMILAR
    return _most(path, lambda factor: 1 - likeness <= factor * short, likeness, note=note)


def fits(path: Path) -> Judgement:
    """Judge whether a layer gains both informations from A to C."""
    x = gains(path.plane, path.layer)
    y = path.at_peak("i_y") - path.at_start("i_y")
    note = (
        "ΔI(X;T) ", _nats(path, x), ", ΔI(T;Y) ", _nats(path, y), "; counted from ", nats(NEAR),
        ".",
    )  # fmt: skip
    return _most(
        path,
        lambda factor: (x > factor * NEAR) & (y > factor * NEAR),
        x, y, path.at_end("i_x"), note=note, of_label=True,
    )  # fmt: skip


def is_fast(path: Path) -> Judgement:
    """Judge whether C is reached within a tenth of training."""
    last = path.plane.epochs[-1]
    there = path.resolved & path.turns
    median = f"{np.median(path.peak[there]):g}" if there.any() else "unknown"
    note = f"Median epoch of C: {median}, of {last}; counted up to {FAST * last:g}."
    end = path.at_end("i_x")
    return _most(
        path, lambda factor: path.turns & (path.peak <= factor * FAST * last), end, note=note
    )


def compresses(path: Path) -> Judgement:
    """Judge whether a layer loses I(X;T) from C to E."""
    lost, least = drops(path.plane, path.layer), compressing(path.plane)
    note = ("ΔI(X;T) ", _nats(path, -lost), "; counted from ", nats(-least), " on.")
    return _most(path, lambda factor: lost > factor * least, lost, note=note)


def keeps_the_label(path: Path) -> Judgement:
    """Judge whether a layer loses nothing of I(T;Y) from C to E."""
    gained = path.at_end("i_y") - path.at_peak("i_y")
    note = ("ΔI(T;Y) ", _nats(path, gained), "; a loss counts from ", nats(NEAR), ".")
    turned = _turned(path, gained)
    return _most(path, lambda factor: gained >= -factor * NEAR, turned, note=note, of_label=True)


def risk_is_constant(path: Path) -> Judgement:
    """Judge whether the training loss hardly changes from C to E."""
    start, turn, end = (
        of("train_loss") for of in (path.at_start, path.at_peak, path.at_end)
    )  # fmt: skip
    changed = _turned(path, (turn - end) / (start - end))
    note = (
        f"From C to E the training loss falls by {_average(path, changed)} of its whole fall; "
        f"counted up to {CONSTANT:g}."
    )
    return _most(path, lambda factor: np.abs(changed) <= factor * CONSTANT, changed, note=note)


def generalises(path: Path) -> Judgement:
    """Judge whether the validation accuracy rises from C to E."""
    gained = _turned(path, path.at_end("val_accuracy") - path.at_peak("val_accuracy"))
    judged = gained[path.resolved & np.isfinite(gained)]
    return (
        rises([*judged, *_lost(path)], "", note=_left_out(path, judged.size).strip())
        if judged.size
        else _nothing(path)
    )


def drifts_then_diffuses(path: Path) -> Judgement:
    """Judge whether SNR is higher up to C than after it."""
    before, after = path.snr
    fallen = before - after
    there = path.resolved & path.turns & np.isfinite(fallen)
    if not there.any():
        return _nothing(path)
    heights = " and ".join(f"{10 ** float(of[there].mean()):.3g}" for of in (before, after))
    note = (
        f"SNR, as the geometric mean over measured epochs, {heights}."
        f"{_left_out(path, int(there.sum()))}"
    )
    return rises([*fallen[there], *_lost(path)], "decades", note=note)


def _likeness(curves: Numbers) -> Numbers:
    """Correlation over epochs of each row with the mean of the others: (e,); NaN of a lone one."""
    sound = np.flatnonzero(np.isfinite(curves).all(axis=1))
    likeness = np.full(len(curves), np.nan)
    for place in sound:
        others = sound[sound != place]
        if others.size:
            average, own = curves[others].mean(axis=0), curves[place]
            level = min(np.ptp(average), np.ptp(own)) == 0
            likeness[place] = np.nan if level else np.corrcoef(average, own)[0, 1]
    return likeness


def _turned(path: Path, values: Numbers) -> Numbers:
    """The values of networks that turn; of the others there is no second phase."""
    return np.where(path.turns, values, np.nan)


def _most(
    path: Path,
    holds: Callable[[float], NDArray[np.bool_]],
    *numbers: Numbers,
    note: Note = (),
    of_label: bool = False,
) -> Judgement:
    """Judge over the networks that are resolved and whose numbers are known."""
    there = path.resolved & np.isfinite(np.stack(numbers)).all(axis=0)
    if of_label:
        there &= ~path.vague
    if not there.any():
        return _nothing(path, of_label=of_label)
    words = (*note, _left_out(path, int(there.sum()), of_label=of_label))
    lost = _lost(path)
    return steady(lambda factor: most([*holds(factor)[there], *lost], note=words))


def _nothing(path: Path, *, of_label: bool = False) -> Judgement:
    reasons = _reasons(path, of_label=of_label)
    words = f"Nothing is judged of {path.resolved.size} networks: {reasons}."
    return Judgement("undecided", (words,))


def _lost(path: Path) -> list[float]:
    """NaN for every network that diverged: it counts against either verdict."""
    return [np.nan] * int(np.isnan(path.at_end("i_x")).sum())


def _left_out(path: Path, judged: int, *, of_label: bool = False) -> str:
    count = path.resolved.size - judged - len(_lost(path))
    reasons = _reasons(path, lost=False, of_label=of_label)
    return f" {count} of {path.resolved.size} left out: {reasons}." if count else ""


def _reasons(path: Path, *, lost: bool = True, of_label: bool = False) -> str:
    """Why networks of a path are not judged, each reason with how many have it."""
    gone = np.isnan(path.at_end("i_x"))
    near = ~path.resolved & ~gone
    reasons = {
        f"within {100 * RESOLVED:g} % of ln n": near,
        "without a turn": path.resolved & ~path.turns & ~gone,
        "whose bound on I(T;Y) says nothing": path.resolved & path.vague & ~gone & of_label,
        "diverged": gone & lost,
    }
    counts = {reason: int(of.sum()) for reason, of in reasons.items() if of.any()}
    return ", ".join(f"{count} {reason}" for reason, count in counts.items()) or "a lone network"


def _average(path: Path, values: Numbers) -> str:
    judged = values[path.resolved & np.isfinite(values)]
    return mean(judged).text(digits=2) if judged.size else "unknown"


def _nats(path: Path, values: Numbers) -> Any:
    change = values[path.resolved & np.isfinite(values)]
    return mean(change).quantity("nats") if change.size else "unknown"
