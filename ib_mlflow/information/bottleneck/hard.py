"""The deterministic bottleneck: T is a function of x, and H(T) takes the place of I(X;T).

H(T) - β I(T;Y) is a sum over clusters of -q ln q + β q H(Y | t), but for a constant, and concave in
q(t | x), so that conditionals that are equal share a cluster. It is also where the best t(x) is
the one of the largest ln q(t) - β D[p(y|x) ‖ q(y|t)], which is linear in p(y|x): of two values of
y, clusters are runs of the conditionals in their order, and the best runs are found by dynamic
programming. Otherwise the two steps alternate, then single conditionals move to other clusters for
as long as that helps, and what this ends in is local.

Reference:
    Strouse & Schwab (2017), "The deterministic information bottleneck", arXiv:1604.00268.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import entr, rel_entr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.bottleneck.joint import Joint

    Array = NDArray[np.float64]


def best_partition(joint: Joint, beta: float, restarts: int, rng: np.random.Generator) -> Array:
    """The encoder (n, k), of zeros and ones, of the lowest H(T) - β I(T;Y) found."""
    n, c = joint.conditionals.shape
    if c <= 2:
        return _one_hot(_runs(joint, beta))
    starts = [np.arange(n), np.zeros(n, np.int64)]
    starts += [rng.integers(rng.integers(2, n + 1), size=n) for _ in range(restarts)]
    partitions = [
        _one_hot(_moved(joint, beta, _alternated(joint, beta, start))) for start in starts
    ]
    lagrangians = [lagrangian(joint, beta, partition) for partition in partitions]
    return partitions[int(np.argmin(lagrangians))]


def informations(joint: Joint, encoder: Array) -> tuple[float, float]:
    """H(T) and I(T;Y) of a partition (n, k), nats."""
    shares = joint.weights[:, None] * encoder
    masses = shares.sum(axis=0)
    centres = (shares.T @ joint.conditionals) / masses[:, None]
    i_y = masses @ rel_entr(centres, joint.marginal).sum(axis=1)
    return float(entr(masses).sum()), float(i_y)


def lagrangian(joint: Joint, beta: float, encoder: Array) -> float:
    """H(T) - β I(T;Y) in nats."""
    entropy, i_y = informations(joint, encoder)
    return entropy - beta * i_y


def _one_hot(labels: NDArray[np.int64]) -> Array:
    _, codes = np.unique(labels, return_inverse=True)
    return np.asarray(np.eye(codes.max() + 1)[codes])


def _runs(joint: Joint, beta: float) -> NDArray[np.int64]:
    """The best division of the conditionals (n, 1 or 2) into runs of neighbours."""
    n = joint.weights.size
    order = np.argsort(joint.conditionals[:, 0])
    weights = joint.weights[order]
    masses = np.concatenate([[0.0], np.cumsum(weights)])
    joints = weights[:, None] * joint.conditionals[order]
    sums = np.concatenate([np.zeros((1, joints.shape[1])), np.cumsum(joints, axis=0)])
    costs, starts = np.zeros(n + 1), np.zeros(n + 1, np.int64)
    for end in range(1, n + 1):
        mass = masses[end] - masses[:end]
        parts = np.maximum(sums[end] - sums[:end], 0.0)
        conditional = entr(parts).sum(axis=1) - entr(mass)  # q H(Y | t)
        totals = costs[:end] + entr(mass) + beta * conditional
        starts[end] = totals.argmin()
        costs[end] = totals[starts[end]]
    labels = np.empty(n, np.int64)
    end = n
    while end > 0:
        labels[order[starts[end] : end]] = starts[end]
        end = int(starts[end])
    return labels


def _alternated(joint: Joint, beta: float, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The two steps in turn, as long as they lower the Lagrangian."""
    before = np.inf
    while True:
        encoder = _one_hot(labels)
        value = lagrangian(joint, beta, encoder)
        if value >= before - 1e-14:
            return labels
        before = value
        shares = joint.weights[:, None] * encoder
        masses = shares.sum(axis=0)
        centres = (shares.T @ joint.conditionals) / masses[:, None]
        divergences = rel_entr(joint.conditionals[:, None], centres).sum(axis=2)
        labels = np.argmax(np.log(masses) - beta * divergences, axis=1)


def _moved(joint: Joint, beta: float, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every conditional where the Lagrangian is lowest, the others staying where they are."""
    n = labels.size
    shares = joint.weights[:, None] * joint.conditionals
    _, labels = np.unique(labels, return_inverse=True)
    sums = np.zeros((n + 1, shares.shape[1]))  # of each cluster; one at least is empty
    np.add.at(sums, labels, shares)
    moved = True
    while moved:
        moved = False
        for x in range(n):
            old = labels[x]
            sums[old] = np.maximum(sums[old] - shares[x], 0.0)
            if not (labels == old).sum() > 1:
                sums[old] = 0.0
            rises = _costs(sums + shares[x], beta) - _costs(sums, beta)
            new = int(rises.argmin())
            if rises[new] < rises[old] - 1e-13:
                labels[x], moved = new, True
            sums[labels[x]] += shares[x]
    return labels


def _costs(sums: Array, beta: float) -> Array:
    """-q ln q + β q H(Y | t) of clusters with sums p(t, y) (k, c)."""
    spread = entr(sums.sum(axis=1))
    return np.asarray(spread + beta * (entr(sums).sum(axis=1) - spread))
