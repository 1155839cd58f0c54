"""The table of a report that says which thresholds decide, and why."""

from collections.abc import Callable, Iterable
from typing import Any

from ib_mlflow.studies.judging.asking import asked_in_words
from ib_mlflow.studies.judging.reach import thresholds_of
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
        (f"{each:.4g}", asked_in_words(each), each.decides, each.reason)
        for each in thresholds_of(judges)
    ]
    return {"Thresholds": Table(headings, rows)} if rows else {}
