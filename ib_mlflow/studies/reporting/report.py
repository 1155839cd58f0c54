"""The written conclusion of a study: the paper's claims one by one, and what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ib_mlflow.studies.judging.claims import Finding
from ib_mlflow.studies.judging.multiplicity import in_words, kept
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import text_of

BESIDE = "## Beside this report"
"""The heading of the links to a run's other files."""


@dataclass(frozen=True)
class Report:
    """A study's conclusion, as Markdown.

    Arguments:
        title: its heading.
        summary: what was computed, and how many claims agree.
        settings: the parameters and their values.
        findings: the claims, judged; a verdict that remains among so many is marked.
        tables: by heading.
        remarks: what a reader must know of the numbers.
        unit: in which informations are written.
        paper: the paper whose claims they are; empty where they are the study's own.
        beside: names of the files that the run keeps beside it: the first picture is shown, all
            are linked.
    """

    title: str
    summary: str
    settings: Mapping[str, object]
    findings: Sequence[Finding]
    tables: Mapping[str, Table] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    unit: str = "nats"
    paper: str = ""
    beside: Sequence[str] = ()

    def markdown(self) -> str:
        """Write the report.

        Returns:
            Markdown: the conclusion, the claims, the remarks, the tables, the files, the settings.

        Example:
            >>> text = Report("Bins", "Ten networks were trained.", {"epochs": 8}, []).markdown()
            >>> text.splitlines()[0]
            '# Bins'
        """
        pictures = [name for name in self.beside if name.endswith(".png")]
        blocks = [f"# {self.title}", self.summary, *(f"![{of}]({of})" for of in pictures[:1])]
        if self.findings:
            heading = "The paper's claims" if self.paper else "What was judged"
            blocks += [f"## {heading}", self._claims()]
        if self.remarks:  # without them the tables below may be misread
            blocks += ["## Remarks", "\n".join(f"- {remark}" for remark in self.remarks)]
        for heading, table in self.tables.items():
            blocks += [f"## {heading}", table.markdown(self.unit)]
        if self.beside:
            blocks += [BESIDE, "\n".join(f"- [{name}]({name})" for name in self.beside)]
        # Of all cells these are a reader's own text, which opens no tag.
        settings = Table(
            ["parameter", "value"],
            [(name, str(value).replace("<", "&lt;")) for name, value in self.settings.items()],
        )
        return "\n\n".join([*blocks, "## Setting", settings.markdown()]) + "\n"

    def _claims(self) -> str:
        rows = [
            (
                finding.claim,
                finding.where,
                text_of(finding.words, self.unit),
                f"**{finding.verdict}**{' *' if remains else ''}",
            )
            for finding, remains in zip(self.findings, kept(self.findings), strict=True)
        ]
        where = "paper" if self.paper else "made by"
        table = Table(["claim", where, "found here", "verdict"], rows).markdown()
        by_chance = in_words(self.findings)
        return f"{table}\n\n{by_chance}" if by_chance else table


def file_name(name: str) -> str:
    """Write a run's name as a file's.

    Example:
        >>> file_name("szt tanh, bin_size=0.07")
        'szt_tanh_bin_size_0.07'
    """
    return "_".join("".join(c if c.isalnum() or c in ".-" else " " for c in name).split())
