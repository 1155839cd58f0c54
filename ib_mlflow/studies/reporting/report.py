"""The written conclusion of a study: the paper's claims one by one, and what was found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ib_mlflow.studies.judging.verdicts import Finding
from ib_mlflow.tracking import StudyRun


@dataclass(frozen=True)
class Report:
    """A study's conclusion, as Markdown."""

    title: str
    summary: str
    setting: Mapping[str, object]
    findings: Sequence[Finding]
    tables: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[str] = ()

    def markdown(self) -> str:
        """Write the report.

        Returns:
            Markdown: the conclusion, the claims, the tables, the remarks, the setting.

        Example:
            >>> text = Report("Bins", "Found.", {"epochs": 8}, []).markdown()
            >>> text.splitlines()[0]
            '# Bins'
        """
        blocks = [f"# {self.title}", self.summary]
        if self.findings:
            blocks += ["## The paper's claims", _claims(self.findings)]
        for heading, table in self.tables.items():
            blocks += [f"## {heading}", table]
        if self.remarks:
            blocks += ["## Remarks", "\n".join(f"- {remark}" for remark in self.remarks)]
        blocks += ["## Setting", table_of(["parameter", "value"], self.setting.items())]
        return "\n\n".join(blocks) + "\n"


def log_report(study: StudyRun, report: Report) -> None:
    """Save the report with the study, and its summary as the description of the study's run."""
    study.log_text(report.markdown(), "report.md")
    study.describe(report.summary)


def _claims(findings: Sequence[Finding]) -> str:
    rows = [(f.claim, f.where, f.found, f"**{f.verdict}**") for f in findings]
    return table_of(["claim", "paper", "found here", "verdict"], rows)


def table_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table.

    Example:
        >>> print(table_of(["layer", "bits"], [(1, 11.5)]))
        | layer | bits |
        | --- | --- |
        | 1 | 11.5 |
    """
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")


def file_name(name: str) -> str:
    """Write a run's name as a file's.

    Example:
        >>> file_name("szt tanh, bin_size=0.07")
        'szt_tanh_bin_size_0.07'
    """
    return "_".join("".join(c if c.isalnum() or c in ".-" else " " for c in name).split())
