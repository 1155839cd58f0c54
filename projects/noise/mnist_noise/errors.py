"""Errors of the versions of the MNIST CNN on held-out images, beside Table 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.judging.intervals import finite, mean
from ib_mlflow.studies.judging.margins import MINIMAL, STRONG
from ib_mlflow.studies.judging.published import Published, reproduces
from ib_mlflow.studies.judging.shares import most_where
from ib_mlflow.studies.judging.verdicts import Judgement, rises
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, validation_accuracy
from ib_mlflow.units import Words
from .networks import DETERMINISTIC, DROPOUT, noisy
from .readings import Versions

PAPER_ERRORS = {
    DETERMINISTIC: (50.0, 4.6),
    noisy(0.05): (50.0, 5.0),
    noisy(0.1): (51.0, 6.9),
    noisy(0.2): (86.0, 9.8),
    noisy(0.5): (2200.0, 520.0),
    DROPOUT: (39.0, 3.9),
}
"""Table 1: errors on 10,000 images, mean and standard deviation over eight seeds."""
SEEDS = 8
"""Of each version in Table 1."""
SMALL, LARGE = 0.1, 0.2
"""The paper calls noise up to the first small; from the second on errors grow."""


@dataclass(frozen=True, eq=False)
class VersionErrors:
    """Errors of one version on the held-out images at the end, beside the deterministic one's.

    Arguments:
        name: of the version.
        beta: its noise; 0 for none.
        counts: (e,) its errors, by seed.
        plain: (e,) those of the deterministic networks of the same seeds.
        otherwise: in how much was learnt training differs from the paper's.
    """

    name: str
    beta: float
    counts: Numbers
    plain: Numbers
    otherwise: tuple[str, ...] = ()

    @property
    def more(self) -> Numbers:
        """How many errors the version adds, seed by seed: (e,)."""
        return self.counts - self.plain

    @property
    def note(self) -> Words:
        """How the number of errors changes."""
        plain = mean(self.plain).value
        return ("Errors change by ", mean(self.more).quantity(digits=1), f" from {plain:.1f}.")


def errors(plane: Trajectory, held_out: int) -> Numbers:
    """Errors on the held-out images at the end, of every member, ascending in their seeds: (e,)."""
    return (1 - validation_accuracy(plane, plane.epochs[-1])) * held_out


def version_errors(readings: Versions) -> list[VersionErrors]:
    """The errors of every version."""
    counts = {
        name: errors(plane, readings.configuration.held_out)
        for name, plane in readings.planes.items()
    }
    plain, otherwise = counts[DETERMINISTIC], readings.configuration.learnt_otherwise
    return [
        VersionErrors(name, readings.betas[name], of_version, plain, otherwise)
        for name, of_version in counts.items()
    ]


def small_noises(readings: Versions) -> list[VersionErrors]:
    """Those of the versions whose noise the paper calls small."""
    return [version for version in version_errors(readings) if 0 < version.beta <= SMALL]


def large_noises(readings: Versions) -> list[VersionErrors]:
    """Those of the versions whose noise adds errors in the paper."""
    return [version for version in version_errors(readings) if version.beta >= LARGE]


def with_dropout(readings: Versions) -> list[VersionErrors]:
    """Those of the version with dropout."""
    return [version for version in version_errors(readings) if version.name == DROPOUT]


def in_table_1(readings: Versions) -> list[VersionErrors]:
    """Those that can be compared with the paper's own numbers."""
    full = readings.configuration.as_in_the_paper
    return [
        version for version in version_errors(readings) if full and version.name in PAPER_ERRORS
    ]


def changes_little(version: VersionErrors) -> Judgement:
    """Judge whether the number of errors stays within a fifth of the deterministic network's."""
    more, plain = version.more, version.plain
    return most_where(
        lambda factor: np.abs(more) <= factor * MINIMAL * plain,
        more,
        note=(*version.note, f" Minimal is up to {MINIMAL:.0%}."),
    )


def adds_errors(version: VersionErrors) -> Judgement:
    """Judge whether the version makes more errors than the deterministic network."""
    return rises(version.more, "errors", note=version.note)


def spares_errors(version: VersionErrors) -> tuple[Judgement, Judgement]:
    """Judge whether the version makes fewer errors than the deterministic network, by enough."""
    fewer, plain = -version.more, version.plain
    strongly = most_where(
        lambda factor: fewer > factor * STRONG * plain,
        fewer,
        note=f"Strong is from {STRONG:.0%} on.",
    )
    return rises(fewer, "errors", note=version.note), strongly


def reproduces_errors(version: VersionErrors) -> Judgement:
    """Judge whether these networks make as many errors as the paper's, a mean of eight seeds."""
    errors, deviation = PAPER_ERRORS[version.name]
    published = Published(errors, deviation=deviation, members=SEEDS)
    return reproduces(version.counts, published, margin=MINIMAL * errors, digits=1)


def errors_table(versions: Sequence[VersionErrors], held_out: int) -> Table:
    """The errors of every version beside the paper's."""
    rows = []
    for version in versions:
        counts = finite(version.counts)
        paper = PAPER_ERRORS.get(version.name)
        rows.append(
            (
                version.name,
                _spread(counts),
                f"{100 * counts.mean() / held_out:.2f} %" if counts.size else "–",
                f"{paper[0]:g} ± {paper[1]:g}" if paper else "–",
                f"{paper[0] / 100:.2f} %" if paper else "–",
            )
        )
    return Table(
        ["version", f"errors of {held_out}", "share", "paper, errors of 10,000", "share"], rows
    )


def _spread(counts: Numbers) -> str:
    if not counts.size:
        return "all diverged"
    return f"{counts.mean():.1f} ± {counts.std(ddof=min(1, counts.size - 1)):.1f}"
