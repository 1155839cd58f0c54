"""End-of-run scalars and the tags beside them, as MLflow takes them."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from mlflow.entities import Metric, RunTag
from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking.metrics import check_names
from ib_mlflow.tracking.tags import NON_FINITE

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "summary/"
NO_NUMBER = "no number: no network has a finite one"
INFINITE = "infinite: no finite number can be given"
"""Why a scalar is a tag in place of a metric, which must be finite."""


def check_scalars(values: Mapping[str, float]) -> None:
    """Refuse names that are none of end-of-run scalars.

    Raises:
        InvalidInputError: a name does not begin with `summary/`, or MLflow would refuse it.

    Example:
        >>> check_scalars({"summary/compression_nats.layer_3": 1.2})
    """
    check_names(list(values))
    wrong = [name for name in values if not name.startswith(PREFIX)]
    if wrong:
        raise InvalidInputError(
            f"the name of an end-of-run scalar begins with {PREFIX}",
            received=wrong,
            fix="Curves over epochs go through a recording.",
        )


def check_description(text: str) -> None:
    """Refuse a description that MLflow would cut without a word.

    Raises:
        InvalidInputError: it is longer than MLflow keeps.

    Example:
        >>> check_description("Layers compress in 20 of 20 networks.")
    """
    if len(text) > MAX_TAG_VAL_LENGTH:
        raise InvalidInputError(
            f"a description has at most {MAX_TAG_VAL_LENGTH} characters, which MLflow keeps",
            received=f"{len(text)} characters",
            fix="Put it into a file, by log_text, and describe what the file says.",
        )


def scalar_entries(
    values: Mapping[str, float], tags: Mapping[str, str], there: Mapping[str, float]
) -> tuple[list[Metric], list[RunTag]]:
    """What a run lacks of its scalars and tags.

    Arguments:
        values: scalars by name; of one that is not finite, a tag says so.
        tags: of this package's own, without their `ib.`.
        there: the scalars that the run has.

    Returns:
        Metrics and tags for `log_batch`.

    Example:
        >>> metrics, tags = scalar_entries({"summary/a": 1.0, "summary/b": math.nan}, {}, {})
        >>> [metric.key for metric in metrics], [tag.key for tag in tags]
        (['summary/a'], ['ib.non_finite/summary/b'])
    """
    now = int(time.time() * 1000)
    finite = {name: float(value) for name, value in values.items() if math.isfinite(value)}
    metrics = [
        Metric(name, value, now, 0) for name, value in finite.items() if there.get(name) != value
    ]
    missing = [
        RunTag(f"{NON_FINITE}{name}", NO_NUMBER if math.isnan(value) else INFINITE)
        for name, value in sorted(values.items())
        if name not in finite
    ]
    own = [RunTag(f"ib.{name}", value) for name, value in tags.items()]
    return metrics, [*missing, *own]
