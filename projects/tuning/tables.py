"""The tables of a search: its best trials or its front, and what its parameters explain."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.searching.searched import Searched
from ib_mlflow.tuning.words import short

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10
"""Trials that a report's table shows at most; all are in trials.parquet."""


def search_tables(searched: Searched[Any]) -> dict[str, Table]:
    """The best trials, or the front, with intervals and runs; points in the digits of a reader.

    All digits are in trials.parquet, and in the parameters of the trials' runs. Behind them the
    importances of the parameters, the largest first.
    """
    several = searched.study.objectives.several
    rows = searched.front if several else searched.complete
    names, parameters = searched.study.objectives.names, searched.study.space.names
    heading = f"The front{unmet(searched)}" if several else "The best trials"
    tables = {
        heading: Table(
            ["trial", *parameters, *names, "run"],
            [
                (
                    row["number"],
                    *(short(row[name]) for name in parameters),
                    *values_of(row, names),
                    row["run_id"],
                )
                for _, row in rows[:SHOWN].iterrows()
            ],
        )
    }
    shares = searched.importances
    if shares:
        known = {name for of in shares.values() for name in of}
        foremost = sorted(known, key=lambda name: -max(of.get(name, 0) for of in shares.values()))
        tables["Importances of parameters"] = Table(
            ["parameter", *shares],
            [
                (name, *(f"{of[name]:.2f}" if name in of else "–" for of in shares.values()))
                for name in foremost
            ],
        )
    return tables


def unmet(searched: Searched[Any]) -> str:
    """Behind a front of trials none of which keeps its constraints: that it is one."""
    return f", of trials none of which is {' and '.join(searched.unmet)}" if searched.unmet else ""


def values_of(row: "pd.Series[float]", names: list[str]) -> list[str]:
    """What a trial came to, each result with its interval, or else its standard error."""
    texts = []
    for name in names:
        low, high, error = (row[f"{name} {of}"] for of in ("low", "high", "se"))
        known = f" ± {error:.2g}" if np.isfinite(error) else ""
        limits = f" [{low:.4g}, {high:.4g}]" if np.isfinite(low) else known
        texts.append(f"{row[name]:.4g}{limits}")
    return texts
