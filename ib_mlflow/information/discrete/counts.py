"""Entropies and informations of discrete variables, from counts.

Every quantity here is a mean, over the samples, of logarithms of how often a sample's symbols were
seen; the delta method's standard error of such a mean is sqrt(Var / n).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import rel_entr

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.discrete.rowhash import distinct_rows
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.symbols import symbol_codes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Correction = Literal["miller-madow"] | None
# Probabilities may miss a sum of 1 by what float32 rounding explains.
_SUM_TOLERANCE = 1e-5


def entropy(*variables: ArrayLike, correction: Correction = None) -> Estimate:
    """Joint entropy H(X1, X2, ...) of discrete variables, from samples.

    Reference:
        Miller (1955), "Note on the bias of information estimates"; Paninski (2003), "Estimation
        of entropy and mutual information", Neural Computation 15, section 4.

    Arguments:
        variables: each (n,) or (n, d) integers, strings, or other symbols; a row is one symbol.
        correction: None for the plug-in value, or "miller-madow" to add (K - 1) / 2n, where K is
            the number of joint symbols seen.

    Returns:
        The entropy in nats. The standard error leaves out bias, and vanishes for symbols seen
        equally often. Diagnostics: `distinct` joint symbols seen, `saturated` where the plug-in
        joint entropy is within 1 % of ln n, and `reliable` where it is not.

    Raises:
        InvalidInputError: for no variables, lengths that differ, or symbols that are not discrete.

    Example:
        >>> round(entropy([0, 0, 1, 1]).value, 4)
        0.6931
        >>> round(entropy(["a", "a", "b", "b"], [0, 1, 0, 1], correction="miller-madow").value, 4)
        1.7613
    """
    (codes,) = _joint_codes(variables)
    counts, distinct = _counts(codes)
    return _estimate(np.log(counts.size / counts), counts, distinct, distinct - 1, correction)


def conditional_entropy(
    variable: ArrayLike, *, given: ArrayLike, correction: Correction = None
) -> Estimate:
    """Conditional entropy H(X | Y) = H(X, Y) - H(Y) of discrete variables, from samples.

    Reference:
        Cover & Thomas (2006), "Elements of information theory", section 2.2.

    Arguments:
        variable: (n,) or (n, d) symbols of X.
        given: (n,) or (n, d) symbols of Y.
        correction: None, or "miller-madow" for both entropies.

    Returns:
        The conditional entropy in nats, with the diagnostics of `entropy`.

    Raises:
        InvalidInputError: for lengths that differ, or symbols that are not discrete.

    Example:
        >>> round(conditional_entropy([0, 1, 0, 1], given=["a", "a", "b", "b"]).value, 4)
        0.6931
    """
    _, codes_y, codes_xy = _joint_codes((variable,), (given,), (variable, given))
    (counts, distinct), (counts_y, distinct_y) = _counts(codes_xy), _counts(codes_y)
    return _estimate(np.log(counts_y / counts), counts, distinct, distinct - distinct_y, correction)


def mutual_information(x: ArrayLike, y: ArrayLike, *, correction: Correction = None) -> Estimate:
    """Mutual information I(X; Y) = H(X) + H(Y) - H(X, Y) of discrete variables, from samples.

    Reference:
        Paninski (2003), "Estimation of entropy and mutual information", Neural Computation 15.

    Arguments:
        x: (n,) or (n, d) symbols of X.
        y: (n,) or (n, d) symbols of Y.
        correction: None, or "miller-madow" for all three entropies.

    Returns:
        The information in nats, which the correction may make negative, with the diagnostics of
        `entropy`. The standard error vanishes, to first order, where X and Y are independent.

    Raises:
        InvalidInputError: for lengths that differ, or symbols that are not discrete.

    Example:
        >>> information = mutual_information([0, 0, 1, 1], ["a", "a", "b", "b"])
        >>> round(information.value, 4), information.diagnostics["distinct"]
        (0.6931, 2)
    """
    codes_x, codes_y, codes = _joint_codes((x,), (y,), (x, y))
    (counts_x, distinct_x), (counts_y, distinct_y) = _counts(codes_x), _counts(codes_y)
    counts, distinct = _counts(codes)
    pointwise = np.log(counts.size * (counts / counts_x) / counts_y)
    terms = distinct_x + distinct_y - distinct - 1
    return _estimate(pointwise, counts, distinct, terms, correction)


def kl_divergence(p: ArrayLike, q: ArrayLike) -> Estimate:
    """Kullback-Leibler divergence D(p || q) of two known discrete distributions.

    Reference:
        Kullback & Leibler (1951), "On information and sufficiency".

    Arguments:
        p: (c,) probabilities.
        q: (c,) probabilities of the same symbols.

    Returns:
        The divergence in nats, infinite where q excludes what p allows. It is computed and not
        estimated: its standard error and its n are 0.

    Raises:
        InvalidInputError: for probabilities that are negative, do not sum to 1, or differ in
            number.

    Example:
        >>> round(kl_divergence([0.5, 0.5], [0.9, 0.1]).value, 4)
        0.5108
    """
    distributions = _distribution("p", p), _distribution("q", q)
    if distributions[0].size != distributions[1].size:
        raise InvalidInputError(
            "p and q must give probabilities of the same symbols",
            received=f"{distributions[0].size} and {distributions[1].size} of them",
            fix="Give 0 to a symbol that one of them excludes.",
        )
    return Estimate(float(rel_entr(*distributions).sum()), 0.0, "point", 0)


def _joint_codes(*groups: tuple[ArrayLike, ...]) -> list[NDArray[np.int64]]:
    """Codes of the joint variable of each group (n, d)."""
    coded = [[symbol_codes(variable) for variable in group] for group in groups]
    lengths = sorted({len(codes) for group in coded for codes in group})
    if len(lengths) != 1:
        raise InvalidInputError(
            "variables must have one symbol per sample, of the same samples",
            received=f"lengths {lengths}" if lengths else "no variable",
            fix="Give at least one variable, and all of equal length.",
        )
    return [np.concatenate(group, axis=1) for group in coded]


def _counts(codes: NDArray[np.int64]) -> tuple[NDArray[np.float64], int]:
    """How often each sample's row was seen (n,), and how many distinct rows there are."""
    group, count = distinct_rows(codes)
    return count[group].astype(np.float64), count.size


def _estimate(
    pointwise: NDArray[np.float64],
    counts: NDArray[np.float64],
    distinct: int,
    terms: int,
    correction: Correction,
) -> Estimate:
    n = pointwise.size
    value = float(pointwise.mean())
    if correction == "miller-madow":
        value += terms / (2 * n)
    elif correction is not None:
        raise InvalidInputError(
            "correction must be None or 'miller-madow'",
            received=repr(correction),
            fix="Leave it out for the plug-in value.",
        )
    saturated = bool(np.log(n / counts).mean() >= 0.99 * math.log(n))
    diagnostics = {"distinct": distinct, "saturated": saturated, "reliable": not saturated}
    return Estimate(value, float(pointwise.std()) / math.sqrt(n), "point", n, diagnostics)


def _distribution(name: str, probabilities: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.asarray(probabilities, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 1 or not (array >= 0).all() or not abs(array.sum() - 1) < _SUM_TOLERANCE:
        raise InvalidInputError(
            f"{name} must be probabilities (c,): not negative, with sum 1",
            received=probabilities,
            fix="Divide counts by their sum; of samples, use mutual_information or entropy.",
        )
    return array
