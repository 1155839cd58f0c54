"""Differential entropy of a mixture of Gaussians by Monte Carlo, with a bound of its numerics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.samples import positive, whole
from ib_mlflow.information.mixture.components import read_components, rounding
from ib_mlflow.information.mixture.density import evaluate
from ib_mlflow.information.mixture.overlaps import is_clearly_rare, is_rare, rare_entropy
from ib_mlflow.information.mixture.sampling import average, draw, finite_bounds
from ib_mlflow.information.mixture.tree import grow_tree
from ib_mlflow.memory import check_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.information.mixture.density import LogSums
    from ib_mlflow.information.mixture.sampling import Mean
    from ib_mlflow.information.mixture.tree import Tree

Choice = Literal["auto", "tree", "brute"]

# With a deviation of ln g of one nat, as is usual, a standard error of 0.007 nats before the noise
# is accounted for, and less after.
QUERIES = 20_000
# The draws, their noise, and copies: bytes per number.
PER_NUMBER = 40
# Below this many queries the standard error itself is uncertain by more than a tenth.
FEWEST = 100
# Nor where more than this share of the variance rests on one stratum, but for errors of so many
# parts of a draw.
LEADING, ROUGH = 0.25, 2.0


def mixture_entropy(
    centres: ArrayLike,
    *,
    beta: float,
    weights: ArrayLike | None = None,
    n_queries: int | None = None,
    tolerance: float = 1e-3,
    seed: int | np.random.Generator,
    device: str = "auto",
    method: Choice = "auto",
) -> Estimate:
    """Differential entropy of the mixture Σ w_i N(μ_i, β² I) by Monte Carlo, in nats.

    The mean of -ln g over draws from g itself. Equal centres are merged, which is exact. Then
    ln g is found at every draw either over all pairs or by a tree, in which what is far away is
    cut off and what is narrow is expanded to its second moments, both with a bound of the error.
    The draws depend on the seed, the centres, the weights and `n_queries` only: not on the
    method, nor on how many threads there are.

    Reference:
        Goldfeld et al. (2019), "Estimating information flow in deep neural networks",
        arXiv:1810.05728, equations 17 and 18 of the supplement.

    Arguments:
        centres: (k, d), or (k,) for d = 1.
        beta: standard deviation of every component, in the units of the centres.
        weights: (k,) not negative, summing to 1; equal if not given.
        n_queries: draws, at least 4; an odd number is raised by one. 20,000 if not given, which
            gives a standard error below 0.01 nats for most layers; it falls as their root.
        tolerance: largest error that the tree may make in any ln g, in nats, at most 1.
        seed: a whole number, or a generator, for the draws.
        device: where all pairs are summed: auto, cpu (compiled), or a CUDA device (by torch). The
            tree is for the CPU. The path to CUDA has only been run with torch on a CPU.
        method: tree, brute (all pairs), or auto: whichever a try of a few draws foretells to be
            faster.

    Returns:
        The entropy in nats, with the standard error of the Monte Carlo mean; n is the number of
        draws. Where components overlap rarely, half of them are made towards the overlaps, and the
        error has what they leave out; else it is never below 1/n nats. Diagnostics:
        `certificate` (nats), a bound of what cutting, expanding and rounding add to the value;
        `method`; `pairs_avoided`, the share of pairs of a draw and a given component that were
        not evaluated; `components` as given and `components_merged`; `reliable`: enough draws
        for the standard error to be believed, of whose variance at most a quarter rests on two,
        and a certificate within the tolerance.

    Raises:
        InvalidInputError: for centres, weights or a β out of their ranges (as they are named in
            the message), fewer than 4 queries, a tolerance outside (0, 1], an unknown method, a
            device that is not there, or more centres or draws than the memory holds.

    Example:
        >>> far_apart = mixture_entropy([[0.0], [50.0]], beta=1.0, seed=0)
        >>> round(far_apart.value, 6), round(math.log(2) + 0.5 * math.log(2 * math.pi * math.e), 6)
        (2.112086, 2.112086)
    """
    if method not in get_args(Choice):
        raise InvalidInputError(
            f"method must be one of {', '.join(get_args(Choice))}",
            received=repr(method),
            fix="Use 'auto' for the faster one.",
        )
    tolerance = positive(tolerance, name="tolerance")
    if tolerance > 1.0:
        raise InvalidInputError(
            "tolerance must be at most 1 nat", received=tolerance, fix="Try the default of 1e-3."
        )
    n = QUERIES if n_queries is None else whole(n_queries, name="n_queries", least=4)
    n += n % 2
    if not isinstance(seed, np.random.Generator):
        seed = whole(seed, name="seed", least=0)
    if device not in ("auto", "cpu"):
        # Only here, because it takes a second to import.
        from ib_mlflow.information.mixture.cuda import find_device

        find_device(device)
    components = read_components(centres, beta=beta, weights=weights)
    d = len(components.points)
    check_memory(
        PER_NUMBER * n * (d + 1),
        what="the draws",
        received=f"{n} queries in {d} dimensions",
        fix="Use fewer queries, and average the entropies of several seeds.",
    )
    tree = grow_tree(components.points, components.weights)
    mean, sums = _mean_logarithm(
        tree,
        n,
        np.random.default_rng(seed),
        lambda queries: evaluate(tree, queries, tolerance=tolerance, method=method, device=device),
        all_pairs=method == "brute",
    )
    certificate = mean.certificate + rounding(components.points)
    return Estimate(
        mean.value + d * (0.5 * math.log(2.0 * math.pi) + math.log(components.beta)),
        mean.error,
        "point",
        n,
        {
            "certificate": certificate,
            "method": sums.method,
            "pairs_avoided": 1.0 - sums.pairs / (n * components.given),
            "components": components.given,
            "components_merged": len(components.weights),
            "reliable": n >= FEWEST
            and certificate <= tolerance
            and (mean.leading <= LEADING or mean.error <= ROUGH / n),
        },
    )


def _mean_logarithm(
    tree: Tree,
    n: int,
    rng: np.random.Generator,
    evaluate: Callable[[NDArray[np.float64]], LogSums],
    *,
    all_pairs: bool,
) -> tuple[Mean, LogSums]:
    """Mean of -ln of the kernel sum over the mixture; from n other draws if overlaps are rare."""
    draws = draw(tree, n, rng)
    if is_clearly_rare(tree, draws, evaluate):
        return rare_entropy(tree, n, rng, evaluate, all_pairs=all_pairs)
    sums = evaluate(draws.queries)
    if is_rare(tree, draws, sums.values):
        return rare_entropy(tree, n, rng, evaluate, all_pairs=all_pairs)
    bounds = finite_bounds(tree, draws.noise, sums)
    mean = average(sums.values, bounds, draws)
    if len(tree.weights) == 1:
        return mean, sums
    # Not below what an overlap that no draw met may add: one draw in n, by about a nat.
    return mean._replace(error=math.hypot(mean.error, 1.0 / n)), sums
