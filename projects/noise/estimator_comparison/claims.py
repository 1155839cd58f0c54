"""What the paper says of its estimator beside two others, judged over repetitions."""

from collections.abc import Sequence

import numpy as np

from ib_mlflow.studies.judging.claims import Numbers
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import Finding, rises
from projects.noise.estimator_comparison.cases import WIDTHS, Case

WHERE = "Suppl. 10.3, remark 6; Fig. 14"
OTHERS = {"knn": "nearest neighbours", "kde": "kernel density"}
REPETITIONS = "repetitions"


def case_findings(case: Case) -> list[Finding]:
    """Judge the claims about one dimension and noise.

    Arguments:
        case: its estimates.

    Returns:
        The findings; errors in nats.
    """
    n = case.sizes[-1]
    sizes = {name: np.abs(case.errors(name)) for name in ("sp", *OTHERS)}
    best = np.minimum(sizes["knn"], sizes["kde"])
    rates = {name: rate(case, name) for name in sizes}
    moved = np.mean(
        [np.abs(case.values[name][-1] - case.values["kde"][-1]) for name in WIDTHS], axis=0
    )
    spreads = {name: _deviation(case, name) for name in sizes}
    low = mean(case.errors("sp")[0])
    return [
        rises(
            f"{case.name}: sample propagation is below the truth on average",
            WHERE,
            -case.errors("sp").mean(axis=0),
            "nats",
            of=REPETITIONS,
            note=f"Over all sizes; with {case.sizes[0]} samples it is off by {low.text('nats')}, "
            f"with {n} by {mean(case.errors('sp')[-1]).text('nats')}.",
        ),
        rises(
            f"{case.name}: with {n} samples sample propagation errs less than the better of the "
            "two others",
            WHERE,
            best[-1] - sizes["sp"][-1],
            "nats",
            of=REPETITIONS,
            note="Mean error: " + _each({name: mean(of[-1]).value for name, of in sizes.items()}),
        ),
        rises(
            f"{case.name}: the error of sample propagation falls faster with n than the errors of "
            "both others",
            WHERE,
            rates["sp"] - np.maximum(rates["knn"], rates["kde"]),
            of=REPETITIONS,
            unit="in the power of n",
            note="Error falls as n to the power of minus "
            + _each({name: mean(of).value for name, of in rates.items()}, 2),
        ),
        rises(
            f"{case.name}: the kernel density's estimate is highly sensitive to the width: half "
            f"or twice the best one moves it by more than its own error, with {n} samples",
            WHERE,
            moved - sizes["kde"][-1],
            "nats",
            of=REPETITIONS,
            note=f"Moved by {mean(moved).text('nats')}, an error of "
            f"{mean(sizes['kde'][-1]).text('nats')}.",
        ),
        rises(
            f"{case.name}: sample propagation varies less between repetitions than either other",
            WHERE,
            np.minimum(spreads["knn"], spreads["kde"]) - spreads["sp"],
            "nats",
            of=REPETITIONS,
            note="Mean distance from the mean, over all sizes: "
            + _each({name: mean(of).value for name, of in spreads.items()}),
        ),
    ]


def dimension_findings(cases: Sequence[Case]) -> list[Finding]:
    """Judge how the others' rates and all errors change with the dimension, at each noise."""
    found = []
    for beta in sorted({case.beta for case in cases}):
        alike = sorted(
            (case for case in cases if case.beta == beta), key=lambda case: case.mixture.dimension
        )
        few, many = alike[0], alike[-1]
        if few is many:
            continue
        dimensions = f"from d={few.mixture.dimension} to d={many.mixture.dimension}"
        found += [
            rises(
                f"beta={beta:g}: the rate of {words} becomes worse {dimensions}",
                WHERE,
                rate(few, name) - rate(many, name),
                of=REPETITIONS,
                unit="in the power of n",
                note=f"{mean(rate(few, name)).value:.2f} and {mean(rate(many, name)).value:.2f}.",
            )
            for name, words in OTHERS.items()
        ]
        grown = {
            name: np.abs(many.errors(name)[-1]) - np.abs(few.errors(name)[-1])
            for name in ("sp", *OTHERS)
        }
        found.append(
            rises(
                f"beta={beta:g}: sample propagation scales better: {dimensions} its error grows "
                f"less than the errors of both others, with {few.sizes[-1]} samples",
                WHERE,
                np.minimum(grown["knn"], grown["kde"]) - grown["sp"],
                "nats",
                of=REPETITIONS,
                note="Grown by " + _each({name: mean(of).value for name, of in grown.items()}),
            )
        )
    return found


def rate(case: Case, column: str) -> Numbers:
    """By which power of 1/n each repetition's error falls: (e,), from a line in logarithms.

    Arguments:
        case: the estimates.
        column: the estimator.

    Returns:
        The slopes; larger is faster.
    """
    # An error may be 0 by chance; a tenth of a thousandth of a nat is below any noise here.
    sizes = np.log(np.maximum(np.abs(case.errors(column)), 1e-4))
    return np.asarray(-np.polyfit(np.log(case.sizes), sizes, 1)[0])


def _deviation(case: Case, column: str) -> Numbers:
    """How far each repetition is from the mean of all, on average over the sizes: (e,) nats."""
    values = case.values[column]
    return np.asarray(np.abs(values - values.mean(axis=1, keepdims=True)).mean(axis=0))


def _each(values: dict[str, float], digits: int = 3) -> str:
    words = {"sp": "sample propagation", **OTHERS}
    return ", ".join(f"{words[name]} {value:.{digits}f}" for name, value in values.items()) + "."
