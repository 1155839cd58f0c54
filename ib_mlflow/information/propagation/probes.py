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
    """Two draws around each of two propagations of an input, four rows: first one around each."""

    queries: NDArray[np.float64]
    noise: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Probes:
    """Queries of one mixture, in units of beta.

    Arguments:
        draws: from the mixture itself.
        pairs: around pairs of its centres; maybe none.
        fresh: such pairs around propagations that the mixture does not know; maybe none.
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
        value, error, certificate, _ = average(own.values, own.bounds, self.draws)
        variance = error * error
        if sizes[1]:
            variance += _between(paired.values, self.pairs.noise) / centres
        above, above_variance = value, variance
        if sizes[2]:
            above, error, _, _ = average(fresh.values, fresh.bounds, self.fresh)
            between = _between(fresh.values, self.fresh.noise)
            above_variance = error * error + between / min(centres, sizes[2] // 2)
        return Entropy(
            value,
            variance,
            half=value,
            above=above,
            above_variance=above_variance,
            certificate=certificate,
        )


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
    nothing, none = np.empty((0, d)), np.empty(0, np.int64)
    draws = draw(tree, n, rng)
    pairs = _draw_pairs(centres, max(1, n // PER_PAIR), rng) if paired else Pairs(nothing, nothing)
    if fresh is None:
        return Probes(draws, pairs, Draws(nothing, nothing, np.empty(0), none))
    p = max(1, n // 8)
    return Probes(draws, pairs, Draws(*_draw_pairs(fresh, p, rng), np.full(2 * p, 0.5 / p), none))


def _between(values: NDArray[np.float64], noise: NDArray[np.float64]) -> float:
    """Variance between propagations of one input of the mean around each, from pairs.

    Freed of what the draws' distances explain, which in many dimensions is nearly all.
    """
    around, squares = values.reshape(-1, 2, 2), np.square(noise).sum(axis=1).reshape(-1, 2, 2)
    within, moved = around[:, 0] - around[:, 1], squares[:, 0] - squares[:, 1]
    slope = float(np.sum(within * moved)) / float(np.sum(moved * moved))
    rest = around - slope * squares
    products = (rest[:, :, 0] - rest[:, :, 1]).prod(axis=1)
    return max(0.0, float(products.mean()) / 2)


def _draw_pairs(centres: NDArray[np.float64], p: int, rng: np.random.Generator) -> Pairs:
    """Draw around p pairs, the inputs taken from as many runs of successive ones."""
    m, repeats, d = centres.shape
    first = rng.integers(repeats, size=p)
    second = (first + 1 + rng.integers(repeats - 1, size=p)) % repeats
    inputs = ((np.arange(p) + rng.random(p)) / p * m).astype(np.int64)
    around = centres[inputs[:, None], np.stack([first, second], axis=1)]
    noise = rng.standard_normal((p, 2, 2, d))
    return Pairs((around[:, None] + noise).reshape(-1, d), noise.reshape(-1, d))
