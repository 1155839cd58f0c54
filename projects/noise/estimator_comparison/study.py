"""Estimator comparison: sample propagation beside nearest neighbours and kernel densities.

Reference:
    Goldfeld et al. (2018), "Estimating information flow in DNNs", arXiv:1810.05728, supplement,
    remark 6 and Fig. 14.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ib_mlflow import figures
from ib_mlflow.figures import Converging
from ib_mlflow.studies.configuration import CommaList, Members, StudyConfiguration, as_text
from ib_mlflow.studies.judging.claims import in_unit
from ib_mlflow.studies.judging.intervals import Interval, mean
from ib_mlflow.studies.judging.verdicts import Finding
from ib_mlflow.studies.reporting.conclusion import in_words, verdict_counts
from ib_mlflow.studies.reporting.report import Report, log_report, table_of
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from projects.noise.estimator_comparison.cases import COLUMNS, ESTIMATORS, Case, Setting, run_case
from projects.noise.estimator_comparison.claims import case_findings, dimension_findings
from projects.noise.estimator_comparison.corner_mixture import CornerMixture

NAMES = {"sp": "sample propagation", "knn": "nearest neighbours", "kde": "kernel density"}
Dimension = Annotated[int, Field(ge=1, le=50)]
Size = Annotated[int, Field(ge=10, le=10**6)]
Noise = Annotated[float, Field(gt=0, le=10)]


class Configuration(StudyConfiguration):
    """How three estimators of the entropy of S + Z come near it with more samples."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {
            "members": 3,
            "dimensions": (2, 5),
            "sizes": (50, 100, 200),
            "n_queries": 1000,
            "reference": 2000,
        },
        "quick": {
            "members": 10,
            "dimensions": (5, 10),
            "sizes": (100, 300, 1000, 3000, 10_000),
            "n_queries": 20_000,
            "reference": 100_000,
        },
        "paper": {
            "members": 20,
            "dimensions": (5, 10),
            "sizes": (100, 300, 1000, 3000, 10_000, 30_000),
            "n_queries": 40_000,
            "reference": 1_000_000,
        },
    }
    members: Members = Field(ge=2, le=1000, description="repetitions, with samples of their own")
    dimensions: CommaList[Dimension] = Field(description="d, coordinates of S and of the noise")
    betas: CommaList[Noise] = Field((0.1, 0.5), description="standard deviations of the noise")
    sizes: CommaList[Size] = Field(description="numbers of samples n")
    spread: float = Field(
        0.02, ge=1e-4, le=10, description="standard deviation of a Gaussian before truncation"
    )
    k: int = Field(1, ge=1, le=9, description="the neighbour whose distance is taken")
    n_queries: int = Field(ge=100, le=10**7, description="draws of the Monte Carlo integration")
    reference: int = Field(ge=100, le=10**8, description="samples of the large-n evaluation")

    @model_validator(mode="after")
    def _check(self) -> "Configuration":
        for name in ("dimensions", "betas", "sizes"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} must name each value once")
        if len(self.sizes) < 2:
            raise ValueError("sizes must be at least two")
        return self


def run(study: StudyRun, chosen: Configuration) -> None:
    """Run every estimator in every case, and write what was found."""
    setting = Setting(
        tuple(sorted(chosen.sizes)),
        tuple(range(chosen.seed, chosen.seed + chosen.members)),
        chosen.k,
        chosen.n_queries,
        chosen.reference,
    )
    cases = [
        run_case(study, CornerMixture(dimension, chosen.spread), beta, setting)
        for dimension in sorted(chosen.dimensions)
        for beta in sorted(chosen.betas)
    ]
    findings = [finding for case in cases for finding in case_findings(case)]
    findings += dimension_findings(cases)
    curves = {
        case.name: Converging(
            case.sizes, {NAMES[name]: case.values[name] for name in ESTIMATORS}, case.truth
        )
        for case in cases
    }
    drawn = {
        "entropy_by_samples.png": figures.convergence(curves, label="h(S + Z)", unit=chosen.unit),
        "error_by_samples.png": figures.error_rates(curves, unit=chosen.unit),
    }
    for name, figure in drawn.items():
        study.log_figure(figure, name)
    log_estimates(study, cases)
    study.log_metrics(verdict_counts(findings))
    log_report(study, _report(cases, findings, chosen))


