"""What people read of the studies before they run one: the list, the help, the page of the docs."""

import textwrap
from collections.abc import Collection, Mapping
from typing import Any

from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.embedded import needs_of
from ib_mlflow.studies.parsing import Parameter, parameters_of
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.study import Study

WIDTH = 96


def list_of(studies: Mapping[str, Study[Any, Any]]) -> str:
    """The studies, each with its question, its paper and its minutes of processor time.

    Arguments:
        studies: by name.

    Returns:
        Two lines a study.
    """
    width = max(map(len, studies)) + 2
    return "\n".join(
        f"{name:{width}}{study.question}\n{'':{width}}{_of(study)}minutes: {study.minutes_text}"
        for name, study in studies.items()
    )


def help_of(name: str, study: Study[Any, Any]) -> str:
    """A study and its parameters: what each is, what it may be, and its default at each scale.

    Arguments:
        name: of the study.
        study: the study.

    Returns:
        Lines for a terminal.
    """
    lines = [f"{name}: {study.question}", f"{_of(study)}minutes: {study.minutes_text}", ""]
    for parameter in _parameters(study):
        limits = f" [{parameter.allowed}]" if parameter.allowed else ""
        lines.append(f"--{parameter.name}{limits}")
        text = f"{parameter.description}; default: {parameter.default}"
        lines += textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def page_of(studies: Mapping[str, Study[Any, Any]]) -> str:
    """The page of the documents that names every study and every parameter.

    Arguments:
        studies: by name.

    Returns:
        Markdown.
    """
    common = tuple(StudyConfiguration.model_fields)
    some = next(iter(studies.values()))
    blocks = [
        "# The studies",
        "Written by `python -m projects page > docs/studies.md`. A parameter is given as "
        "`-P name=value` to `mlflow run . --env-manager local -e NAME`, or as `--name value` to "
        "`python -m projects NAME`. Minutes are of processor time, as they were seen.",
        "## Parameters of every study",
        _table([each for each in _parameters(some) if each.name in common]).markdown(),
    ]
    for name, study in studies.items():
        own = [each for each in _parameters(study) if each.name not in common]
        blocks += [
            f"## {name}",
            f"{study.question} {_of(study, '*')}minutes: {study.minutes_text}.",
            _table(own).markdown(),
        ]
    return "\n\n".join(blocks) + "\n"


def table_of(studies: Mapping[str, Study[Any, Any]], reported: Collection[str]) -> str:
    """The studies as the README's table: a line each, with what it takes and a picture.

    Arguments:
        studies: by name.
        reported: those of which there is a report of a run, with a picture.

    Returns:
        Markdown: entry point, question, minutes at the scale quick, files it needs, and a picture
        that leads to the report of a run.
    """
    rows = [
        (
            f"`{name}`",
            study.question,
            f"{study.minutes['quick']:g}" if "quick" in study.minutes else "–",
            needs_of(study.configuration) or "–",
            f'<a href="docs/results/{name}.md"><img src="docs/results/{name}.webp" height="40" '
            f'alt="found"></a>'
            if name in reported
            else f"[found](docs/results.md#{name})",
        )
        for name, study in studies.items()
    ]
    return Table(["study", "asks", "minutes", "needs", ""], rows).markdown()


def _of(study: Study[Any, Any], mark: str = "") -> str:
    """The paper of a study that has one, before what follows."""
    return f"{mark}{study.paper}{mark}; " if study.paper else ""


def _parameters(study: Study[Any, Any]) -> list[Parameter]:
    return parameters_of(study.configuration, study.configuration.presets)


def _table(parameters: list[Parameter]) -> Table:
    return Table(
        ["parameter", "what it is", "allowed", "default"],
        [
            (f"`{each.name}`", each.description, each.allowed or "–", each.default)
            for each in parameters
        ],
    )
