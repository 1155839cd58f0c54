"""Errors of the versions of the MNIST CNN on held-out images, beside Table 1."""

from collections.abc import Mapping

import numpy as np

from ib_mlflow.studies.judging.claims import Numbers
from ib_mlflow.studies.judging.intervals import finite, known, mean
from ib_mlflow.studies.judging.verdicts import Finding, most, reproduces, rises
from ib_mlflow.studies.reporting.report import table_of
from ib_mlflow.trajectory import Trajectory, learning

PAPER_ERRORS = {
    "deterministic": (50.0, 4.6),
    "noisy, beta=0.05": (50.0, 5.0),
    "noisy, beta=0.1": (51.0, 6.9),
    "noisy, beta=0.2": (86.0, 9.8),
    "noisy, beta=0.5": (2200.0, 520.0),
    "dropout": (39.0, 3.9),
}
"""Table 1: errors on 10,000 images, mean and standard deviation over eight seeds."""
SMALL, LARGE = 0.1, 0.2
"""The paper calls noise up to the first small; from the second on errors grow."""
MINIMAL = 0.2
"""A change of the number of errors below this share counts as minimal."""


def errors(plane: Trajectory, held_out: int) -> Numbers:
    """Errors on the held-out images at the end, of every member: (e,)."""
    last = learning(plane)
    last = last[last["epoch"] == plane.epochs[-1]].sort_values("member")
    return (1 - last["val_accuracy"].to_numpy(dtype=np.float64)) * held_out


def errors_table(planes: Mapping[str, Trajectory], held_out: int) -> str:
    """Write the errors of every version beside the paper's, as a Markdown table."""
    rows = []
    for name, plane in planes.items():
        counts = finite(errors(plane, held_out))
        paper = PAPER_ERRORS.get(name)
        rows.append(
            (
                name,
                _spread(counts),
                f"{100 * counts.mean() / held_out:.2f} %" if counts.size else "–",
                f"{paper[0]:g} ± {paper[1]:g}" if paper else "–",
                f"{paper[0] / 100:.2f} %" if paper else "–",
            )
        )
    return table_of(
        ["version", f"errors of {held_out}", "share", "paper, errors of 10,000", "share"], rows
    )


def _spread(counts: Numbers) -> str:
    if not counts.size:
        return "all diverged"
    return f"{counts.mean():.1f} ± {counts.std(ddof=min(1, counts.size - 1)):.1f}"


def errors_findings(
    planes: Mapping[str, Trajectory], held_out: int, *, full: bool
) -> list[Finding]:
    """Judge how noise and dropout change the number of errors, seed by seed.

    Arguments:
        planes: of every version, by name.
        held_out: images that were classified.
        full: whether the paper's own numbers can be compared.

    Returns:
        The findings.
    """
    plain = errors(planes["deterministic"], held_out)
    findings = []
    for name, plane in planes.items():
        beta = float(name.split("beta=")[1]) if "beta=" in name else None
        more = errors(plane, held_out) - plain
        note = f"Errors change by {mean(more).text(digits=1)} from {mean(plain).value:.1f}."
        if beta is not None and beta <= SMALL:
            findings.append(
                most(
                    f"{name}: small noise has a minimal effect on the number of errors",
                    "Sec. 2; Table 1",
                    known(np.abs(more) <= MINIMAL * plain, more),
                    note=f"{note} Minimal is up to {MINIMAL:.0%}.",
                )
            )
        if beta is not None and beta >= LARGE:
            findings.append(
                rises(f"{name}: large noise adds errors", "Table 1", more, "errors", note=note)
            )
        if name == "dropout":
            findings.append(
                rises(
                    "dropout makes fewer errors than the deterministic network",
                    "Sec. 2; Table 1",
                    -more,
                    "errors",
                )
            )
        if full and name in PAPER_ERRORS:
            findings.append(
                reproduces(
                    f"{name}: number of errors",
                    "Table 1",
                    errors(plane, held_out),
                    PAPER_ERRORS[name][0],
                    digits=1,
                )
            )
    return findings
