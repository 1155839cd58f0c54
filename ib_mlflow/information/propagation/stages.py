"""How many draws, of which density: in one stage, or in two where thousands of centres overlap.

There the mixture of some propagations has nearly the density of the mixture of all, and is cheap.
The mean of its logarithm is taken over many draws, and that of the ratio of the two over a few.

Reference:
    Giles (2015), "Multilevel Monte Carlo methods", Acta Numerica 24, section 1.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.propagation.groups import Group, GroupEntropies, Groups
from ib_mlflow.information.propagation.mixtures import Density
from ib_mlflow.information.propagation.rare import rare_group_entropies
from ib_mlflow.information.propagation.terms import Entropy, total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.propagation.groups import Sums
    from ib_mlflow.information.propagation.probes import Probes

# Centres of the cheap densities that are tried: so many, and so many times more.
LEAST, STEP = 8192, 4
PILOT = 256  # draws that the choice rests on
# The information between T and the groups may vary by so much of what the entropy of T does.
ALIKE = 1 / 4
SMALLEST = 1e-30  # a variance of nothing, in nats²
# Two stages must promise to take at most so much of the work of one.
WORTH = 2 / 3


@dataclass(frozen=True)
class Plan:
    """Which densities are averaged over how many draws.

    Arguments:
        stages: each density with its number of draws.
        kept: propagations of each input in the cheap density; 0 for none.
        work: pairs whose evaluation would take as long.
    """

    stages: tuple[tuple[Density, int], ...]
    kept: int
    work: float

    def estimate(
        self, groups: Groups, rng: np.random.Generator, share: float = 1.0
    ) -> GroupEntropies:
        """Estimate the entropies from a share of the draws."""
        if self.kept:
            groups.thin(self.kept)
        parts = [groups.compare(density, round(share * n), rng) for density, n in self.stages]
        return GroupEntropies(
            total(part.everywhere for part in parts),
            total(part.given for part in parts),
            total(part.information for part in parts),
        )


def group_entropies(
    centres: NDArray[np.float64],
    fresh: NDArray[np.float64] | None,
    codes: NDArray[np.int64],
    n: int,
    rng: np.random.Generator,
) -> GroupEntropies:
    """Entropies of T, and of T given the group of its input.

    Arguments:
        centres: (m, R, d) in units of beta: R propagations of each input, even.
        fresh: (m, r, d) other propagations; none if every input has but one centre, which is then
            exact.
        codes: (m,) the group of each input, from 0 on.
        n: draws in all.
        rng: source of randomness.
    """
    rare = rare_group_entropies(centres, codes, n, rng) if fresh is None else None
    if rare is not None:
        return rare
    whole = Groups(centres, fresh, codes)
    plan = _plan(whole, n, rng)
    entropies = plan.estimate(whole, rng)
    if fresh is None:
        return entropies
    del whole  # before another of its kind is made
    half = Groups(centres[:, : centres.shape[1] // 2], None, codes)
    fewer = plan.estimate(half, rng, share=0.5)
    return GroupEntropies(
        replace(entropies.everywhere, half=fewer.everywhere.value),
        replace(entropies.given, half=fewer.given.value),
        replace(entropies.information, half=fewer.information.value),
    )


def entropy_given_few_inputs(
    centres: NDArray[np.float64], fresh: NDArray[np.float64], n: int, rng: np.random.Generator
) -> Entropy:
    """Entropy of T given the input, for inputs with many propagations each.

    Arguments:
        centres: (m, r, d) in units of beta, r even.
        fresh: (m, R, d) other propagations.
        n: draws in all.
        rng: source of randomness.
    """
    m, repeats, _ = centres.shape
    whole, half = [], []
    for own, others in zip(np.split(centres, m), np.split(fresh, m), strict=True):
        whole.append(_entropy_given_group(Group(1 / m, own, others), n, rng))
        half.append(_entropy_given_group(Group(1 / m, own[:, : repeats // 2], None), n // 2, rng))
    return replace(total(whole), half=total(half).value)


def _entropy_given_group(group: Group, n: int, rng: np.random.Generator) -> Entropy:
    probes = group.probe(n, rng)
    sums = group.mixture.logarithms(probes.queries, probes.noise, Density.WHOLE)
    return group.read(probes, sums)


def _plan(groups: Groups, n: int, rng: np.random.Generator) -> Plan:
    """Choose so that the variance is that of n draws of the density itself, for the least work."""
    m, repeats, _ = groups.centres.shape
    kept = -(-LEAST // m)
    plan = Plan(((Density.WHOLE, n),), 0, 0.0)
    if n < PILOT or STEP * kept > repeats:
        return plan
    probes = groups.probe(PILOT, rng, alone=True)
    whole = groups.evaluate(probes, Density.WHOLE)
    plan = replace(plan, work=WORTH * n * whole.work)
    # A draw that costs less than a centre of every input is cheap already.
    while STEP * kept <= repeats and n * m < plan.work:
        groups.thin(kept)
        cheap = groups.evaluate(probes, Density.CHEAP)
        plan = min(plan, _two_stages(groups, probes, whole, cheap, n, kept), key=lambda p: p.work)
        kept *= STEP
    return plan


def _two_stages(
    groups: Groups, probes: list[Probes], whole: Sums, cheap: Sums, n: int, kept: int
) -> Plan:
    """The numbers of draws that are best, by the variances of both stages in the same draws."""
    ratio = whole.over(cheap)
    easy, rest = groups.read(probes, cheap), groups.read(probes, ratio)
    alike = max(easy.information.variance, ALIKE * easy.everywhere.variance, SMALLEST)
    relative = max(
        rest.everywhere.variance / max(easy.everywhere.variance, SMALLEST),
        rest.information.variance / alike,
    )
    dearer = ratio.work / cheap.work
    many = 2 * round(n / 2 * (1 + math.sqrt(relative * dearer)))
    few = max(PILOT, 2 * round(n / 2 * (relative + math.sqrt(relative / dearer))))
    stages = (Density.CHEAP, many), (Density.RATIO, few)
    return Plan(stages, kept, many * cheap.work + few * ratio.work)
