"""Estimator comparison: sample propagation beside nearest neighbours and kernel densities.

Reference:
    Goldfeld et al. (2018), "Estimating information flow in DNNs", arXiv:1810.05728, supplement,
    remark 6 and Fig. 14.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import Members, StudyConfiguration
from ib_mlflow.studies.fields import Beta, Distinct
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from ..paper import PAPER
from .cases import CaseSpec, run_case
from .claims import CASE_CLAIMS, DIMENSION_CLAIMS
from .comparison import EstimatorComparison, draw, tables
from .corner_mixture import CornerMixture

Dimension = Annotated[int, Field(ge=1, le=50)]
Size = Annotated[int, Field(ge=10, le=10**6)]
Sizes = Annotated[Distinct[Size], Field(min_length=2)]


class Configuration(StudyConfiguration):
    """How three estimators of the entropy of S + Z come near it with more samples."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 3, "dimensions": (2, 5), "sizes": (50, 100, 200),
                "n_queries": 1000, "reference": 2000},
        "quick": {"members": 10, "dimensions": (5, 10), "sizes": (100, 300, 1000, 3000, 10_000),
                  "n_queries": 20_000, "reference": 100_000},
        "paper": {"members": 20, "dimensions": (5, 10),
                  "sizes": (100, 300, 1000, 3000, 10_000, 30_000),
                  "n_queries": 40_000, "reference": 1_000_000},
    }  # fmt: skip
    members: Members = Field(ge=2, le=1000, description="repetitions, with samples of their own")
    dimensions: Distinct[Dimension] = Field(description="d, coordinates of S and of the noise")
    betas: Distinct[Beta] = Field((0.1, 0.5), description="standard deviations of the noise")
    sizes: Sizes = Field(description="numbers of samples n, two or more")
    spread: float = Field(
        0.02, ge=1e-4, le=10, description="standard deviation of a Gaussian before truncation"
    )
    k: int = Field(1, ge=1, le=9, description="the neighbour whose distance is taken")
    n_queries: int = Field(ge=100, le=10**7, description="draws of the Monte Carlo integration")
    reference: int = Field(ge=100, le=10**8, description="samples of the large-n evaluation")

    def spec(self, dimension: int, beta: float) -> CaseSpec:
        """How the estimators are run in one dimension and noise."""
        return CaseSpec(
            CornerMixture(dimension, self.spread),
            beta,
            sizes=tuple(sorted(self.sizes)),
            seeds=tuple(range(self.seed, self.seed + self.members)),
            k=self.k,
            n_queries=self.n_queries,
            reference=self.reference,
        )


def read_cases(
    runner: Runner, configuration: Configuration, _: Sequence[Trained]
) -> EstimatorComparison:
    """Run every estimator in every case."""
    specs = [
        configuration.spec(dimension, beta)
        for dimension in sorted(configuration.dimensions)
        for beta in sorted(configuration.betas)
    ]
    return EstimatorComparison(configuration, runner.spread(run_case, specs))


def remarks(readings: EstimatorComparison) -> list[str]:
    """What a reader must know of the samples and of the estimators."""
    spec = readings.cases[0].spec
    return [
        "The coordinates of S are independent, so that the truth is an integral over the line; "
        "an evaluation from many samples is beside it. The paper does not say how it got its own.",
        "The paper prints no standard deviation of its Gaussians at the corners; "
        f"{spec.mixture.spread:g} was used. The order of the estimators depends on it: the wider "
        "they are, the more samples sample propagation needs at small noise.",
        "Sample propagation is given S and the noise; the others are given samples of S + Z.",
        "The width of the kernel density is the one of greatest likelihood with one sample left "
        "out. Around it the estimate is flat by construction, which is why half and twice the "
        "width are asked for.",
        f"Nearest neighbours: Kozachenko and Leonenko's estimator with neighbour {spec.k}.",
        "Rates are slopes of ln|error| over ln n of each repetition. An error that is down to "
        "chance falls no further, and one that changes its sign on the way, as that of nearest "
        "neighbours may, has no single rate.",
    ]


STUDY: Study[Configuration, EstimatorComparison] = Study(
    title="Estimator comparison",
    question="How do estimators of the entropy of S + Z come near it with more samples?",
    paper=PAPER,
    configuration=Configuration,
    reads=read_cases,
    claims=[*CASE_CLAIMS, *DIMENSION_CLAIMS],
    figures=draw,
    tables=tables,
    remarks=remarks,
    minutes={"toy": 0.4, "quick": 2.5, "paper": 28.5},
)
