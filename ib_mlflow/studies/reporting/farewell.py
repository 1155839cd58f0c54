"""The last words of a study in the terminal: what was found, and where to see more."""

from collections.abc import Sequence
from textwrap import shorten

from ib_mlflow.studies.judging.claims import Finding
from ib_mlflow.studies.reporting.conclusion import SMOKE
from ib_mlflow.tracking import StudyRun
from ib_mlflow.units import text_of

ROWS = 3
"""Claims that are printed; the report has all."""
WIDTH = 100
FILES = ("report.md", "information_plane.html", "information_plane.png")


def farewell(
    name: str, run: StudyRun, findings: Sequence[Finding], unit: str, *, smoke: bool
) -> str:
    """What is printed when a study has finished.

    Arguments:
        name: the study's.
        run: its run.
        findings: the claims, judged.
        unit: in which informations are written.
        smoke: whether the scale is toy, at which nobody learns of verdicts.

    Returns:
        The first claims with their verdicts, the files to read, and how to open MLflow.
    """
    lines = ["", f"{name} has finished."]
    if smoke:
        lines.append(f"  {SMOKE}")
        findings = ()
    for finding in findings[:ROWS]:
        lines.append(f"  {finding.verdict:<10} {shorten(finding.claim, WIDTH, placeholder=' …')}")
        lines.append(f"  {'':<10} {shorten(text_of(finding.words, unit), WIDTH, placeholder=' …')}")
    if len(findings) > ROWS:
        lines.append(f"  and {len(findings) - ROWS} more in report.md")
    paths = [path for path in map(run.artifact_path, FILES) if path is not None]
    if paths:
        lines += ["To read:", *(f"  {path}" for path in paths)]
    lines.append("To look at it:")
    if run.ui_command:
        lines.append(f"  {run.ui_command}")
    if run.ui_secret:
        lines.append(f"  (the password is left out: {run.ui_secret} must hold it there)")
    lines.append(f"  {run.address}")
    return "\n".join(lines)
