"""What the paper says of its estimator beside two others, judged over repetitions.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, supplement, remark 6 and Fig. 14.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.intervals import information, mean
from ib_mlflow.studies.judging.judgements import Judgement, Note, all_hold
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import Quantity, Words, joined
from .cases import NAMES, OTHERS, WIDTHS, Case
from .comparison import EstimatorComparison

WHERE = "Suppl. 10.3, remark 6; Fig. 14"
REPETITIONS = "repetitions"
POWER = "in the power of n"


@dataclass(frozen=True)
class Dimensions:
    """Two cases of one noise.

    Arguments:
        few: of the smallest dimension.
        many: of the largest.
    """

    few: Case
    many: Case

    @property
    def name(self) -> str:
        """The noise that both have."""
        return f"beta={self.few.spec.beta:g}"

    @property
    def words(self) -> str:
        """How they differ."""
        few, many = self.few.spec.mixture, self.many.spec.mixture
        return f"from d={few.dimension} to d={many.dimension}"


def dimensions(readings: EstimatorComparison) -> list[Dimensions]:
    """The cases of the smallest and of the largest dimension, at each noise that has both."""
    by_noise: dict[float, list[Case]] = {}
    for case in readings.cases:
        by_noise.setdefault(case.spec.beta, []).append(case)
    ordered = [
        sorted(by_noise[beta], key=lambda case: case.spec.mixture.dimension)
        for beta in sorted(by_noise)
    ]
    return [Dimensions(cases[0], cases[-1]) for cases in ordered if len(cases) > 1]


def is_below(case: Case) -> Judgement:
    """Judge whether sample propagation is below the truth on average over all sizes."""
    note = (
        f"Over all sizes; with {case.smallest} samples it is off by ",
        mean(case.errors_at("sp", case.smallest)).quantity("nats"),
        f", with {case.largest} by ",
        mean(case.errors_at("sp", case.largest)).quantity("nats"),
        ".",
    )
    return rises(-case.errors("sp").mean(axis=0), note=note, of=REPETITIONS)


def errs_less(case: Case) -> Judgement:
    """Judge whether sample propagation errs less than each of the others, at the end."""
    errors = {name: np.abs(case.errors_at(name, case.largest)) for name in NAMES}
    note = ("Mean error: ", *_means(errors, "nats"), ".")
    return _beats(errors, note=note)


def converges_faster(case: Case) -> Judgement:
    """Judge whether the error of sample propagation falls with a higher power of n."""
    rates = {name: rate(case, name) for name in NAMES}
    note = ("Error falls as n to the power of minus ", *_means(rates, digits=2), ".")
    slowness = {name: -of for name, of in rates.items()}
    return _beats(slowness, POWER, note=note)


def depends_on_the_width(case: Case) -> Judgement:
    """Judge whether another width moves the kernel density's estimate by more than its error."""
    values = {name: case.values[name][-1] for name in ("kde", *WIDTHS)}
    moved = np.mean([np.abs(values[name] - values["kde"]) for name in WIDTHS], axis=0)
    error = np.abs(values["kde"] - case.truth)
    note = (
        "Moved by ",
        information(moved).quantity("nats"),
        ", an error of ",
        information(error).quantity("nats"),
        ".",
    )
    return rises(moved - error, note=note, of=REPETITIONS)


def varies_less(case: Case) -> Judgement:
    """Judge whether sample propagation varies less between repetitions than either other."""
    deviations = {name: _deviation(case, name) for name in NAMES}
    note = ("Mean distance from the mean, over all sizes: ", *_means(deviations, "nats"), ".")
    return _beats(deviations, note=note)


def slows_down(estimator: str) -> Callable[[Dimensions], Judgement]:
    """Judge whether an estimator's rate is worse in more dimensions.

    Arguments:
        estimator: one of the others.

    Returns:
        The judge of two dimensions.
    """

    def judge(pair: Dimensions) -> Judgement:
        few, many = rate(pair.few, estimator), rate(pair.many, estimator)
        note = f"{mean(few).value:.2f} and {mean(many).value:.2f}."
        return rises(few - many, POWER, note=note, of=REPETITIONS)

    return judge


def scales_better(pair: Dimensions) -> Judgement:
    """Judge whether the error of sample propagation grows least with the dimension."""
    n = pair.few.largest
    grown = {
        name: np.abs(pair.many.errors_at(name, n)) - np.abs(pair.few.errors_at(name, n))
        for name in NAMES
    }
    note = ("Grown by ", *_means(grown, "nats"), ".")
    return _beats(grown, note=note)


def rate(case: Case, estimator: str) -> Numbers:
    """By which power of 1/n each repetition's error falls: (e,), from a line in logarithms.

    Arguments:
        case: the estimates.
        estimator: the estimator.

    Returns:
        The slopes; larger is faster.
    """
    # An error may be 0 by chance; a tenth of a thousandth of a nat is below any noise here.
    sizes = np.log(np.maximum(np.abs(case.errors(estimator)), 1e-4))
    return np.asarray(-np.polyfit(np.log(case.spec.sizes), sizes, 1)[0])


def _beats(of: Mapping[str, Numbers], unit: str = "nats", *, note: Note) -> Judgement:
    """Judge whether sample propagation has less than each of the others, by a test of each.

    The lesser of two noisy numbers, repetition by repetition, would be less than either.
    """
    tests = [
        rises(of[name] - of["sp"], unit, note=f"Beside {NAMES[name]}.", of=REPETITIONS)
        for name in OTHERS
    ]
    return all_hold(tests, note=note)


def _deviation(case: Case, estimator: str) -> Numbers:
    """How far each repetition is from the mean of all, on average over the sizes: (e,) nats."""
    values = case.values[estimator]
    return np.asarray(np.abs(values - values.mean(axis=1, keepdims=True)).mean(axis=0))


def _means(of: Mapping[str, Numbers], unit: str = "", digits: int = 3) -> Words:
    """The mean over the repetitions of every estimator, behind its name."""
    return joined(
        (f"{NAMES[name]} ", Quantity(mean(values).value, unit=unit, digits=digits))
        for name, values in of.items()
    )


def _cases(readings: EstimatorComparison) -> Sequence[Case]:
    return readings.cases


CASE_CLAIMS: list[Claim[EstimatorComparison, Case]] = [
    Claim("{of.name}: sample propagation is below the truth on average", WHERE, is_below, _cases),
    Claim(
        "{of.name}: with {of.largest} samples sample propagation errs less than the better of the "
        "two others",
        WHERE,
        errs_less,
        _cases,
    ),
    Claim(
        "{of.name}: the error of sample propagation falls faster with n than the errors of both "
        "others",
        WHERE,
        converges_faster,
        _cases,
    ),
    Claim(
        "{of.name}: the kernel density's estimate is highly sensitive to the width: half or twice "
        "the best one moves it by more than its own error, with {of.largest} samples",
        WHERE,
        depends_on_the_width,
        _cases,
    ),
    Claim(
        "{of.name}: sample propagation varies less between repetitions than either other",
        WHERE,
        varies_less,
        _cases,
    ),
]
DIMENSION_CLAIMS: list[Claim[EstimatorComparison, Dimensions]] = [
    *(
        Claim(
            f"{{of.name}}: the rate of {name} becomes worse {{of.words}}",
            WHERE,
            slows_down(estimator),
            dimensions,
        )
        for estimator, name in OTHERS.items()
    ),
    Claim(
        "{of.name}: sample propagation scales better: {of.words} its error grows less than the "
        "errors of both others, with {of.few.largest} samples",
        WHERE,
        scales_better,
        dimensions,
    ),
]
