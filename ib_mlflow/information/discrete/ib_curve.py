"""The curve of the information bottleneck of a known joint distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.bottleneck import hard, search
from ib_mlflow.information.bottleneck.clusters import Problem
from ib_mlflow.information.bottleneck.curve import IBCurve
from ib_mlflow.information.bottleneck.descent import CONVERGED
from ib_mlflow.information.bottleneck.functions import corner, squared
from ib_mlflow.information.bottleneck.joint import Joint, read_joint
from ib_mlflow.information.inputs.samples import whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

POINTS = 60
NEARLY_ALL = 0.99  # of I(X;Y), kept at the largest tradeoff that is chosen
_INDEPENDENT = 1e-14  # I(X;Y) that is rounding, nats
_COLDEST = 2.0  # step of the tradeoff on the way to the first one


def ib_curve(
    joint: ArrayLike,
    tradeoffs: ArrayLike | None = None,
    *,
    deterministic: bool = False,
    restarts: int = 8,
    seed: int = 0,
) -> IBCurve:
    """The largest I(T;Y) at each I(X;T), for a known p(x, y) and T that knows X alone.

    The self-consistent equations are solved from the smallest tradeoff to the largest. Where y has
    at most four values each point comes with a proof: its certificate bounds how much lower the
    Lagrangian can be, over all encoders. Points without one are solved again from the largest
    tradeoff down and from random starts; they are local optima, and the result says so.

    Reference:
        Tishby, Pereira & Bialek (1999), "The information bottleneck method",
        arXiv:physics/0004057; Strouse & Schwab (2017), "The deterministic information bottleneck",
        arXiv:1604.00268; Kolchinsky, Tracey & Van Kuyk (2019), arXiv:1808.07593.

    Arguments:
        joint: (x, y) probabilities. Values of x with equal p(y | x) are treated as one.
        tradeoffs: (k,) weights of I(T;Y) against I(X;T); sorted. Without them 60, from about where
            T begins to know anything to where it keeps 99 % of I(X;Y).
        deterministic: T is a function of x, and H(T) takes the place of I(X;T).
        restarts: random starts of each point that has no proof.
        seed: of the random starts.

    Returns:
        The curve, in nats. Where y is a function of x it is min(I(X;T), H(Y)): every tradeoff above
        1 gives its corner, and without tradeoffs its points are those of the squared Lagrangian.

    Raises:
        InvalidInputError: for a joint that is no distribution, tradeoffs that are not positive and
            finite, restarts below 1 or a seed below 0.

    Example:
        >>> curve = ib_curve([[0.45, 0.05], [0.05, 0.45]], [1.5, 2.5])  # onset at 1 / 0.8²
        >>> curve.i_x.round(4).tolist(), curve.i_y.round(4).tolist()
        ([0.0, 0.6116], [0.0, 0.341])
    """
    distribution = read_joint(joint)
    restarts = whole(restarts, name="restarts")
    rng = np.random.default_rng(whole(seed, name="seed", least=0))
    if distribution.is_function and not deterministic:
        if tradeoffs is None and distribution.entropy > 0:
            return squared(distribution, POINTS)
        return corner(distribution, _tradeoffs(np.geomspace(1, 10, POINTS), tradeoffs))
    betas = _tradeoffs(None if tradeoffs is not None else _grid(distribution), tradeoffs)
    if deterministic:
        return _hard_curve(distribution, betas, restarts, rng)
    return _soft_curve(distribution, betas, restarts, rng)


def _tradeoffs(default: Array | None, tradeoffs: ArrayLike | None) -> Array:
    if tradeoffs is None and default is not None:
        return default
    try:
        array = np.atleast_1d(np.asarray(tradeoffs, np.float64))
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 1 or array.size == 0 or not ((array > 0) & (array < np.inf)).all():
        raise InvalidInputError(
            "tradeoffs must be positive and finite, of shape (k,)",
            received=tradeoffs,
            fix="Give at least one; below 1 nothing is worth knowing.",
        )
    return np.sort(array)


def _grid(joint: Joint) -> Array:
    """Tradeoffs from below the onset of the curve to nearly all of I(X;Y)."""
    if joint.information <= _INDEPENDENT:
        return np.geomspace(1, 10, POINTS)
    low, high = max(1.0, joint.local_onset / 1.1), joint.local_onset
    while low > 1 and _point(joint, low, None).fit.masses.size > 1:
        low = max(1.0, low / 1.25)
    point = None
    while point is None or point.i_y < NEARLY_ALL * joint.information:
        high *= _COLDEST
        point = _point(joint, high, point)
    return np.geomspace(low, high, POINTS)


def _point(joint: Joint, beta: float, before: search.Point | None) -> search.Point:
    """The best clusters at a tradeoff, from those at another or from none."""
    problem = Problem(joint, beta)
    if before is None:
        return search.settle(problem, problem.nothing())
    return search.settle(problem, problem.fit(*before.fit.step()))


def _soft_curve(joint: Joint, betas: Array, restarts: int, rng: np.random.Generator) -> IBCurve:
    points = _rising(joint, betas)
    before = None
    for k in reversed(range(betas.size)):
        problem = Problem(joint, float(betas[k]))
        if search.is_proved(points[k]):
            continue
        start = problem.everything() if before is None else problem.fit(*before.fit.step())
        before = search.settle(problem, start)
        points[k] = search.better(problem, points[k], before)
        for _ in range(restarts):
            again = search.settle(problem, search.random_start(problem, rng))
            points[k] = search.better(problem, points[k], again)
    return IBCurve(
        betas,
        np.array([point.i_x for point in points]),
        np.array([point.i_y for point in points]),
        1 / betas,
        np.array([point.fit.masses.size for point in points]),
        np.array([point.certificate for point in points]),
        np.array([point.fit.residual <= CONVERGED for point in points]),
        joint.information,
        joint.entropy,
        remark="" if all(map(search.is_proved, points)) else "some points are local optima",
        _encoders=[point.fit.encoder for point in points],
        _group=joint.group,
    )


def _rising(joint: Joint, betas: Array) -> list[search.Point]:
    """Points from the smallest tradeoff to the largest, each from the one before."""
    points: list[search.Point] = []
    before, warm = None, max(1.0, min(joint.local_onset, float(betas[0])))
    while warm * _COLDEST < betas[0]:  # the first one is approached, too
        before = _point(joint, warm := warm * _COLDEST, before)
    for beta in betas.tolist():
        before = _point(joint, beta, before)
        points.append(before)
    return points


def _hard_curve(joint: Joint, betas: Array, restarts: int, rng: np.random.Generator) -> IBCurve:
    encoders = [hard.best_partition(joint, float(beta), restarts, rng) for beta in betas]
    planes = np.array([hard.informations(joint, encoder) for encoder in encoders])
    # what is found at one tradeoff may be the best that is known at another
    best = [int((planes[:, 0] - beta * planes[:, 1]).argmin()) for beta in betas]
    encoders, (i_x, i_y) = [encoders[k] for k in best], planes[best].T
    exact = joint.conditionals.shape[1] <= 2
    return IBCurve(
        betas, i_x, i_y, 1 / betas, np.array([encoder.shape[1] for encoder in encoders]),
        np.full(betas.size, 0.0 if exact else np.nan), np.ones(betas.size, bool),
        joint.information, joint.entropy,
        remark="" if exact else "the points are local optima",
        _encoders=encoders, _group=joint.group,
    )  # fmt: skip
