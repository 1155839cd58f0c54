"""The file MLproject and the list of studies, both written from the studies themselves."""

from collections.abc import Mapping
from typing import Any

from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.study import Study

HEAD = """\
# Written by `python -m projects mlproject > MLproject`. One entry point a study: its question, and
# the parameters that it has beside those of every study ({common}).
# Any is given as -P name=value; `python -m projects NAME --help` describes them.
name: ib_mlflow

conda_env: conda.yaml

entry_points:
"""


def mlproject_of(studies: Mapping[str, Study[Any, Any]]) -> str:
    """The file MLproject: an entry point for each study.

    MLflow hands parameters that an entry point does not declare to its command, quoted for the
    shell, and logs those that were given; the study's configuration checks them.

    Arguments:
        studies: by name.

    Returns:
        YAML.
    """
    common = tuple(StudyConfiguration.model_fields)
    doors = []
    for name, study in studies.items():
        own = [each for each in study.configuration.model_fields if each not in common]
        doors.append(
            f"  # {study.question}\n{_wrapped(own)}"
            f'  {name}:\n    command: "python -m projects {name}"\n'
        )
    return _wrapped_head(common) + "\n".join(doors)


def list_of(studies: Mapping[str, Study[Any, Any]]) -> str:
    """The studies, each with its question, its paper and its minutes of processor time.

    Arguments:
        studies: by name.

    Returns:
        Two lines a study.
    """
    width = max(map(len, studies)) + 2
    return "\n".join(
        f"{name:{width}}{study.question}\n{'':{width}}{study.paper}; minutes: {study.minutes_text}"
        for name, study in studies.items()
    )


def _wrapped_head(common: tuple[str, ...]) -> str:
    return HEAD.format(common=", ".join(common))


def _wrapped(names: list[str], width: int = 96) -> str:
    """The names as comment lines."""
    lines, line = [], "  #  "
    for name in names:
        word = f" {name}," if name != names[-1] else f" {name}"
        if len(line) + len(word) > width:
            lines.append(line)
            line = "  #  "
        line += word
    return "\n".join([*lines, line]) + "\n"