def log_estimates(study: StudyRun, cases: Sequence[Case]) -> None:
    """Save all estimates as one tidy table, in nats."""
    parts = []
    for case in cases:
        for name in COLUMNS:
            values = case.values[name]
            sizes, members = np.indices(values.shape)
            parts.append(
                pd.DataFrame(
                    {
                        "dimension": case.mixture.dimension,
                        "beta": case.beta,
                        "estimator": name,
                        "member": members.ravel(),
                        "n": np.array(case.sizes)[sizes.ravel()],
                        "value": values.ravel(),
                        "truth": case.truth,
                    }
                )
            )
    table = pd.concat(parts, ignore_index=True)
    table.attrs["unit"] = "nats"

    def write(path: Path) -> None:
        table.to_parquet(path, index=False, compression="zstd")

    study.artifacts.put("estimates.parquet", write)


def _report(cases: Sequence[Case], findings: Sequence[Finding], chosen: Configuration) -> Report:
    return Report(
        title="Estimator comparison",
        summary=f"Three estimators of the entropy of S + Z were run in {len(cases)} cases, on "
        f"{chosen.members} sets of samples each, and {len(findings)} claims of *Estimating "
        f"Information Flow in DNNs* were judged over them: {in_words(findings)}. A claim agrees "
        "where the whole 95 % interval over the repetitions is on its side, disagrees where the "
        "whole interval is on the other, and is undecided otherwise.",
        setting={name: as_text(value) for name, value in chosen.model_dump().items()},
        findings=findings,
        tables={
            "The truth": _truths(cases, chosen.unit),
            **{f"Errors, {case.name}": _errors(case, chosen.unit) for case in cases},
        },
        remarks=[
            "The coordinates of S are independent, so that the truth is an integral over the line; "
            "the evaluation from many samples, which the paper has for a truth, is beside it.",
            "The paper prints no standard deviation of its Gaussians at the corners; "
            f"{chosen.spread:g} was used. The order of the estimators depends on it: the wider "
            "they are, the more samples sample propagation needs at small noise.",
            "Sample propagation is given S and the noise; the others are given samples of S + Z.",
            "The width of the kernel density is the one of greatest likelihood with one sample "
            "left out. Around it the estimate is flat by construction, which is why half and twice "
            "the width are asked for.",
            f"Nearest neighbours: Kozachenko and Leonenko's estimator with neighbour {chosen.k}.",
            "Rates are slopes of ln|error| over ln n of each repetition. An error that is down to "
            "chance falls no further, and one that changes its sign on the way, as that of nearest "
            "neighbours may, has no single rate.",
        ],
    )


def _truths(cases: Sequence[Case], unit: str) -> str:
    """Write the exact entropies beside those from many samples."""
    rows = []
    for case in cases:
        value, error = case.reference
        large = Interval(value, value - 1.96 * error, value + 1.96 * error)
        exact = in_unit(Interval(case.truth, np.inf, np.inf), unit).split(" [")[0]
        rows.append((case.mixture.dimension, f"{case.beta:g}", exact, in_unit(large, unit)))
    return table_of(["d", "beta", "h(S + Z) by quadrature", "from many samples of S"], rows)


def _errors(case: Case, unit: str) -> str:
    """Write the mean error of every estimator and size, with intervals over repetitions."""
    rows = [
        (n, *(in_unit(mean(case.errors(name)[index]), unit) for name in ESTIMATORS))
        for index, n in enumerate(case.sizes)
    ]
    return table_of(["n", *(NAMES[name] for name in ESTIMATORS)], rows)


if __name__ == "__main__":
    enter("estimator_comparison", Configuration, run)
