"""The file MLproject, written from the studies themselves."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.study import Study

WIDTH = 98
LIST = """\
  # All studies: the question, the paper and the minutes of each. It takes no parameters.
  list:
    command: "python -m projects list"\
"""


def mlproject_of(studies: Mapping[str, Study[Any, Any]]) -> str:
    """The file MLproject: an entry point for each study, and one that lists them.

    MLflow hands parameters that an entry point does not declare to its command, quoted for the
    shell, and logs those that were given; the study's configuration checks them.

    Arguments:
        studies: by name.

    Returns:
        YAML.
    """
    common = tuple(StudyConfiguration.model_fields)
    head = _comment(
        "Written by `python -m projects mlproject > MLproject`. An entry point for each study: its "
        "question, and its own parameters beside those of every study "
        f"({', '.join(common)}). Any is given as -P name=value; "
        "`python -m projects NAME --help` says what it is, what it may be, and its default.",
        "",
    )
    doors = [LIST, *(_door(name, study, common) for name, study in studies.items())]
    top = f"{head}\nname: ib_mlflow\n\nconda_env: conda.yaml\n\nentry_points:\n"
    return top + "\n\n".join(doors) + "\n"


def _door(name: str, study: Study[Any, Any], common: Sequence[str]) -> str:
    own = [field for field in study.configuration.model_fields if field not in common]
    lines = [_comment(study.question, "  "), _comment(", ".join(own), "  ")]
    return "\n".join([*lines, f"  {name}:", f'    command: "python -m projects {name}"'])


def _comment(text: str, indent: str) -> str:
    prefix = f"{indent}# "
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=prefix,
        subsequent_indent=prefix,
        break_on_hyphens=False,
        break_long_words=False,
    )
