"""What the neurons of a chain know: exactly, by sample propagation, and between two bounds.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 3 and 4; Kolchinsky & Tracey (2017),
    "Estimating mixture entropy with pairwise distances", Entropy 19(7).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from ib_mlflow.information import SamplePropagation
from ib_mlflow.information.exact.quadrature import LineRule, gaussians
from ib_mlflow.trajectory import COLUMNS
from ib_mlflow.trajectory.members import Numbers
from .chains import LEAK, Chain, ChainSnapshot

EXACT, LOWER, UPPER = "quadrature", "pairs_lower", "pairs_upper"
KINDS = {LOWER: "lower", EXACT: "point", UPPER: "upper"}
"""By estimator the kind of its values, which is their name in `Bounded`."""


@dataclass(frozen=True)
class Bounded:
    """An information between its pairwise-distance bounds, in nats.

    Arguments:
        lower: the bound from below.
        point: the value.
        upper: the bound from above.
    """

    lower: float
    point: float
    upper: float


@dataclass(frozen=True)
class Exact:
    """What one neuron knows, from the densities of its output given each input.

    Arguments:
        i_x: I(X;T).
        i_y: I(T;Y).
    """

    i_x: Bounded
    i_y: Bounded


def exact_information(chain: Chain, weights: Numbers) -> dict[int, Exact]:
    """I(X;T) and I(T;Y) of every neuron of one network by quadrature, and their pairwise bounds.

    The first neuron's output is a mixture of Gaussians. That of a second one behind a leaky ReLU
    has a density in closed form, for given its input it is linear on both sides of the kink.

    Arguments:
        chain: of one neuron, or of two with leaky ReLU.
        weights: (layers, 2).

    Returns:
        By layer, with an error below 1e-9 nats.

    Example:
        >>> distant = Chain("two", "tanh", (-9.0, 9.0), (-1.0, 1.0), ((1.0, 0.0),), 0.1, 0.01)
        >>> round(exact_information(distant, np.array(distant.initial))[1].i_x.point, 6)
        0.693147
    """
    centres = chain.activate(weights[0, 0] * np.array(chain.inputs) + weights[0, 1])
    rule = LineRule.around(centres, smallest=chain.beta, largest=chain.beta)
    layers = {1: (rule, gaussians(rule.nodes, centres, chain.beta))}
    if len(weights) == 2:
        means = weights[1, 0] * centres + weights[1, 1]
        deviation = abs(float(weights[1, 0])) * chain.beta
        rule = LineRule.around(
            np.concatenate([means, LEAK * means, [0.0]]),
            smallest=chain.beta,
            largest=float(np.hypot(deviation, chain.beta)),
        )
        layers[2] = (rule, behind_a_kink(rule.nodes, means, deviation, chain.beta))
    labels = chain.labels
    of_classes = np.bincount(labels) / labels.size
    of_inputs = np.full(labels.size, 1 / labels.size)
    exact = {}
    for layer, (rule, densities) in layers.items():
        by_class = [densities[labels == c].mean(axis=0) for c in range(of_classes.size)]
        exact[layer] = Exact(
            _information(rule, densities, of_inputs), _information(rule, by_class, of_classes)
        )
    return exact


def _information(rule: LineRule, densities: ArrayLike, shares: Numbers) -> Bounded:
    """Information between T and which of its densities (k, q) it has.

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
    return Bounded(lower, float(value), upper)


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


def greatest_falls(curves: Numbers) -> Numbers:
    """How far each curve lies below what it has reached before, at most.

    Exact curves have no errors, so that nothing is added by choosing where.

    Arguments:
        curves: (*, t) in any unit.

    Returns:
        (*,) in the same unit, 0 for one that never falls.

    Example:
        >>> greatest_falls(np.array([[0.0, 2.0, 1.0, 3.0, 2.5], [0.0, 1.0, 1.0, 2.0, 3.0]]))
        array([1., 0.])
    """
    return np.asarray(np.max(np.maximum.accumulate(curves, axis=-1) - curves, axis=-1))


def measure_chain(
    chain: Chain, snapshot: ChainSnapshot, *, repeats: int, n_queries: int
) -> pd.DataFrame:
    """Measure the neurons of every network at one epoch: exactly, by bounds, by propagation.

    Arguments:
        chain: what was trained.
        snapshot: the networks.
        repeats: propagations of each input for the sample-propagation estimate.
        n_queries: draws of its Monte Carlo integration.

    Returns:
        A trajectory's rows: `quadrature`, exact; `sp`, with its standard error; and the bounds
        `pairs_lower` and `pairs_upper`. The loss is not in nats and left out.

    Example:
        >>> chain = Chain("two", "tanh", (-9.0, 9.0), (-1.0, 1.0), ((1.0, 0.0),), 0.1, 0.01)
        >>> snapshot = ChainSnapshot(0, np.array([chain.initial]))
        >>> rows = measure_chain(chain, snapshot, repeats=4, n_queries=100)
        >>> rows.set_index("estimator")["i_x"].round(3).to_dict()["quadrature"]
        0.693
    """
    weights = snapshot.weights
    # Draws of their own at every epoch, so that errors do not repeat.
    estimator = SamplePropagation(repeats=repeats, n_queries=n_queries, seed=snapshot.epoch)
    parts = [*_propagated_rows(chain, weights, estimator), *_exact_rows(chain, weights)]
    frame = pd.concat(parts, ignore_index=True)
    frame["epoch"] = snapshot.epoch
    frame["train_accuracy"] = accuracy(chain, weights)[frame["member"]]
    frame["saturated"] = frame["i_x"] >= 0.99 * chain.guides.h_x
    return frame.reindex(columns=list(COLUMNS))


def accuracy(chain: Chain, weights: Numbers) -> Numbers:
    """The share of noiseless inputs whose output lies nearest to their own target, (e,)."""
    targets = np.array(sorted(set(chain.targets)))
    output = chain.centres(weights)[chain.layers[-1]]
    nearest = np.abs(output[..., None] - targets).argmin(axis=-1)
    return np.asarray((nearest == chain.labels).mean(axis=-1))


def _propagated_rows(
    chain: Chain, weights: Numbers, estimator: SamplePropagation
) -> Iterator[pd.DataFrame]:
    def propagate(
        inputs: Any, *, seed: int, repeats: int = 1
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        del inputs  # those of the chain
        return chain.propagate(weights, seed=seed, repeats=repeats)

    inputs = np.array(chain.inputs)
    for layer, estimates in estimator.layers(propagate, inputs, chain.labels, beta=chain.beta):
        columns = ("i_x", "i_x_se", "i_y", "i_y_se", "reliable", "n")
        yield pd.DataFrame(
            {
                "member": np.arange(len(weights)),
                "layer": layer,
                "estimator": estimator.name,
                "setting": estimator.setting,
                "kind": "point",
                **{column: getattr(estimates, column) for column in columns},
            }
        )


def _exact_rows(chain: Chain, weights: Numbers) -> Iterator[pd.DataFrame]:
    networks = [exact_information(chain, network) for network in weights]
    for layer in chain.layers:
        for name, kind in KINDS.items():
            yield pd.DataFrame(
                {
                    "member": np.arange(len(weights)),
                    "layer": layer,
                    "estimator": name,
                    "setting": f"beta={chain.beta:g}",
                    "kind": kind,
                    "n": len(chain.inputs),
                    "i_x": [getattr(network[layer].i_x, kind) for network in networks],
                    "i_y": [getattr(network[layer].i_y, kind) for network in networks],
                    "i_x_se": 0.0,
                    "i_y_se": 0.0,
                    "reliable": True,
                }
            )
