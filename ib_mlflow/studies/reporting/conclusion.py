"""What a study leaves on its own run: the planes, the figures, the tables, the report."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.data.files import DIFFERS
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.fields import as_text
from ib_mlflow.studies.judging.claims import Finding, count_verdicts, in_words
from ib_mlflow.studies.reporting.evidence import Evidence, Readings
from ib_mlflow.studies.reporting.headings import head
from ib_mlflow.studies.reporting.headline import log_film
from ib_mlflow.studies.reporting.report import Report
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.children import log_datasets
from ib_mlflow.tracking import StudyRun
from ib_mlflow.units import text_of

SMOKE = "toy: a smoke test, no claim is judged"
"""What the first line of a report at scale toy says."""
PAGE = "information_plane.html"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Presentation:
    """What a study says in words and pictures of its own.

    Arguments:
        title: of the report.
        paper: the paper whose claims are judged; empty where they are the study's own.
        tables: the report's, by heading.
        figures: by file name.
        remarks: what a reader must know of the numbers.
        otherwise: the parameters that are not those of the paper's figures, in words.
    """

    title: str
    paper: str
    tables: Mapping[str, Table]
    figures: Mapping[str, Figure]
    remarks: Sequence[str]
    otherwise: Sequence[str] = ()


def conclude(
    study: StudyRun, readings: Readings, findings: Sequence[Finding], presentation: Presentation
) -> None:
    """Write what a study found.

    Arguments:
        study: the study's run.
        readings: what was read from its children.
        findings: the paper's claims, judged; at scale toy nobody learns of them, for it is a smoke
            test.
        presentation: the study's own words and pictures.
    """
    evidence, configuration = readings.evidence, readings.configuration
    facts = evidence.facts or _task_of(configuration)
    common = _common_figures(evidence, configuration.unit)
    pictures = {**common, **presentation.figures}
    for name, figure in pictures.items():
        study.log_figure(head(figure, presentation.title, facts), name)
    if evidence.planes:
        page = figures.information_plane_html(evidence.planes, unit=configuration.unit)
        study.log_text(page, PAGE)
        log_film(study, evidence.planes, configuration.unit)
    for name, table in evidence.tables.items():
        table.attrs["unit"] = "nats"
        study.artifacts.put(name, partial(_write, table))
    smoke = configuration.smoke
    if not smoke:
        counts = count_verdicts(findings)
        study.log_tags({f"claims.{verdict}": str(count) for verdict, count in counts.items()})
    study.log_metrics(evidence.metrics)
    report = Report(
        title=f"{presentation.title} ({SMOKE})" if smoke else presentation.title,
        summary=_smoke_summary(evidence, presentation.paper)
        if smoke
        else _summary(evidence, findings, presentation),
        settings={name: as_text(value) for name, value in configuration.model_dump().items()},
        findings=() if smoke else findings,
        tables=presentation.tables,
        remarks=[*presentation.remarks, *evidence.remarks, *_foreign(evidence)],
        unit=configuration.unit,
        paper=presentation.paper,
        beside=[
            *pictures,
            *([PAGE] if evidence.planes else []),
            *evidence.tables,
            *evidence.files,
        ],
    )
    study.log_text(report.markdown(), "report.md")
    found = "" if smoke else _first(findings, configuration.unit)
    study.describe("\n\n".join(filter(None, (found, report.summary))))
    log_datasets(study, evidence.datasets)


def _task_of(configuration: StudyConfiguration) -> list[str]:
    """The task, where a study of no ensembles has one."""
    tasks = [getattr(configuration, name, ()) for name in ("task", "tasks")]
    names = [as_text(task) for task in tasks if task]
    return [name for name in names if "," not in name]


def _foreign(evidence: Evidence) -> list[str]:
    """Say, here and to who waits, which data are not those that their name promises."""
    foreign = dict.fromkeys(
        f"The data `{part.name}` are not the official ones: {part.source}."
        for _, part in evidence.datasets
        if DIFFERS in part.source
    )
    for remark in foreign:
        _log.warning("%s", remark)
    return list(foreign)


def _common_figures(evidence: Evidence, unit: str) -> dict[str, Figure]:
    common = {}
    if evidence.planes:
        common["information_plane.png"] = figures.information_plane(evidence.planes, unit=unit)
    if evidence.learning:
        common["loss_accuracy.png"] = figures.loss_accuracy(evidence.learning, unit=unit)
    return common


def _summary(evidence: Evidence, findings: Sequence[Finding], presentation: Presentation) -> str:
    paper = presentation.paper
    alone: dict[str, list[Finding]] = {}
    for finding in findings:
        alone.setdefault(finding.alone or evidence.over, []).append(finding)
    counts = [
        f"{_claims(of, paper if not place else '')} judged over the {over}: {in_words(of)}"
        for place, (over, of) in enumerate(alone.items())
    ] or [f"{_claims((), paper)} judged"]
    judged = (
        f"{evidence.summary}, and {'; '.join(counts)}. A claim agrees where the whole 95 % "
        "interval over them, or an exact test at 5 %, is on its side, disagrees where it is on the "
        "other, and is undecided otherwise, as where it hangs on a threshold."
    )
    parts = (evidence.opening, judged, _beyond(presentation.otherwise), evidence.closing)
    return "\n\n".join(filter(None, parts))


def _beyond(otherwise: Sequence[str]) -> str:
    """Say in what the setting is not the paper's, for which its claims are filed beyond it."""
    others = ", ".join(otherwise)
    return f"Claims stand beyond the paper, whose setting is not {others}." if others else ""


def _first(findings: Sequence[Finding], unit: str) -> str:
    """The first claim that is decided: what is read of a run before its report is opened."""
    decided = (each for each in findings if each.verdict != "undecided")
    first = next(decided, None)
    return f"{first.claim}: **{first.verdict}**. {text_of(first.words, unit)}" if first else ""


def _claims(findings: Sequence[Finding], paper: str) -> str:
    of = f" of *{paper}*" if paper else ""
    return f"1 claim{of} was" if len(findings) == 1 else f"{len(findings)} claims{of} were"


def _smoke_summary(evidence: Evidence, paper: str) -> str:
    claim = f"claim of *{paper}*" if paper else "claim"
    made = f"{evidence.summary}, to see that the study runs from end to end: no {claim} is judged."
    return "\n\n".join(filter(None, (evidence.opening, made, evidence.closing)))


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False, compression="zstd")
