"""What a study leaves on its own run: the planes, the figures, the tables, the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.fields import as_text
from ib_mlflow.studies.judging.claims import Finding, count_verdicts, in_words
from ib_mlflow.studies.reporting.evidence import Evidence, Readings
from ib_mlflow.studies.reporting.headline import log_film
from ib_mlflow.studies.reporting.report import Report
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.children import log_datasets
from ib_mlflow.tracking import StudyRun


@dataclass(frozen=True, eq=False)
class Presentation:
    """What a study says in words and pictures of its own.

    Arguments:
        title: of the report.
        paper: the paper whose claims are judged; empty where they are the study's own.
        tables: the report's, by heading.
        figures: by file name.
        remarks: what a reader must know of the numbers.
    """

    title: str
    paper: str
    tables: Mapping[str, Table]
    figures: Mapping[str, Figure]
    remarks: Sequence[str]


def conclude(
    study: StudyRun, readings: Readings, findings: Sequence[Finding], presentation: Presentation
) -> None:
    """Write what a study found.

    Arguments:
        study: the study's run.
        readings: what was read from its children.
        findings: the paper's claims, judged.
        presentation: the study's own words and pictures.
    """
    evidence, configuration = readings.evidence, readings.configuration
    common = _common_figures(evidence, configuration.unit)
    for name, figure in {**common, **presentation.figures}.items():
        study.log_figure(figure, name)
    if evidence.planes:
        page = figures.information_plane_html(evidence.planes, unit=configuration.unit)
        study.log_text(page, "information_plane.html")
        log_film(study, evidence.planes, configuration.unit)
    for name, table in evidence.tables.items():
        table.attrs["unit"] = "nats"
        study.artifacts.put(name, partial(_write, table))
    counts = count_verdicts(findings)
    study.log_tags({f"claims.{verdict}": str(count) for verdict, count in counts.items()})
    study.log_metrics(evidence.metrics)
    report = Report(
        title=presentation.title,
        summary=_summary(evidence, findings, presentation.paper),
        settings={name: as_text(value) for name, value in configuration.model_dump().items()},
        findings=findings,
        tables=presentation.tables,
        remarks=[*presentation.remarks, *evidence.remarks],
        unit=configuration.unit,
        paper=presentation.paper,
    )
    study.log_text(report.markdown(), "report.md")
    study.describe(report.summary)
    log_datasets(study, evidence.datasets)


def _common_figures(evidence: Evidence, unit: str) -> dict[str, Figure]:
    common = {}
    if evidence.planes:
        common["information_plane.png"] = figures.information_plane(evidence.planes, unit=unit)
    if evidence.learning:
        common["loss_accuracy.png"] = figures.loss_accuracy(evidence.learning, unit=unit)
    return common


def _summary(evidence: Evidence, findings: Sequence[Finding], paper: str) -> str:
    claims = "1 claim was" if len(findings) == 1 else f"{len(findings)} claims were"
    if paper:
        claims = claims.replace(" w", f" of *{paper}* w")
    judged = (
        f"{evidence.summary}, and {claims} judged over the "
        f"{evidence.over}: {in_words(findings)}. A claim agrees where the whole 95 % interval over "
        f"the {evidence.over} is on its side, disagrees where the whole interval is on the other, "
        "and is undecided otherwise."
    )
    return "\n\n".join(filter(None, (evidence.opening, judged, evidence.closing)))


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False, compression="zstd")
