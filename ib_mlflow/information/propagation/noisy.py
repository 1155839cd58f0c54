"""I(X;T) and I(T;Y) of every hidden layer of a noisy network, by propagation of samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.estimate import LayerInformation
from ib_mlflow.information.inputs.labels import labels_suffice
from ib_mlflow.information.inputs.samples import MODERATE, real_array, whole
from ib_mlflow.information.inputs.symbols import layer_labels
from ib_mlflow.information.propagation.layer import layer_information
from ib_mlflow.information.propagation.passes import check_propagate, check_size, two_passes
from ib_mlflow.information.propagation.theory import guarantees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.information.protocols import Propagate

REPEATS = 64
DRAWS = 10_000
# Doubt begins where the bounds leave open more than this share of what there is to know, or where
# half of the propagations give a value further away than so many nats.
OPEN, DOUBT = 0.02, 0.05
# With fewer propagations of an input the standard error is itself too small.
FEW = 16
# Propagations of one input may differ by so many beta in the first layer, as rounding makes them.
ROUNDING = 0.05


def noisy_information(
    propagate: Propagate,
    inputs: Any,
    labels: ArrayLike,
    *,
    beta: ArrayLike,
    seed: int,
    repeats: int = REPEATS,
    n_queries: int = DRAWS,
) -> Iterator[tuple[int, LayerInformation]]:
    """I(X;T) and I(T;Y) of every hidden layer of noisy networks, by sample propagation.

    X is one of the m inputs, all equally likely, and T = S + N(0, beta² I) the layer. The density
    of T is approximated by the mixture of Gaussians around the activations S of fresh
    propagations: `repeats` of every input for T, and again as many for T given the input, whose
    entropy in the first layer is exactly (d/2) ln(2 pi e beta²). I(T;Y) compares the mixture with
    those of its parts of one label.

    Both entropies are too low on average, and their difference too high, by less the more
    propagations there are. With q the mixtures, the mean of ln q(T | X) - ln q(T) at propagations
    that q does not know is too low on average: it is reported as the lower bound.

    Reference:
        Goldfeld et al. (2019), "Estimating information flow in deep neural networks",
        arXiv:1810.05728, equations 2, 17 and 18. The lower bound: Barber and Agakov (2003), "The
        IM algorithm", NIPS 16.

    Arguments:
        propagate: the networks, as `Ensemble.propagate`, called as
            propagate(inputs, seed=..., repeats=...); it yields (layer, (*, m * repeats, d)) for
            any leading axes.
        inputs: m inputs, as `propagate` takes them.
        labels: (m,) discrete symbols.
        beta: standard deviation of the noise, one number or one for each leading index.
        seed: a whole number, for propagations and draws.
        repeats: propagations of every input, an even number from 4 on. The paper has
            4·10⁶ centres of inputs that are drawn at random; 976 of each of 4096 are about
            as many. How many it has of one input, for h(T | X), it does not print.
        n_queries: draws from the mixture of all, at least 100. The standard error is about
            1/sqrt(n_queries).

    Returns:
        An iterator of (layer, information), each layer measured when it is asked for; `dict(...)`
        collects them. In nats. The standard error is that of the whole estimate, over draws and
        propagations, and includes the bias: 1.96 of it are to hold the truth in 95 of 100 cases.
        Diagnostics, arrays of the leading shape, for v in i_x, i_y: `v_bias`, the bias by the
        jackknife; `v_half`, the estimate from half of the propagations; `v_lower`, whose
        expectation is at most the truth, while that of the estimate is at least the truth, and
        `v_lower_se`, its standard error; `certificate`, the largest error of bounded numerics;
        `entropy`, h(T); `risk`, `bias_floor` and `monte_carlo`, guarantees in place of theorems 4
        to 7; `repeats`, 1 in the first layer. n is the number of centres. `saturated`: I(X;T) is
        within 1 % of ln m.
        `reliable`: both lower bounds are within 2 % of ln m and of H(Y) of their estimates, but
        for two standard errors of both; half of the propagations give the same within 0.05, but
        for two standard errors; where standard errors, less the bias, excuse 0.05 nats at most,
        and two of them with it are 0.1 at most; the certificate is within 0.05; there are 16
        propagations or more, but for the first layer; and there are enough inputs of each label
        (`labels_suffice`).

    Raises:
        InvalidInputError: for networks that cannot be called so, labels that do not fit the
            inputs, a beta outside 1e-100 to 1e100, an odd or too small number of repeats, too few
            queries, more propagations than memory is left for; and, when a layer is asked for,
            activations that are NaN, infinite, or of another shape, or that differ between
            propagations of one input in the first layer, and passes that yield different layers.

    Example:
        >>> def propagate(inputs, *, seed, repeats=1):
        ...     random = np.random.default_rng(seed)
        ...     first = np.repeat(inputs, repeats, axis=0)
        ...     yield 1, first
        ...     yield 2, np.tanh(first + 0.5 * random.normal(size=first.shape))
        >>> layers = noisy_information(
        ...     propagate, [[-2.0], [2.0]], [0, 1], beta=0.5, seed=0, repeats=512)
        >>> [round(float(information.i_x), 2) for layer, information in layers]
        [0.69, 0.61]
    """
    check_propagate(propagate)
    m = len(inputs)
    codes = np.unique(layer_labels(labels, m), return_inverse=True)[1].reshape(m)
    deviations = real_array(beta, name="beta").astype(np.float64)
    truth = np.asarray(beta).dtype.kind == "b"
    if truth or not ((deviations >= 1 / MODERATE) & (deviations <= MODERATE)).all():
        raise InvalidInputError(
            f"beta must be positive, and lie between {1 / MODERATE:g} and {MODERATE:g}",
            received=beta,
            fix="Leave out networks without noise: their information is ln m, or infinite.",
        )
    check_setting(repeats, n_queries, seed)
    check_size(m, repeats, n_queries)
    passes = two_passes(propagate, inputs, m, repeats, seed)
    return _layers(passes, codes, deviations, repeats=repeats, draws=n_queries, seed=seed)


def check_setting(repeats: int, n_queries: int, seed: int) -> None:
    """Refuse settings out of their ranges.

    Raises:
        InvalidInputError: as `noisy_information` does.
    """
    if whole(repeats, name="repeats", least=4) % 2:
        raise InvalidInputError(
            "repeats must be even", received=repeats, fix="Half of them check the other half."
        )
    whole(n_queries, name="n_queries", least=100)
    whole(seed, name="seed", least=0)


def _layers(
    passes: Iterator[tuple[int, NDArray[Any], NDArray[Any], tuple[int, ...]]],
    codes: NDArray[np.int64],
    beta: NDArray[np.float64],
    *,
    repeats: int,
    draws: int,
    seed: int,
) -> Iterator[tuple[int, LayerInformation]]:
    m = len(codes)
    for layer, activations, others, leading in passes:
        check_size(m, repeats if layer > 1 else 1, draws, activations.shape[2])
        try:
            deviations = np.broadcast_to(beta, leading).reshape(len(activations))
        except ValueError:
            raise InvalidInputError(
                "beta must be one number, or one for each network",
                received=f"shape {beta.shape} beside networks of shape {leading}",
                fix="Give the ensemble's own beta.",
            ) from None
        shape = m, repeats, activations.shape[2]
        rows = []
        for member, deviation in enumerate(deviations.tolist()):
            rng = np.random.default_rng([seed, layer, member])
            centres = activations[member].reshape(shape)
            fresh = others[member].reshape(shape) if layer > 1 else None
            if fresh is None:
                _check_alike(centres, deviation)
                centres = centres[:, :1]
            rows.append(_measure(centres, fresh, codes, beta=deviation, draws=draws, rng=rng))
        columns = {name: np.array([row[name] for row in rows]).reshape(leading) for name in rows[0]}
        yield layer, _collect(columns, codes, m * (repeats if layer > 1 else 1))


def _check_alike(centres: NDArray[Any], beta: float) -> None:
    """Refuse propagations of one input that differ by more than rounding."""
    if np.ptp(centres, axis=1).max() > ROUNDING * beta:
        raise InvalidInputError(
            "the first hidden layer must follow from the input, but for its own noise",
            received="propagations of one input that differ there",
            fix="Yield activations before the layer's own noise, layers counted from 1.",
        )


def _measure(
    centres: NDArray[Any],
    fresh: NDArray[Any] | None,
    codes: NDArray[np.int64],
    *,
    beta: float,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """The columns of one network."""
    i_x, i_y, entropy = layer_information(centres, fresh, codes, beta=beta, n=draws, rng=rng)
    repeats = 0 if fresh is None else fresh.shape[1]
    unit = centres.shape[2] * (math.log(2 * math.pi) / 2 + math.log(beta))
    return {
        "i_x": i_x.value,
        "i_x_se": i_x.standard_error,
        "i_y": i_y.value,
        "i_y_se": i_y.standard_error,
        "i_x_bias": i_x.bias,
        "i_y_bias": i_y.bias,
        "i_x_half": i_x.half,
        "i_y_half": i_y.half,
        "i_x_lower": i_x.below,
        "i_x_lower_se": i_x.below_error,
        "i_y_lower": i_y.below,
        "i_y_lower_se": i_y.below_error,
        "certificate": max(i_x.certificate, i_y.certificate),
        "entropy": entropy.value + unit,
        "repeats": centres.shape[1],
        **guarantees(centres, beta=beta, repeats=repeats, draws=draws),
    }


def _collect(columns: dict[str, Any], codes: NDArray[np.int64], n: int) -> LayerInformation:
    """Judge the estimates by the card's rules."""
    count = np.bincount(codes)
    shares = count / len(codes)
    reliable = (columns["certificate"] <= DOUBT) & labels_suffice(count)
    reliable &= (columns["repeats"] == 1) | (columns["repeats"] >= FEW)
    # Errors excuse a difference up to a limit only: else the worst errors would be the easiest.
    for name, most in (("i_x", math.log(len(codes))), ("i_y", float(-shares @ np.log(shares)))):
        value, stated, bias = columns[name], columns[f"{name}_se"], columns[f"{name}_bias"]
        # A bias, which the error includes, excuses nothing.
        sampled = np.sqrt(np.maximum(0.0, stated * stated - bias * bias))
        either = 2 * np.hypot(sampled, columns[f"{name}_lower_se"])
        excused = np.minimum(either, DOUBT)
        reliable &= value - columns[f"{name}_lower"] <= OPEN * most + excused
        reliable &= np.abs(value - columns[f"{name}_half"]) <= DOUBT + np.minimum(
            2 * sampled, DOUBT
        )
        reliable &= stated <= DOUBT
    informations = {name: columns.pop(name) for name in ("i_x", "i_x_se", "i_y", "i_y_se")}
    return LayerInformation(
        **informations,
        saturated=informations["i_x"] >= 0.99 * math.log(len(codes)),
        reliable=reliable,
        n=n,
        diagnostics=columns,
    )
