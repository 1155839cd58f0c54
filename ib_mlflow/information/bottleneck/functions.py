"""The information bottleneck's curve where y is a function of x: min(I(X;T), H(Y))."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import entr

from ib_mlflow.information.bottleneck.curve import IBCurve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.bottleneck.joint import Joint

    Array = NDArray[np.float64]


def corner(joint: Joint, tradeoffs: Array) -> IBCurve:
    """The curve where y is a function of x: every tradeoff above 1 gives T = Y.

    I(X;T) - β I(T;Y) is at least (1 - β) I(T;Y), which is least at 0 or at H(Y).
    """
    entropy = joint.entropy
    keeps = tradeoffs > 1
    information = np.where(keeps, entropy, 0.0)
    everything, nothing = np.eye(joint.weights.size), np.ones((joint.weights.size, 1))
    return IBCurve(
        tradeoffs, information, information.copy(), 1 / tradeoffs,
        np.where(keeps, joint.weights.size, 1), np.zeros(tradeoffs.size),
        np.ones(tradeoffs.size, bool), entropy, entropy,
        remark="y is a function of x: the curve is min(I(X;T), H(Y)), and every tradeoff above 1 "
        "gives its corner; leave tradeoffs out for points between, by the squared Lagrangian",
        _encoders=[everything if kept else nothing for kept in keeps], _group=joint.group,
    )  # fmt: skip


def squared(joint: Joint, count: int) -> IBCurve:
    """Points of min(I(X;T), H(Y)) by the squared Lagrangian, where y is a function of x.

    I(X;T)² - β I(T;Y) is least at I(X;T) = I(T;Y) = β / 2 up to H(Y): T is Y, erased at times.

    Reference:
        Kolchinsky, Tracey & Van Kuyk (2019), "Caveats for information bottleneck in deterministic
        scenarios", arXiv:1808.07593, section 4.
    """
    entropy, n = joint.entropy, joint.weights.size
    shares = np.arange(1, count + 1) / count
    encoders = [np.hstack([a * np.eye(n), np.full((n, 1), 1 - a)])[:, : n + (a < 1)]
                for a in shares]  # fmt: skip
    i_x = shares * float(entr(joint.weights).sum())
    return IBCurve(
        2 * i_x, i_x, i_x.copy(), np.ones(count), np.where(shares < 1, n + 1, n), np.zeros(count),
        np.ones(count, bool), entropy, entropy, "squared",
        "y is a function of x: the curve is min(I(X;T), H(Y)); its points are of the squared "
        "Lagrangian, since every tradeoff above 1 of the linear one gives the corner",
        _encoders=encoders, _group=joint.group,
    )  # fmt: skip
