"""What the comparison of estimators has read, its figures and its tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.figures import Converging
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import interval_of
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import nats
from .cases import COLUMNS, NAMES, Case


@dataclass(frozen=True)
class EstimatorComparison:
    """What the study has read.

    Arguments:
        configuration: the study's parameters.
        cases: every dimension and noise.
    """

    configuration: StudyConfiguration
    cases: Sequence[Case]

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        repetitions = len(self.cases[0].spec.seeds)
        return Evidence(
            summary="Three estimators of the entropy of S + Z were run in "
            f"{len(self.cases)} cases, on {repetitions} sets of samples each",
            over="repetitions",
            tables={"estimates.parquet": estimates_table(self.cases)},
        )


def estimates_table(cases: Sequence[Case]) -> pd.DataFrame:
    """All estimates as one tidy table, in nats.

    Arguments:
        cases: the cases.

    Returns:
        A row per (case, estimator, size, repetition).
    """
    parts = []
    for case in cases:
        for estimator in COLUMNS:
            values = case.values[estimator]
            sizes, members = np.indices(values.shape)
            columns = {
                "dimension": case.spec.mixture.dimension,
                "beta": case.spec.beta,
                "estimator": estimator,
                "member": members.ravel(),
                "n": np.array(case.spec.sizes)[sizes.ravel()],
                "value": values.ravel(),
                "truth": case.truth,
            }
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def draw(readings: EstimatorComparison) -> dict[str, Figure]:
    """Estimates and errors over the number of samples, a panel for each case."""
    unit = readings.configuration.unit
    curves = {
        case.name: Converging(
            case.spec.sizes,
            {name: case.values[estimator] for estimator, name in NAMES.items()},
            case.truth,
        )
        for case in readings.cases
    }
    return {
        "entropy_by_samples.png": figures.convergence(curves, label="h(S + Z)", unit=unit),
        "error_by_samples.png": figures.error_rates(curves, unit=unit),
    }


def tables(readings: EstimatorComparison) -> dict[str, Table]:
    """The exact entropies, and the errors of each case."""
    errors = {f"Errors, {case.name}": errors_table(case) for case in readings.cases}
    return {"The truth": truth_table(readings.cases), **errors}


def truth_table(cases: Sequence[Case]) -> Table:
    """The exact entropies beside those from many samples, with 95 % intervals."""
    rows = [
        (
            case.spec.mixture.dimension,
            f"{case.spec.beta:g}",
            nats(case.truth),
            interval_of(case.reference).quantity("nats"),
        )
        for case in cases
    ]
    return Table(["d", "beta", "h(S + Z) by quadrature", "from many samples of S"], rows)


def errors_table(case: Case) -> Table:
    """The mean error of every estimator and size, with intervals over repetitions."""
    rows = [
        (n, *(mean(case.errors_at(estimator, n)).quantity("nats") for estimator in NAMES))
        for n in case.spec.sizes
    ]
    return Table(["n", *NAMES.values()], rows)
