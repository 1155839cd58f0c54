"""What a study takes where the files of its usual dataset are not at hand."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ib_mlflow.data import DATASETS, FromFiles, load
from ib_mlflow.errors import ConfigurationError, DataError
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.fields import as_text

C = TypeVar("C", bound=StudyConfiguration)


def parse_at_hand(model: type[C], arguments: Sequence[str]) -> tuple[C, str]:
    """Read a command line; at quick, embedded data take the place of files that are not there.

    Only what a scale sets gives way: a task or a folder that was named is what is meant, and its
    files are asked for. `scale=paper` is the paper's setting or nothing.

    Arguments:
        model: of the study's parameters.
        arguments: what stands after the study's name on the command line.

    Returns:
        The configuration, and what the report says of the change; nothing if there was none.

    Raises:
        ConfigurationError: a name is unknown, a value has the wrong type or range, or the folder
            of data files does not exist, whether or not this study reads any.
    """
    configuration = model.parse(arguments)
    root = configuration.root
    # Path.is_dir raises of a name that is too long, and of a folder that may not be entered
    if root is not None and not os.path.isdir(root):
        raise ConfigurationError(
            "data_root must be a folder",
            received=root if os.path.exists(root) else f"{root}, which does not exist",
            fix="Name the folder that holds the data files, or leave data_root out.",
        )
    given = {word[2:].partition("=")[0] for word in arguments if word.startswith("--")}
    named = {"task", "tasks", "data_root"} & given
    if configuration.scale != "quick" or not model.embedded or named:
        return configuration, ""
    missing = [name for name in _datasets(configuration.model_dump()) if not _at_hand(name)]
    if not missing:
        return configuration, ""
    instead = {name: as_text(value) for name, value in model.embedded.items() if name not in given}
    words = [word for name, value in instead.items() for word in (f"--{name}", value)]
    changes = ", ".join(f"{name}={value}" for name, value in instead.items())
    return model.parse([*arguments, *words]), (
        f"The files of {', '.join(missing)} are not at hand and could not be fetched: this run has "
        f"{changes}, which need none. With the files in a folder that IB_DATA names, the same "
        "command takes them."
    )


def needs_of(model: type[StudyConfiguration]) -> str:
    """The files that a study reads at quick, and what it takes where they are not at hand.

    Arguments:
        model: of the study's parameters.

    Returns:
        Such as "mnist, else digits"; nothing for a study that brings all it needs.
    """
    preset = _datasets(model.presets["quick"])
    usual = [name for name in preset if _files_of(name)]
    instead = [name for name in _datasets(model.embedded) if name not in preset]
    return ", else ".join(", ".join(names) for names in (usual, instead) if names) if usual else ""


def _datasets(parameters: Mapping[str, Any]) -> list[str]:
    """The datasets that a study's parameters name."""
    names = [parameters.get("task"), *parameters.get("tasks", ())]
    return [name for name in names if name in DATASETS]


def _files_of(name: str) -> str:
    """The dataset whose files a dataset is made of; nothing if it needs none."""
    dataset = DATASETS[name]
    return (dataset.made_of or name) if isinstance(dataset, FromFiles) else ""


def _at_hand(name: str) -> bool:
    """Whether a dataset's files are here, or have just been fetched."""
    if not (files := _files_of(name)):
        return True
    try:
        load(files)
    except DataError:
        return False
    return True
