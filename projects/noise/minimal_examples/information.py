"""What the neurons of a chain know: exactly, by sample propagation, and between two bounds.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 3 and 4; Kolchinsky & Tracey (2017),
    "Estimating mixture entropy with pairwise distances", Entropy 19(7).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from ib_mlflow.information import SamplePropagation
from ib_mlflow.information.exact.quadrature import LineRule, gaussians
from ib_mlflow.trajectory import COLUMNS
from projects.noise.minimal_examples.chains import LEAK, Chain, Moment, Numbers

EXACT, LOWER, UPPER = "quadrature", "pairs_lower", "pairs_upper"
ESTIMATORS = {LOWER: "lower", EXACT: "point", UPPER: "upper"}
"""The exact value between its bounds, and the kind of each."""


@dataclass(frozen=True)
class Exact:
    """What one neuron knows, from the densities of its output given each input.

    Arguments:
        i_x: I(X;T) in nats: the pairwise-distance lower bound, the value, and the upper bound.
        i_y: the same three of I(T;Y).
    """

    i_x: tuple[float, float, float]
    i_y: tuple[float, float, float]


def exact_information(chain: Chain, weights: Numbers) -> list[Exact]:
    """I(X;T) and I(T;Y) of every neuron of one network by quadrature, and their pairwise bounds.

    The first neuron's output is a mixture of Gaussians. That of a second one behind a leaky ReLU
    has a density in closed form, for given its input it is linear on both sides of the kink.

    Arguments:
        chain: of one neuron, or of two with leaky ReLU.
        weights: (layers, 2).

    Returns:
        One a layer, in nats, with an error below 1e-9.

    Example:
        >>> apart = Chain("two", "tanh", (-9.0, 9.0), (-1.0, 1.0), ((1.0, 0.0),), 0.1, 0.01)
        >>> [round(value, 6) for value in exact_information(apart, np.array(apart.initial))[0].i_x]
        [0.693147, 0.693147, 0.693147]
    """
    centres = chain.activate(weights[0, 0] * np.array(chain.inputs) + weights[0, 1])
    rule = LineRule.around(centres, smallest=chain.beta, largest=chain.beta)
    layers = [(rule, gaussians(rule.nodes, centres, chain.beta))]
    if len(weights) == 2:
        means = weights[1, 0] * centres + weights[1, 1]
        deviation = abs(float(weights[1, 0])) * chain.beta
        rule = LineRule.around(
            np.concatenate([means, LEAK * means, [0.0]]),
            smallest=chain.beta,
            largest=float(np.hypot(deviation, chain.beta)),
        )
        layers.append((rule, behind_a_kink(rule.nodes, means, deviation, chain.beta)))
    shares = np.bincount(chain.labels) / chain.labels.size
    every = np.full(chain.labels.size, 1 / chain.labels.size)
    found = []
    for rule, densities in layers:
        of_class = [densities[chain.labels == c].mean(axis=0) for c in range(shares.size)]
        found.append(
            Exact(_information(rule, densities, every), _information(rule, of_class, shares))
        )
    return found


def _information(
    rule: LineRule, densities: ArrayLike, shares: Numbers
) -> tuple[float, float, float]:
    """Information between T and which of its densities (k, q) it has: bound, value, bound.

    With Bhattacharyya's coefficient in place of exp(-D) the pairwise bound is from below, with
    the Kullback-Leibler divergence for D from above.
    """
    parts = np.maximum(densities, 1e-300)
    value = rule.entropy(shares @ parts) - shares @ rule.entropy(parts)
    weighted, logs, roots = parts * rule.weights, np.log(parts), np.sqrt(parts)
    overlap = (roots * rule.weights) @ roots.T
    divergence = np.sum(weighted * logs, axis=1)[:, None] - weighted @ logs.T
    lower, upper = (
        -float(shares @ np.log(kernel @ shares)) for kernel in (overlap, np.exp(-divergence))
    )
    return lower, float(value), upper


def behind_a_kink(points: Numbers, means: Numbers, deviation: float, beta: float) -> Numbers:
    """Density of R(U) + N(0, beta²) where U is Gaussian and R(u) = max(u, u/10).

    On each side of the kink R is linear, and U given the sum is Gaussian, cut off at the kink.

    Arguments:
        points: (q,) where.
        means: (k,) of U.
        deviation: standard deviation of U, the same for all.
        beta: standard deviation of what is added.

    Returns:
        (k, q).

    Example:
        >>> far = behind_a_kink(np.array([5.0]), np.array([5.0]), 0.3, 0.4)
        >>> bool(np.isclose(far, gaussians([5.0], [5.0], 0.5)).all())
        True
    """
    if deviation == 0.0:
        return gaussians(points, np.maximum(means, LEAK * means), beta)
    total = np.zeros((means.size, points.size))
    for slope, side in ((1.0, 1.0), (LEAK, -1.0)):
        spread = float(np.hypot(slope * deviation, beta))
        # U given the sum: the share of it that lies on this side of the kink.
        centre = means[:, None] * (beta / spread) ** 2
        centre = centre + points * (slope * (deviation / spread) ** 2)
        within = ndtr(side * centre / (deviation * beta / spread))
        total += within * gaussians(points, slope * means, spread)
    return total


def measure_chain(chain: Chain, moment: Moment, *, repeats: int, n_queries: int) -> pd.DataFrame:
    """Measure the neurons of every network at one epoch: exactly, by bounds, by propagation.

    Arguments:
        chain: what was trained.
        moment: the networks.
        repeats: propagations of each input for the sample-propagation estimate.
        n_queries: draws of its Monte Carlo integration.

    Returns:
        A trajectory's rows: `quadrature`, exact; `sp`, with its standard error; and the bounds
        `pairs_lower` and `pairs_upper`. The loss is not in nats and left out.

    Example:
        >>> chain = Chain("two", "tanh", (-9.0, 9.0), (-1.0, 1.0), ((1.0, 0.0),), 0.1, 0.01)
        >>> rows = measure_chain(chain, Moment(0, np.array([chain.initial])), repeats=4,
        ...     n_queries=100)
        >>> rows.set_index("estimator")["i_x"].round(3).to_dict()["quadrature"]
        0.693
    """
    weights = moment.weights
    # Draws of their own at every epoch, so that errors do not repeat.
    estimator = SamplePropagation(repeats=repeats, n_queries=n_queries, seed=moment.epoch)
    inputs = np.array(chain.inputs)

    def propagate(
        inputs: Any, *, seed: int, repeats: int = 1
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        del inputs  # those of the chain
        return chain.propagate(weights, seed=seed, repeats=repeats)

    parts: list[dict[str, Any]] = []
    add = partial(_add, parts, members=len(weights))
    for layer, found in estimator.layers(propagate, inputs, chain.labels, beta=chain.beta):
        columns = {name: getattr(found, name) for name in ("i_x", "i_x_se", "i_y", "i_y_se")}
        add(layer, (estimator.name, estimator.setting, "point", found.n), **columns,
            reliable=found.reliable)  # fmt: skip
    exact = [exact_information(chain, own) for own in weights]
    setting = f"beta={chain.beta:g}"
    for layer in range(weights.shape[1]):
        for place, (name, kind) in enumerate(ESTIMATORS.items()):
            i_x = np.array([layers[layer].i_x[place] for layers in exact])
            i_y = np.array([layers[layer].i_y[place] for layers in exact])
            identity = (name, setting, kind, len(chain.inputs))
            add(layer + 1, identity, i_x=i_x, i_y=i_y)
    shared = {"epoch": moment.epoch, "train_accuracy": accuracy(chain, weights)}
    frame = pd.concat([pd.DataFrame(part | shared) for part in parts], ignore_index=True)
    frame["saturated"] = frame["i_x"] >= 0.99 * chain.guides.h_x
    for name in COLUMNS:
        if name not in frame:
            frame[name] = np.nan
    return frame[list(COLUMNS)]


def accuracy(chain: Chain, weights: Numbers) -> Numbers:
    """The share of noiseless inputs whose output lies nearest to their own target, (e,)."""
    targets = np.array(sorted(set(chain.targets)))
    output = chain.centres(weights)[-1]
    nearest = np.abs(output[..., None] - targets).argmin(axis=-1)
    return np.asarray((nearest == chain.labels).mean(axis=-1))


def _add(
    parts: list[dict[str, Any]],
    layer: int,
    identity: tuple[str, str, str, int],
    *,
    members: int,
    reliable: object = True,
    **columns: Numbers,
) -> None:
    names = dict(zip(("estimator", "setting", "kind", "n"), identity, strict=True))
    zero = {"i_x_se": np.zeros(members), "i_y_se": np.zeros(members)}
    parts.append(
        {"member": np.arange(members), "layer": layer, **names, **zero, **columns}
        | {"reliable": reliable}
    )
