"""Entropies of a noisy layer and of the layer given the group of its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.mixture.density import mix
from ib_mlflow.information.propagation.mixtures import Density, Mixture
from ib_mlflow.information.propagation.probes import place
from ib_mlflow.information.propagation.terms import Entropy, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.density import LogSums
    from ib_mlflow.information.propagation.probes import Probes


FEW = 2  # groups whose densities are cheaper to add up than to evaluate again


@dataclass(frozen=True)
class GroupEntropies:
    """Entropies of T, and of T given the group of its input.

    Arguments:
        everywhere: of T.
        given: of T given the group.
        information: their difference, between T and the group, from the same draws.
    """

    everywhere: Entropy
    given: Entropy
    information: Entropy


@dataclass(frozen=True, eq=False)
class Sums:
    """Logarithms of densities at the queries of every group.

    Arguments:
        everywhere: of the mixture of all, at the queries of one group after another.
        own: of each group's own.
    """

    everywhere: LogSums
    own: list[LogSums]

    @property
    def work(self) -> float:
        """Pairs whose evaluation would have taken as long as that of all's density at a query."""
        return self.everywhere.work / len(self.everywhere.values)

    def over(self, other: Sums) -> Sums:
        """Of the ratios to other densities at the same queries."""
        own = [sums.over(others) for sums, others in zip(self.own, other.own, strict=True)]
        return Sums(self.everywhere.over(other.everywhere), own)


class Group:
    """The mixture of the propagations of some inputs.

    Arguments:
        share: the inputs' probability.
        centres: (m, R, d) in units of beta: R propagations of each input.
        fresh: (m, r, d) other propagations; maybe none, and nothing is then learnt of the errors
            that come from the propagations.
    """

    def __init__(
        self, share: float, centres: NDArray[np.float64], fresh: NDArray[np.float64] | None
    ) -> None:
        self.share, self.centres, self.fresh = share, centres, fresh
        self.mixture = Mixture(centres)

    def probe(
        self, n: int, rng: np.random.Generator, *, paired: bool = True, alone: bool = False
    ) -> Probes:
        """Draw the group's share of n draws.

        Arguments:
            n: draws in all groups.
            rng: source of randomness.
            paired: whether the variance between propagations is asked for, where it can be known.
            alone: whether to leave out all that tells of errors that come from propagations.
        """
        draws = 2 * max(2, round(n * self.share / 2))
        fresh = None if alone else self.fresh
        paired = paired and fresh is not None
        return place(self.mixture.tree, self.centres, fresh, draws, rng, paired=paired)

    def read(self, probes: Probes, own: LogSums) -> Entropy:
        """The group's share of the entropy of T given the group."""
        count = self.mixture.count
        return probes.read(own, probes.deleted(own, count), count).scaled(self.share)

    def compare(
        self, probes: Probes, there: LogSums, own: LogSums, total: int
    ) -> tuple[Entropy, Entropy, Entropy]:
        """The group's share of the entropies of T, of T given the group, and of the difference.

        Arguments:
            probes: of this group.
            there: logarithms of the density of all at them.
            own: of the group's own.
            total: centres of all.
        """
        count = self.mixture.count
        deleted = probes.deleted(there, total)
        more = deleted - probes.deleted(own, count)
        return (
            probes.read(there, deleted, count).scaled(self.share),
            self.read(probes, own),
            probes.read(there.over(own), more, count, crossed=True).scaled(self.share),
        )


class Groups:
    """The mixtures of the propagations of each group of inputs, and of all.

    Of one group or two, the density of all is made up of their own. Of more it is evaluated by
    itself, because most groups are far from a query.

    Arguments:
        centres: (m, R, d) in units of beta.
        fresh: (m, r, d) other propagations; maybe none.
        codes: (m,) the group of each input, from 0 on.
    """

    def __init__(
        self,
        centres: NDArray[np.float64],
        fresh: NDArray[np.float64] | None,
        codes: NDArray[np.int64],
    ) -> None:
        self.centres = centres
        self.groups = []
        for code, share in enumerate(np.bincount(codes) / len(codes)):
            rows = codes == code
            others = None if fresh is None else fresh[rows]
            self.groups.append(Group(float(share), centres[rows], others))
        self.everywhere = Mixture(centres) if len(self.groups) > FEW else None

    def thin(self, kept: int) -> None:
        """Set how many propagations of each input the cheap densities have."""
        for group in self.groups:
            group.mixture.thin(kept)
        if self.everywhere is not None:
            self.everywhere.thin(kept)

    def probe(
        self, n: int, rng: np.random.Generator, *, paired: bool = True, alone: bool = False
    ) -> list[Probes]:
        """Draw from each group its share of n draws; see `Group.probe`."""
        return [group.probe(n, rng, paired=paired, alone=alone) for group in self.groups]

    def evaluate(self, probes: Sequence[Probes], density: Density) -> Sums:
        """Evaluate the mixture of all, and each group's own, at each group's queries."""
        queries = [where.queries for where in probes]
        noise = [where.noise for where in probes]
        if self.everywhere is None:
            return self._sums_of_parts(queries, noise, density)
        return Sums(
            self.everywhere.logarithms(np.concatenate(queries), np.concatenate(noise), density),
            [
                group.mixture.logarithms(where, near, density)
                for group, where, near in zip(self.groups, queries, noise, strict=True)
            ],
        )

    def _sums_of_parts(
        self, queries: list[NDArray[np.float64]], noise: list[NDArray[np.float64]], density: Density
    ) -> Sums:
        if density is Density.RATIO:
            whole = self._sums_of_parts(queries, noise, Density.WHOLE)
            return whole.over(self._sums_of_parts(queries, noise, Density.CHEAP))
        where, sizes = np.concatenate(queries), [len(rows) for rows in queries]
        parts = []
        for group in self.groups:
            # What was drawn around other groups' propagations is far from this group's.
            near = [
                rows if other is group else np.full_like(rows, np.inf)
                for other, rows in zip(self.groups, noise, strict=True)
            ]
            parts.append(group.mixture.logarithms(where, np.concatenate(near), density))
        everywhere = mix(parts, [group.share for group in self.groups])
        return Sums(everywhere, [part.split(sizes)[at] for at, part in enumerate(parts)])

    def read(self, probes: Sequence[Probes], sums: Sums) -> GroupEntropies:
        """Read the entropies from the logarithms at the probes."""
        split = sums.everywhere.split([len(where) for where in probes])
        count = sum(group.mixture.count for group in self.groups)
        entropies = [
            group.compare(where, there, own, count)
            for group, where, there, own in zip(self.groups, probes, split, sums.own, strict=True)
        ]
        everywhere, given, information = (total(parts) for parts in zip(*entropies, strict=True))
        return GroupEntropies(everywhere, given, information)

    def compare(self, density: Density, n: int, rng: np.random.Generator) -> GroupEntropies:
        """Estimate from n draws, shared out over the groups by their probabilities.

        Arguments:
            density: whose logarithms are averaged.
            n: draws in all.
            rng: source of randomness.
        """
        probes = self.probe(n, rng, paired=density is not Density.RATIO)
        return self.read(probes, self.evaluate(probes, density))
