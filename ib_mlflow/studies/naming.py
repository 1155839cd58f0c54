"""What a study's run is called: its scale, its task, and what differs from the default."""

from collections.abc import Iterator
from typing import Any, get_origin

from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.fields import as_text

UNNAMED = {"scale", "data_root", "device", "fresh", "workers", "cluster", "register_as"}
"""Parameters that change no number, and the scale, which stands first."""
LENGTH = 120
"""The longest name, in characters."""


def title_of(name: str, configuration: StudyConfiguration) -> str:
    """Name a study's run.

    Arguments:
        name: of the study.
        configuration: its parameters.

    Returns:
        The study, its scale, its task, and each parameter that is not the scale's default: a word
        by itself, a number behind its name. The time stands in a column of its own.

    Example:
        >>> title_of("main", StudyConfiguration(scale="toy", unit="bits", seed=3))
        'main · toy · seed 3 · bits'
    """
    title = " · ".join([name, configuration.scale, *_differences(configuration)])
    return title if len(title) <= LENGTH else f"{title[: LENGTH - 1]}…"


def _differences(configuration: StudyConfiguration) -> Iterator[str]:
    model = type(configuration)
    preset = model.presets.get(configuration.scale, {})
    tasks = [name for name in model.model_fields if name in ("task", "tasks")]
    others = [name for name in model.model_fields if name not in (*tasks, *UNNAMED)]
    for name in tasks:
        yield as_text(getattr(configuration, name))
    for name in others:
        field = model.model_fields[name]
        value = getattr(configuration, name)
        usual = preset.get(name, field.default)
        if as_text(value) != as_text(usual):
            yield as_text(value) if _speaks(value, field.annotation) else f"{name} {as_text(value)}"


def _speaks(value: object, annotation: Any) -> bool:
    """Whether a value says by itself what it is: a word, and no truth value."""
    return isinstance(value, str) and get_origin(annotation) is not tuple and value.isidentifier()
