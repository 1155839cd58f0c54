"""Estimators of entropy run on samples of a known one, in a child run for each case."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ib_mlflow.errors import TrackingError
from ib_mlflow.information import kde_entropy, knn_entropy, mixture_entropy
from ib_mlflow.studies.judging.claims import Numbers
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.tracking import ChildSpec, Job, StudyRun
from projects.noise.estimator_comparison.corner_mixture import CornerMixture

ESTIMATORS = ("sp", "knn", "kde")
"""What is compared; the kernel density is also run with half and twice its width."""
WIDTHS = {"kde_half": 0.5, "kde_twice": 2.0}
COLUMNS = (*ESTIMATORS, *WIDTHS)


@dataclass(frozen=True)
class Setting:
    """How the estimators are run.

    Arguments:
        sizes: samples, ascending.
        seeds: one a repetition; a repetition's samples of one size are among those of the next.
        k: the neighbour of the nearest-neighbour estimator.
        n_queries: draws of the Monte Carlo integration of a mixture.
        reference: samples of the evaluation that the exact entropy is held against.
    """

    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    k: int
    n_queries: int
    reference: int


@dataclass(frozen=True)
class Case:
    """A dimension and a noise, and what the estimators gave.

    Arguments:
        mixture: what S is distributed as.
        beta: standard deviation of the noise.
        truth: the entropy of S + Z by quadrature, in nats.
        reference: the same by sample propagation of many samples, and its standard error.
        sizes: samples.
        values: by column (sizes, e) nats, a repetition in each column.
        job: the child run.
    """

    mixture: CornerMixture
    beta: float
    truth: float
    reference: tuple[float, float]
    sizes: tuple[int, ...]
    values: Mapping[str, Numbers]
    job: Job

    @property
    def name(self) -> str:
        """The child run's name."""
        return case_name(self.mixture, self.beta)

    def errors(self, column: str) -> Numbers:
        """Estimates less the truth: (sizes, e) nats."""
        return self.values[column] - self.truth


def case_name(mixture: CornerMixture, beta: float) -> str:
    """The name of the child run of a dimension and a noise.

    Example:
        >>> case_name(CornerMixture(5, 0.02), 0.1)
        'd=5, beta=0.1'
    """
    return f"d={mixture.dimension}, beta={beta:g}"


def run_case(study: StudyRun, mixture: CornerMixture, beta: float, setting: Setting) -> Case:
    """Run every estimator on every size and repetition, or read what was recorded.

    Arguments:
        study: the study's run.
        mixture: what S is distributed as.
        beta: standard deviation of the noise.
        setting: how.

    Returns:
        The case.

    Raises:
        TrackingError: a finished child run has lost its results.
    """
    child = ChildSpec(
        case_name(mixture, beta),
        {
            "dimension": mixture.dimension,
            "beta": beta,
            "spread": mixture.spread,
            "members": len(setting.seeds),
            "seed": setting.seeds[0],
        },
        {
            "entropy of a corner mixture": {"d": mixture.dimension, "spread": mixture.spread},
            "beta": beta,
            "setting": {name: getattr(setting, name) for name in Setting.__dataclass_fields__},
        },
    )
    truth = mixture.noisy_entropy(beta)
    with study.job(child) as job:
        if not job.finished:
            _estimate(job, mixture, beta, setting, truth)
        found = job.results("estimates")
        if found is None:
            raise TrackingError(
                "a finished child run keeps its results",
                received=f"run {job.run_id} ({job.name}) without them",
                fix="Delete that run, or start over with fresh=true.",
            )
        values = dict(zip(COLUMNS, np.moveaxis(found["values"], 2, 0), strict=True))
        value, error = found["reference"].tolist()
        return Case(mixture, beta, truth, (value, error), setting.sizes, values, job)


def _estimate(
    job: Job, mixture: CornerMixture, beta: float, setting: Setting, truth: float
) -> None:
    """Estimate size by size, each a step of the child run."""
    drawn = [_draw(mixture, beta, max(setting.sizes), seed) for seed in setting.seeds]
    values: list[list[list[float]]] = list((job.checkpoint or {}).get("values", []))
    pause = 0.2 if sys.stderr.isatty() else 10.0
    with tqdm(total=len(setting.sizes), desc=job.name, unit="size", mininterval=pause) as bar:
        bar.update(len(values))
        for n in setting.sizes[len(values) :]:
            found = [
                estimates(signal[:n], noisy[:n], beta=beta, setting=setting, seed=seed)
                for (signal, noisy), seed in zip(drawn, setting.seeds, strict=True)
            ]
            values.append([[row[column] for column in COLUMNS] for row in found])
            job.log(n, _metrics(values[-1], truth), {"values": values})
            bar.update()
    many = mixture.draw(setting.reference, np.random.default_rng([setting.seeds[0], 1]))
    large = mixture_entropy(many, beta=beta, n_queries=setting.n_queries, seed=setting.seeds[0])
    job.save_results(
        "estimates",
        {
            "values": np.array(values),
            "reference": np.array([large.value, large.standard_error]),
            "truth": np.array(truth),
            "sizes": np.array(setting.sizes),
        },
    )
    job.log_metrics(
        {f"summary/{name}": value for name, value in _metrics(values[-1], truth).items()}
        | {"summary/entropy_nats": truth}
    )


def _draw(mixture: CornerMixture, beta: float, n: int, seed: int) -> tuple[Numbers, Numbers]:
    """S and S + Z, (n, d) each."""
    random = np.random.default_rng(seed)
    signal = mixture.draw(n, random)
    return signal, signal + beta * random.normal(size=signal.shape)


def estimates(
    signal: Numbers, noisy: Numbers, *, beta: float, setting: Setting, seed: int
) -> dict[str, float]:
    """Every estimate of the entropy of S + Z, in nats, from samples of one of the two.

    Arguments:
        signal: (n, d) of S, for sample propagation.
        noisy: (n, d) of S + Z, for the others, which do not know the noise.
        beta: standard deviation of the noise.
        setting: how they are run.
        seed: of the Monte Carlo integration.
    """
    kernel = kde_entropy(noisy)
    width = float(kernel.diagnostics["width"])
    mixture = mixture_entropy(signal, beta=beta, n_queries=setting.n_queries, seed=seed)
    found = {
        "sp": mixture.value,
        "knn": knn_entropy(noisy, k=setting.k).value,
        "kde": kernel.value,
    }
    others = {name: kde_entropy(noisy, width=factor * width) for name, factor in WIDTHS.items()}
    return found | {name: estimate.value for name, estimate in others.items()}


def _metrics(rows: Sequence[Sequence[float]], truth: float) -> dict[str, float]:
    errors = np.array(rows) - truth
    found = {}
    for index, name in enumerate(ESTIMATORS):
        found[f"bias_nats.{name}"] = mean(errors[:, index]).value
        found[f"error_nats.{name}"] = mean(np.abs(errors[:, index])).value
    return found
