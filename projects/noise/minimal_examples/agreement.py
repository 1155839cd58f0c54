"""Estimates of what a chain's neurons know, held against the exact values.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 3; supplement, section 8 and Fig. 9.
"""

import numpy as np

from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import Finding, most
from projects.noise.minimal_examples.chains import Numbers
from projects.noise.minimal_examples.information import EXACT, LOWER, UPPER
from projects.noise.minimal_examples.training import Followed

ROUNDING = 1e-9


def agreement(one: Followed) -> list[Finding]:
    """Judge the estimator against the exact value, and the bounds."""
    found = []
    for layer in one.trajectory.layers:
        exact = one.curves(EXACT, layer)
        off = one.curves("sp", layer) - exact
        error = one.curves("sp", layer, "i_x_se")
        held = (np.abs(off) <= 2 * error).mean(axis=1)
        low, high = one.curves(LOWER, layer), one.curves(UPPER, layer)
        inside = (low <= exact + ROUNDING) & (exact <= high + ROUNDING)
        tracked = np.minimum(_correlations(low, exact), _correlations(high, exact))
        found += [
            most(
                f"{one.chain.name}, layer {layer}: the sample-propagation estimate is within two "
                "of its standard errors of the exact I(X;T) at 9 of 10 epochs",
                "Sec. 3",
                held > 0.9,
                note=f"At {100 * mean(held).value:.1f} % of them; mean difference "
                f"{mean(off.mean(axis=1)).text('nats', 5)}, largest {np.abs(off).max():.4f} nats, "
                f"mean standard error {error.mean():.4f} nats.",
            ),
            most(
                f"{one.chain.name}, layer {layer}: both bounds hold the exact I(X;T) at every "
                "epoch and follow its course",
                "Suppl. 8; Fig. 9d",
                inside.all(axis=1) & (tracked > 0.9),
                note=f"Correlation over epochs, of the lesser: {mean(tracked).text()}, counted "
                f"above 0.9; the bounds are at most {(high - low).max():.3f} nats apart.",
            ),
        ]
    return found


def _correlations(one: Numbers, other: Numbers) -> Numbers:
    """The correlation of each row with the row beside it."""
    first, second = (rows - rows.mean(axis=1, keepdims=True) for rows in (one, other))
    return np.asarray(
        (first * second).sum(axis=1)
        / np.sqrt((first * first).sum(axis=1) * (second * second).sum(axis=1))
    )
