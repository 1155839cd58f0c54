"""Information about a discrete variable, from what a model makes of each of its values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.samples import real_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_SUM_TOLERANCE = 1e-4
"""What float32 rounding explains of a softmax."""


def discrete_information(
    log_likelihoods: NDArray[Any],
    own: NDArray[np.int64],
    *,
    prior: ArrayLike | None = None,
    name: str = "log_likelihoods",
) -> Estimate:
    """Lower bound of I(X;V) of a discrete V, from a model of X given V alone.

    With p the probabilities of the values, q(v|x) = p(v) q(x|v) / sum p(v') q(x|v') is a model of
    V given X, and E[ln q(v|x) - ln p(v)] = H(V) - E[-ln q(v|x)] is at most I(X;V).

    Reference:
        Barber & Agakov (2003), "The IM algorithm: a variational approach to information
        maximization".

    Arguments:
        log_likelihoods: (n, c) ln q(x|v) in nats, a column for each value.
        own: (n,) the value of each sample, 0..c - 1.
        prior: (c,) probabilities of the values; None for their frequencies in `own`.
        name: what the log-likelihoods are called in an error.

    Returns:
        The bound in nats, at most H(V) where the prior is None. Its standard error counts that
        the frequencies were estimated. Diagnostics: `entropy` of the prior, in nats, and
        `accuracy`, the share of samples whose likeliest value is their own.

    Raises:
        InvalidInputError: shapes that do not fit, NaN, a sample that its own value excludes, or a
            prior that is none, or excludes a value that was seen.

    Example:
        >>> likelihoods = np.log([[0.9, 0.1], [0.1, 0.9]])
        >>> round(discrete_information(likelihoods, np.array([0, 1])).value, 4)  # nats
        0.5878
    """
    n, c = log_likelihoods.shape
    table = log_likelihoods.astype(np.float64)
    rows = np.arange(n)
    if n < 2 or np.isnan(table).any() or (table == np.inf).any():
        raise InvalidInputError(
            "log-probabilities must be numbers, of at least two samples",
            received=f"{name} of shape {table.shape}, {np.isnan(table).sum()} NaN",
            fix="Look for what diverged.",
        )
    if not np.isfinite(table[rows, own]).all():
        raise InvalidInputError(
            "the log-probability of a sample under its own value must be finite",
            received=f"{np.count_nonzero(~np.isfinite(table[rows, own]))} of {name} that are not",
            fix="Look for what diverged; a model that excludes a sample bounds nothing.",
        )
    p = np.bincount(own, minlength=c) / n if prior is None else _probabilities(prior, own, c)
    mixture = logsumexp(table, axis=1, b=p)
    terms = table[rows, own] - mixture
    influence = terms
    if prior is None:
        # Seeing a value once more makes it likelier in the mixture of every sample.
        shares = np.exp(table - mixture[:, None]).mean(axis=0)
        influence = terms - shares[own]
    positive = p[p > 0]
    posterior = table + np.log(p, where=p > 0, out=np.full(c, -np.inf))
    return Estimate(
        float(terms.mean()),
        float(influence.std(ddof=1) / math.sqrt(n)),
        "lower",
        n,
        {
            "bound": True,
            "of": "I(X;h)",
            "entropy": float(-(positive * np.log(positive)).sum()),
            "accuracy": float((posterior.argmax(axis=1) == own).mean()),
        },
    )


def classifier_information(log_probabilities: ArrayLike, labels: ArrayLike) -> Estimate:
    """Lower bound of I(Y;h) from a classifier that sees h: H(Y) - E[-ln q(y|h)].

    Reference:
        Barber & Agakov (2003), "The IM algorithm"; "What Information Does a ResNet Compress"
        (2018), section 4.

    Arguments:
        log_probabilities: (n, c) ln q(y'|h) in nats of n held-out samples: a log-softmax.
        labels: (n,) the class of each sample, 0..c - 1.

    Returns:
        The bound in nats, with the plug-in entropy of the labels, which is too low rather than
        too high. Diagnostics: `entropy` of the labels, `cross_entropy`, `accuracy`.

    Raises:
        InvalidInputError: rows that are no distribution, labels out of range, or a sample whose
            own class has probability zero.

    Example:
        >>> classifier_information(np.log([[0.75, 0.25], [0.25, 0.75]]), [0, 1]).value.__round__(4)
        0.4055
    """
    table = real_array(log_probabilities, name="log_probabilities").astype(np.float64)
    if table.ndim != 2 or len(table) < 2 or np.isnan(table).any() or (table == np.inf).any():
        raise InvalidInputError(
            "log_probabilities must be numbers of shape (n, c), with n at least 2",
            received=f"shape {table.shape}, {np.isnan(table).sum()} NaN",
            fix="Give the log-softmax of the classifier's logits.",
        )
    if np.abs(logsumexp(table, axis=1)).max() > _SUM_TOLERANCE:
        raise InvalidInputError(
            "the probabilities of a sample's classes must sum to 1",
            received=f"sums from {np.exp(logsumexp(table, axis=1)).min():g}",
            fix="Give the log-softmax of the logits, not the logits.",
        )
    n, c = table.shape
    own = own_values(labels, n, c)
    own_terms = table[np.arange(n), own]
    if not np.isfinite(own_terms).all():
        raise InvalidInputError(
            "every sample's own class must have a probability above zero",
            received=f"{np.count_nonzero(~np.isfinite(own_terms))} samples whose class has none",
            fix="Compute the log-softmax from the logits, and not from their softmax.",
        )
    frequency = np.bincount(own, minlength=c) / n
    terms = own_terms - np.log(frequency[own])
    entropy = -float(np.log(frequency[own]).mean())
    return Estimate(
        float(terms.mean()),
        float(terms.std(ddof=1) / math.sqrt(n)),
        "lower",
        n,
        {
            "bound": True,
            "of": "I(Y;h)",
            "entropy": entropy,
            "cross_entropy": -float(own_terms.mean()),
            "accuracy": float((table.argmax(axis=1) == own).mean()),
        },
    )


def own_values(values: ArrayLike | None, n: int, c: int) -> NDArray[np.int64]:
    """The values of a discrete variable as column numbers.

    Arguments:
        values: (n,) whole numbers, 0..c - 1.
        n: samples.
        c: columns.

    Raises:
        InvalidInputError: there are none, or they do not fit.

    Example:
        >>> own_values([1, 0], n=2, c=2)
        array([1, 0])
    """
    array = np.asarray(values)
    whole = array.dtype.kind in "iu" and array.shape == (n,)
    if not whole or (n and not 0 <= int(array.min()) <= int(array.max()) < c):
        raise InvalidInputError(
            f"each of the {n} samples must have one value, a whole number from 0 to {c - 1}",
            received=f"{array.dtype} of shape {array.shape}" + ("" if not whole else f", {array}"),
            fix="Name the column of each sample's own value.",
        )
    return array.astype(np.int64)


def _probabilities(prior: ArrayLike, own: NDArray[np.int64], c: int) -> NDArray[np.float64]:
    p = real_array(prior, name="prior").astype(np.float64)
    fits = p.shape == (c,) and np.isfinite(p).all() and (p >= 0).all()
    if not fits or abs(p.sum() - 1) > _SUM_TOLERANCE or (p[own] == 0).any():
        raise InvalidInputError(
            f"prior must hold {c} probabilities that sum to 1, none of a seen value zero",
            received=p,
            fix="Leave it out to take the frequencies of the values.",
        )
    probabilities: NDArray[np.float64] = p / p.sum()
    return probabilities
