"""Estimators of entropy run on samples of a known one, in a child run for each case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ib_mlflow.errors import TrackingError
from ib_mlflow.information import Estimate, kde_entropy, knn_entropy, mixture_entropy
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.running.steps import Shown, record_steps
from ib_mlflow.tracking import ChildSpec, Job, StudyRun
from ib_mlflow.trajectory.members import Numbers
from .corner_mixture import CornerMixture

OTHERS = {"knn": "nearest neighbours", "kde": "kernel density"}
NAMES = {"sp": "sample propagation", **OTHERS}
"""What is compared."""
WIDTHS = {"kde_half": 0.5, "kde_twice": 2.0}
"""The kernel density with other widths than its best, in units of that."""
COLUMNS = (*NAMES, *WIDTHS)


@dataclass(frozen=True)
class CaseSpec:
    """A dimension and a noise, and how the estimators are run: one child run.

    Arguments:
        mixture: what S is distributed as.
        beta: standard deviation of the noise.
        sizes: samples, ascending.
        seeds: one a repetition; a repetition's samples of one size are among those of the next.
        k: the neighbour of the nearest-neighbour estimator.
        n_queries: draws of the Monte Carlo integration of a mixture.
        reference: samples of the evaluation that the exact entropy is held against.
    """

    mixture: CornerMixture
    beta: float
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    k: int
    n_queries: int
    reference: int

    @property
    def name(self) -> str:
        """The child run's name.

        Example:
            >>> CaseSpec(CornerMixture(5, 0.02), 0.1, (100,), (0,), 1, 1000, 1000).name
            'd=5, beta=0.1'
        """
        return f"d={self.mixture.dimension}, beta={self.beta:g}"

    @property
    def child(self) -> ChildSpec:
        """The child run: what it shows, and what identifies it."""
        parameters = {
            "dimension": self.mixture.dimension,
            "beta": self.beta,
            "spread": self.mixture.spread,
            "members": len(self.seeds),
            "seed": self.seeds[0],
        }
        identity = {"computes": "entropies of a noisy corner mixture", "estimators": COLUMNS}
        return ChildSpec(self.name, parameters, identity | asdict(self))

    def samples(self, seed: int) -> tuple[Numbers, Numbers]:
        """S and S + Z of one repetition, (n, d) each, as many as the largest size."""
        random = np.random.default_rng(seed)
        signal = self.mixture.draw(max(self.sizes), random)
        return signal, signal + self.beta * random.normal(size=signal.shape)


@dataclass(frozen=True, eq=False)
class Case:
    """A dimension and a noise, and what the estimators gave.

    Arguments:
        spec: the dimension and the noise.
        truth: the entropy of S + Z by quadrature, in nats.
        reference: the same by sample propagation of many samples.
        values: by estimator (sizes, e) nats, a repetition in each column.
    """

    spec: CaseSpec
    truth: float
    reference: Estimate
    values: Mapping[str, Numbers]

    @property
    def name(self) -> str:
        """The child run's name."""
        return self.spec.name

    @property
    def smallest(self) -> int:
        """The fewest samples."""
        return self.spec.sizes[0]

    @property
    def largest(self) -> int:
        """The most samples."""
        return self.spec.sizes[-1]

    def errors(self, estimator: str) -> Numbers:
        """Estimates less the truth: (sizes, e) nats."""
        return self.values[estimator] - self.truth

    def errors_at(self, estimator: str, n: int) -> Numbers:
        """Estimates from n samples less the truth: (e,) nats."""
        return np.asarray(self.errors(estimator)[self.spec.sizes.index(n)])


