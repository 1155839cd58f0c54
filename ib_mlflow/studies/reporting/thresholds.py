"""The table of a report that says which thresholds decide, and why."""

from collections.abc import Callable, Iterable
from typing import Any

from ib_mlflow.studies.judging.margins import AS_THEY_ARE
from ib_mlflow.studies.judging.reach import thresholds_of
from ib_mlflow.studies.judging.threshold import Threshold
from ib_mlflow.studies.reporting.table import Table


def thresholds_table(judges: Iterable[Callable[..., Any]]) -> dict[str, Table]:
    """What decides some claims beside the numbers, as a table of the report.

    Arguments:
        judges: the judging functions of the claims.

    Returns:
        The table under its heading; nothing where no threshold is reached.
    """
    headings = ["threshold", "half and twice", "what it is", "why"]
    rows = [
        (f"{each:.4g}", _beside(each), each.decides, each.reason) for each in thresholds_of(judges)
    ]
    return {"Thresholds": Table(headings, rows)} if rows else {}


def _beside(threshold: Threshold) -> str:
    reason = AS_THEY_ARE.get(threshold)
    return f"not asked: {reason}" if reason else f"{threshold / 2:.4g}, {2 * threshold:.4g}"
