"""Entropies of a layer whose centres are known and overlap rarely: the first, at little noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.mixture.overlaps import is_rare, rare_entropy
from ib_mlflow.information.mixture.sampling import draw
from ib_mlflow.information.propagation.groups import GroupEntropies
from ib_mlflow.information.propagation.mixtures import Density, Mixture
from ib_mlflow.information.propagation.terms import Entropy, total

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Draws that tell whether overlaps are rare: the same of the same centres, whatever the seed. Where
# the mean overlap is near the limit they may say either; both ways are then right, and their errors
# cover, those of draws towards the overlaps being the smaller. So there is no margin.
PILOT = 256


def rare_group_entropies(
    centres: NDArray[np.float64], codes: NDArray[np.int64], n: int, rng: np.random.Generator
) -> GroupEntropies | None:
    """Entropies of T, and of T given the group of its input, from draws towards the overlaps.

    Arguments:
        centres: (m, 1, d) in units of beta, the one centre of each input.
        codes: (m,) the group of each input, from 0 on.
        n: draws of each of the two.
        rng: source of randomness; where overlaps are common, it is left as it was.

    Returns:
        The entropies, with independent errors; None where overlaps are common.
    """
    mixture = Mixture(centres)
    pilot = draw(mixture.tree, PILOT, np.random.default_rng(PILOT))
    values = mixture.logarithms(pilot.queries, pilot.noise, Density.WHOLE).values
    if not is_rare(mixture.tree, pilot, values):
        return None
    everywhere = _entropy(mixture, n, rng)
    given = total(
        _entropy(Mixture(centres[codes == code]), n * share, rng).scaled(float(share))
        for code, share in enumerate(np.bincount(codes) / len(codes))
    )
    return GroupEntropies(everywhere, given, total([everywhere, given.scaled(-1.0)]))


def _entropy(mixture: Mixture, n: float, rng: np.random.Generator) -> Entropy:
    """The entropy of a mixture; exact of a single Gaussian."""
    tree = mixture.tree
    d, k = tree.points.shape
    if k == 1:
        return Entropy(d / 2, 0.0, 0.0, 0.0, half=d / 2, above=d / 2, above_variance=0.0)
    mean, _ = rare_entropy(
        tree,
        2 * max(2, round(n / 2)),
        rng,
        lambda queries: mixture.logarithms(queries, queries, Density.WHOLE),
    )
    variance = mean.error * mean.error
    return Entropy(
        mean.value,
        variance,
        0.0,
        0.0,
        half=mean.value,
        above=mean.value,
        above_variance=variance,
        certificate=mean.certificate,
    )
