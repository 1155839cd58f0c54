"""How many draws, of which density: in one phase, or in two where thousands of centres overlap.

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

from ib_mlflow.information.propagation.groups import Group, Grouped, Groups
from ib_mlflow.information.propagation.mixtures import Density
from ib_mlflow.information.propagation.terms import Entropy, total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.propagation.groups import Sums
    from ib_mlflow.information.propagation.probes import Probes

# Centres of the cheap densities that are tried: so many, and so many times more.
SOME, STEP = 8192, 4
PILOT = 256  # draws that the choice rests on
# The information between T and the groups may vary by so much of what the entropy of T does.
ALIKE = 1 / 4
SMALLEST = 1e-30  # a variance of nothing, in nats²
# Two phases must promise to take at most so much of the work of one.
WORTH = 2 / 3


@dataclass(frozen=True)
class Plan:
    """Which densities are averaged over how many draws.

    Arguments:
        phases: each density with its number of draws.
        some: propagations of each input in the cheap density; 0 for none.
        work: pairs whose evaluation would take as long.
    """

    phases: tuple[tuple[Density, int], ...]
    some: int
    work: float

    def carry_out(self, groups: Groups, rng: np.random.Generator, share: float = 1.0) -> Grouped:
        """Estimate from a share of the draws."""
        if self.some:
            groups.thin(self.some)
        found = [groups.compare(density, round(share * n), rng) for density, n in self.phases]
        return Grouped(
            total(part.everywhere for part in found),
            total(part.given for part in found),
            total(part.apart for part in found),
        )


def group_entropies(
    centres: NDArray[np.float64],
    fresh: NDArray[np.float64] | None,
    codes: NDArray[np.int64],
    n: int,
    rng: np.random.Generator,
) -> Grouped:
    """Entropies of T, and of T given the group of its input.

    Arguments:
        centres: (m, R, d) in units of beta: R propagations of each input, even.
        fresh: (m, r, d) other propagations; none if every input has but one centre, which is then
            exact.
        codes: (m,) the group of each input, from 0 on.
        n: draws in all.
        rng: source of randomness.
    """
    whole = Groups(centres, fresh, codes)
    plan = _plan(whole, n, rng)
    found = plan.carry_out(whole, rng)
    if fresh is None:
        return found
    del whole  # before another of its kind is made
    half = Groups(centres[:, : centres.shape[1] // 2], None, codes)
    fewer = plan.carry_out(half, rng, share=0.5)
    return Grouped(
        replace(found.everywhere, half=fewer.everywhere.value),
        replace(found.given, half=fewer.given.value),
        replace(found.apart, half=fewer.apart.value),
    )


def given_few_inputs(
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
    for one, other in zip(np.split(centres, m), np.split(fresh, m), strict=True):
        whole.append(_given_one(Group(1 / m, one, other), n, rng))
        half.append(_given_one(Group(1 / m, one[:, : repeats // 2], None), n // 2, rng))
    return replace(total(whole), half=total(half).value)


def _given_one(group: Group, n: int, rng: np.random.Generator) -> Entropy:
    probes = group.probe(n, rng)
    sums = group.mixture.logarithms(probes.queries, probes.noise, Density.WHOLE)
    return group.read(probes, sums)


def _plan(groups: Groups, n: int, rng: np.random.Generator) -> Plan:
    """Choose so that the variance is that of n draws of the density itself, for the least work."""
    m, repeats, _ = groups.centres.shape
    some = -(-SOME // m)
    plan = Plan(((Density.WHOLE, n),), 0, 0.0)
    if n < PILOT or STEP * some > repeats:
        return plan
    probes = groups.probe(PILOT, rng, alone=True)
    whole = groups.evaluate(probes, Density.WHOLE)
    plan = replace(plan, work=WORTH * n * whole.work)
    # A draw that costs less than a centre of every input is cheap already.
    while STEP * some <= repeats and n * m < plan.work:
        groups.thin(some)
        cheap = groups.evaluate(probes, Density.CHEAP)
        plan = min(plan, _two_phases(groups, probes, whole, cheap, n, some), key=lambda p: p.work)
        some *= STEP
    return plan


def _two_phases(
    groups: Groups, probes: list[Probes], whole: Sums, cheap: Sums, n: int, some: int
) -> Plan:
    """The numbers of draws that are best, by the variances of both phases in the same draws."""
    ratio = whole.over(cheap)
    one, other = groups.read(probes, cheap), groups.read(probes, ratio)
    alike = max(one.apart.variance, ALIKE * one.everywhere.variance, SMALLEST)
    relative = max(
        other.everywhere.variance / max(one.everywhere.variance, SMALLEST),
        other.apart.variance / alike,
    )
    dearer = ratio.work / cheap.work
    many = 2 * round(n / 2 * (1 + math.sqrt(relative * dearer)))
    few = max(PILOT, 2 * round(n / 2 * (relative + math.sqrt(relative / dearer))))
    phases = (Density.CHEAP, many), (Density.RATIO, few)
    return Plan(phases, some, many * cheap.work + few * ratio.work)
