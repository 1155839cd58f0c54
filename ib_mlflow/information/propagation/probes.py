"""Where a mixture of propagations is evaluated, and what is read from its density there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.mixture.sampling import Draws, average, draw
from ib_mlflow.information.propagation.influence import (
    between,
    freed,
    jackknife,
    skewness,
)
from ib_mlflow.information.propagation.terms import Entropy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.density import LogSums
    from ib_mlflow.information.mixture.tree import Tree

# Queries for every pair of propagations from which the variance between propagations is learnt.
PER_PAIR = 20
# Draws for each propagation from which on all are drawn around, equally often, and no pairs.
PER_CENTRE = 4


@dataclass(frozen=True, eq=False)
class Around:
    """Draws around propagations, those around one in successive rows.

    Arguments:
        draws: two from each stratum, which is a propagation or a part of its draws.
        shape: (b, r, k): k draws around each of r propagations of one input, b times.
        count: how many propagations these are.
    """

    draws: Draws
    shape: tuple[int, int, int]
    count: int

    def between(self, values: NDArray[np.float64]) -> float:
        """Variance between propagations of one input, of values at the draws."""
        return between(freed(values, self.draws.noise).reshape(self.shape))


@dataclass(frozen=True, eq=False)
class Probes:
    """Queries of one mixture, in units of beta.

    Arguments:
        draws: from the mixture itself.
        known: around its centres; maybe none; around all of them, these are the draws themselves.
        fresh: around propagations that the mixture does not know; maybe none.
    """

    draws: Draws
    known: Around | None
    fresh: Around | None

    @property
    def parts(self) -> tuple[Draws, Draws, Draws]:
        """The draws, others around centres, and those around fresh propagations; maybe none."""
        nothing = _nothing(self.draws.noise.shape[1])
        known = nothing if self.known is None or self._even else self.known.draws
        return self.draws, known, nothing if self.fresh is None else self.fresh.draws

    @property
    def _even(self) -> bool:
        return self.known is not None and self.known.draws is self.draws

    @property
    def queries(self) -> NDArray[np.float64]:
        """All of them, (n, d)."""
        return np.concatenate([part.queries for part in self.parts])

    @property
    def noise(self) -> NDArray[np.float64]:
        """Their distances from the propagations that they were drawn around, (n, d)."""
        return np.concatenate([part.noise for part in self.parts])

    def __len__(self) -> int:
        return sum(len(part.noise) for part in self.parts)

    def deleted(self, sums: LogSums, centres: int) -> NDArray[np.float64]:
        """What the jackknife adds to -ln of a density at the queries: nothing at fresh ones.

        Arguments:
            sums: the logarithms at the queries.
            centres: how many the mixture of this density has.
        """
        added = np.zeros(len(self))
        if self.known is not None:
            own = slice(0, len(self) - len(self.parts[2].noise))
            squares = np.square(self.noise[own]).sum(axis=1)
            added[own] = jackknife(sums.values[own], squares, centres)
        return added

    def read(
        self, sums: LogSums, added: NDArray[np.float64], centres: int, *, crossed: bool = False
    ) -> Entropy:
        """The mean of -ln of a density over the mixture, with its errors.

        It varies by its draws and, to first order, with the propagations by the mean of -ln of the
        density around each, to which the jackknife adds.

        Arguments:
            sums: the logarithms at the queries.
            added: to -ln by the jackknife, see `deleted`.
            centres: how many the mixture has.
            crossed: whether half of the variance is that at fresh propagations.
        """
        sizes = [len(part.noise) for part in self.parts]
        own, _, fresh = sums.split(sizes)
        values = np.split(added - sums.values, np.cumsum(sizes)[:-1])
        value, error, certificate, _ = average(own.values, own.bounds, self.draws)
        variance = error * error
        if self.known is not None:
            variance += self.known.between(values[0 if self._even else 1]) / centres
        count = centres if self._even else sizes[0]
        third = self._skewness(values[0], self.draws, self.known) * variance**1.5 / math.sqrt(count)
        above, above_variance = value, variance
        if self.fresh is not None:
            above, error, _, _ = average(fresh.values, fresh.bounds, self.fresh.draws)
            apart = self.fresh.between(values[2])
            # Of the mixture's own propagations it is free, to first order.
            above_variance = error * error + apart / self.fresh.count
            if crossed and self.known is not None:
                other = error * error * sizes[2] / sizes[0] + apart / centres
                skewed = self._skewness(values[2], self.fresh.draws, self.fresh) * other**1.5
                variance, third = (variance + other) / 2, (third + skewed / math.sqrt(count)) / 2
        return Entropy(
            value,
            variance,
            third,
            float(np.repeat(self.draws.shares, 2) @ added[: sizes[0]]) / 2,
            half=value,
            above=above,
            above_variance=above_variance,
            certificate=certificate,
        )

    def _skewness(self, values: NDArray[np.float64], draws: Draws, around: Around | None) -> float:
        """Skewness of values at draws, of their means around each propagation where these are all.

        Else draws are fewer than a few for each, and make most of the error.
        """
        rest = freed(values, draws.noise)
        if around is not None and self._even:
            means = rest.reshape(around.shape).mean(axis=2)
            rest = means - means.mean(axis=1, keepdims=True)
        return skewness(rest)


def place(
    tree: Tree,
    centres: NDArray[np.float64],
    fresh: NDArray[np.float64] | None,
    n: int,
    rng: np.random.Generator,
    *,
    paired: bool,
) -> Probes:
    """Draw from a mixture, around its centres by themselves, and around other propagations.

    Where there are draws for each centre of the mixture, they are drawn around each equally often,
    and half as often around the others; else draws are from all of the mixture, and the variance
    between propagations is learnt from pairs.

    Arguments:
        tree: of the mixture.
        centres: (m, R, d) the same, R propagations of each input.
        fresh: (m, r, d) other propagations of the same inputs; maybe none.
        n: how many to draw from the mixture, even.
        rng: source of randomness.
        paired: whether to learn the variance between propagations.
    """
    m, repeats, _ = centres.shape
    if paired and fresh is not None and n >= PER_CENTRE * m * repeats:
        half = round(n / (2 * m * repeats))
        known = _draw_each(centres, 2 * half, rng)
        return Probes(known.draws, known, _draw_each(fresh, 2 * (half // 2), rng))
    draws = draw(tree, n, rng)
    pairs = _draw_pairs(centres, max(1, n // PER_PAIR), rng) if paired else None
    return Probes(draws, pairs, None if fresh is None else _draw_pairs(fresh, max(1, n // 8), rng))


def _draw_each(centres: NDArray[np.float64], k: int, rng: np.random.Generator) -> Around:
    """Draw k times around each propagation, k even."""
    m, repeats, _ = centres.shape
    return _around(centres, k, m * repeats, rng)


def _draw_pairs(centres: NDArray[np.float64], p: int, rng: np.random.Generator) -> Around:
    """Draw twice around both of about p pairs, of each input as many, or else of runs of inputs."""
    m, repeats, _ = centres.shape
    p = m * round(p / m) if p >= m else p
    first = rng.integers(repeats, size=p)
    second = (first + 1 + rng.integers(repeats - 1, size=p)) % repeats
    inputs = ((np.arange(p) + rng.random(p)) / p * m).astype(np.int64)
    pairs = centres[inputs[:, None], np.stack([first, second], axis=1)]
    return _around(pairs, 2, min(2 * p, m * repeats), rng)


def _around(centres: NDArray[np.float64], k: int, count: int, rng: np.random.Generator) -> Around:
    b, r, d = centres.shape
    noise = rng.standard_normal((b, r, k, d))
    queries = (centres[:, :, None] + noise).reshape(-1, d)
    strata = len(queries) // 2
    shares = np.full(strata, 1 / strata)
    draws = Draws(queries, noise.reshape(-1, d), shares, np.empty(0, np.int64))
    return Around(draws, (b, r, k), count)


def _nothing(d: int) -> Draws:
    return Draws(np.empty((0, d)), np.empty((0, d)), np.empty(0), np.empty(0, np.int64))