def run_case(study: StudyRun, spec: CaseSpec) -> Case:
    """Run every estimator on every size and repetition, or read what was recorded.

    Arguments:
        study: the study's run.
        spec: the case.

    Returns:
        The case.

    Raises:
        TrackingError: a finished child run has lost its results.
    """
    truth = spec.mixture.noisy_entropy(spec.beta)
    with study.job(spec.child) as job:
        if not job.finished:
            _estimate(job, spec, truth)
        values, reference = job.results("estimates"), job.results("reference")
        if values is None or reference is None:
            raise TrackingError(
                "a finished child run keeps its results",
                received=f"run {job.run_id} ({job.name}) without them",
                fix="Delete that run, or start over with fresh=true.",
            )
    large = Estimate(
        float(reference["value"]),
        float(reference["standard_error"]),
        "point",
        n=spec.reference,
    )
    return Case(spec, truth, large, values)


def _estimate(job: Job, spec: CaseSpec, truth: float) -> None:
    """Estimate size by size, each a step of the child run, and then from many samples."""
    values: dict[str, list[list[float]]] = {name: [] for name in COLUMNS}
    if job.checkpoint is not None:
        values = job.checkpoint["values"]

    def log(step: tuple[int, dict[str, Numbers]]) -> tuple[int, Shown]:
        n, estimates = step
        for name, column in values.items():
            column.append(estimates[name].tolist())
        job.log(n, _metrics(estimates, truth), {"values": values})
        return n, {}

    left = spec.sizes[len(values["sp"]) :]
    steps = estimates_by_size(spec, left)
    record_steps(steps, log, total=spec.sizes[-1], name=spec.name, unit="sample")
    many = spec.mixture.draw(spec.reference, np.random.default_rng([spec.seeds[0], 1]))
    large = mixture_entropy(many, beta=spec.beta, n_queries=spec.n_queries, seed=spec.seeds[0])
    arrays = {name: np.array(column) for name, column in values.items()}
    job.save_results("estimates", arrays)
    job.save_results(
        "reference",
        {"value": np.array(large.value), "standard_error": np.array(large.standard_error)},
    )
    metrics = _metrics({name: column[-1] for name, column in arrays.items()}, truth)
    job.log_metrics(
        {f"summary/{name}": value for name, value in metrics.items()}
        | {"summary/entropy_nats": truth}
    )


def estimates_by_size(
    spec: CaseSpec, sizes: Sequence[int]
) -> Iterator[tuple[int, dict[str, Numbers]]]:
    """Run every estimator on the samples of every repetition, size by size.

    Arguments:
        spec: the case.
        sizes: those of its sizes that are left to do.

    Returns:
        Each size, and by estimator (e,) nats.
    """
    samples = {seed: spec.samples(seed) for seed in spec.seeds} if sizes else {}
    for n in sizes:
        repetitions = [
            estimates(signal[:n], noisy[:n], spec, seed)
            for seed, (signal, noisy) in samples.items()
        ]
        yield n, {name: np.array([values[name] for values in repetitions]) for name in COLUMNS}


def estimates(signal: Numbers, noisy: Numbers, spec: CaseSpec, seed: int) -> dict[str, float]:
    """Every estimate of the entropy of S + Z, in nats, from samples of one of the two.

    Arguments:
        signal: (n, d) of S, for sample propagation.
        noisy: (n, d) of S + Z, for the others, which do not know the noise.
        spec: the noise, and how the estimators are run.
        seed: of the Monte Carlo integration.
    """
    kernel = kde_entropy(noisy)
    width = float(kernel.diagnostics["width"])
    mixture = mixture_entropy(signal, beta=spec.beta, n_queries=spec.n_queries, seed=seed)
    others = {name: kde_entropy(noisy, width=factor * width) for name, factor in WIDTHS.items()}
    return {
        "sp": mixture.value,
        "knn": knn_entropy(noisy, k=spec.k).value,
        "kde": kernel.value,
        **{name: estimate.value for name, estimate in others.items()},
    }


def _metrics(values: Mapping[str, Numbers], truth: float) -> dict[str, float]:
    """Mean errors at one size over the repetitions, in nats."""
    metrics = {}
    for name in NAMES:
        errors = values[name] - truth
        metrics[f"bias_nats.{name}"] = mean(errors).value
        metrics[f"error_nats.{name}"] = mean(np.abs(errors)).value
    return metrics
