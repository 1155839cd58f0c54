"""Where a mixture of propagations is evaluated, and what is read from its density there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ib_mlflow.information.mixture.sampling import Draws, average, draw
from ib_mlflow.information.propagation.terms import Entropy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.density import LogSums
    from ib_mlflow.information.mixture.tree import Tree

# Queries for every pair of propagations from which the variance between propagations is learnt.
PER_PAIR = 20


class Pairs(NamedTuple):
    """Two draws around each of two propagations of an input, four successive rows."""

    queries: NDArray[np.float64]
    noise: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Probes:
    """Queries of one mixture, in units of beta.

    Arguments:
        draws: from the mixture itself.
        pairs: around pairs of its centres; maybe none.
        fresh: around propagations that the mixture does not know; maybe none.
    """

    draws: Draws
    pairs: Pairs
    fresh: Draws

    @property
    def queries(self) -> NDArray[np.float64]:
        """All of them, (n, d)."""
        return np.concatenate([self.draws.queries, self.pairs.queries, self.fresh.queries])

    @property
    def noise(self) -> NDArray[np.float64]:
        """Their distances from the propagations that they were drawn around, (n, d)."""
        return np.concatenate([self.draws.noise, self.pairs.noise, self.fresh.noise])

    def __len__(self) -> int:
        return sum(len(part.noise) for part in (self.draws, self.pairs, self.fresh))

    def read(self, sums: LogSums, centres: int) -> Entropy:
        """The mean of -ln of a density over the mixture.

        To first order in the centres' weights, it varies with the propagations by the mean of
        the density's logarithm around each. Two draws around each of two propagations have an
        unbiased product for the variance of that between propagations of one input.

        Arguments:
            sums: the logarithms at the queries.
            centres: how many the mixture has.
        """
        sizes = [len(part.noise) for part in (self.draws, self.pairs, self.fresh)]
        own, paired, fresh = sums.split(sizes)
        value, error, certificate = average(own.values, own.bounds, self.draws)
        variance, above = error * error, value
        if sizes[1]:
            around = paired.values.reshape(-1, 2, 2)
            products = (around[:, 0] - around[:, 1]).prod(axis=1)
            variance += max(0.0, float(products.mean()) / 2) / centres
        if sizes[2]:
            above = average(fresh.values, fresh.bounds, self.fresh)[0]
        return Entropy(value, variance, half=value, above=above, certificate=certificate)


def place(
    tree: Tree,
    centres: NDArray[np.float64],
    fresh: NDArray[np.float64] | None,
    n: int,
    rng: np.random.Generator,
    *,
    paired: bool,
) -> Probes:
    """Draw from a mixture, around pairs of its centres, and around other propagations.

    Arguments:
        tree: of the mixture.
        centres: (m, R, d) the same, R propagations of each input.
        fresh: (m, r, d) other propagations of the same inputs; maybe none.
        n: how many to draw from the mixture, even; half as many are drawn around others.
        rng: source of randomness.
        paired: whether to draw around pairs.
    """
    d = centres.shape[2]
    nothing = np.empty((0, d))
    draws = draw(tree, n, rng)
    pairs = _draw_pairs(centres, max(1, n // PER_PAIR), rng) if paired else Pairs(nothing, nothing)
    if fresh is None:
        return Probes(draws, pairs, Draws(nothing, nothing, np.empty(0)))
    return Probes(draws, pairs, _draw_around(fresh, max(2, n // 4), rng))


def _draw_pairs(centres: NDArray[np.float64], p: int, rng: np.random.Generator) -> Pairs:
    m, repeats, d = centres.shape
    one = rng.integers(repeats, size=p)
    other = (one + 1 + rng.integers(repeats - 1, size=p)) % repeats
    chosen = centres[rng.integers(m, size=p)[:, None], np.stack([one, other], axis=1)]
    noise = rng.standard_normal((p, 2, 2, d))
    return Pairs((chosen[:, :, None] + noise).reshape(-1, d), noise.reshape(-1, d))


def _draw_around(centres: NDArray[np.float64], strata: int, rng: np.random.Generator) -> Draws:
    """Draw twice around centres in each of as many runs of successive ones, (m, r, d)."""
    rows = centres.reshape(-1, centres.shape[-1])
    positions = (np.repeat(np.arange(strata), 2) + rng.random(2 * strata)) / strata
    noise = rng.standard_normal((2 * strata, rows.shape[1]))
    chosen = rows[(positions * len(rows)).astype(np.int64)]
    return Draws(chosen + noise, noise, np.full(strata, 1 / strata))
