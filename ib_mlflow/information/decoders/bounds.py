"""What decoders say of a layer: bounds from the log-probabilities they give to single images.

A decoder q(x|h) is a model of the input given what a layer holds. Whatever it is, its mean
log-probability lies below -H(X|h), so that

    I(X;h) = H(X) - H(X|h) >= H(X) + E[ln q(x|h)]

and a better decoder comes nearer. H(X) is unknown, but the same for all layers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.decoders.posterior import discrete_information, own_values
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.inputs.samples import real_array, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.information.estimate import Kind


@dataclass(frozen=True, eq=False)
class DecoderInformation:
    """What decoders say of layers, or of one layer at several epochs, on the same images.

    Arguments:
        negative_cross_entropy: E[ln q(x|h)] by name: a lower bound of -H(X|h), which is I(X;h) up
            to the constant H(X). `bits_per_dimension` and its standard error are in the
            diagnostics.
        information: by name, for discrete h: a lower bound of I(X;h), at most H(h), from the
            conditional decoder alone.
        gain: by name, where there is an unconditional decoder: E[ln q(x|h)] - E[ln q(x)]. It is
            the difference of two upper bounds, of H(X) and of H(X|h), and no bound of I(X;h): it
            can exceed H(h). Its diagnostics hold the upper bound of H(X).
        n: images.
        terms: by name, (n,) the log-probabilities themselves.
    """

    negative_cross_entropy: Mapping[str, Estimate]
    information: Mapping[str, Estimate]
    gain: Mapping[str, Estimate]
    n: int
    terms: Mapping[str, NDArray[np.float64]] = field(repr=False)

    def difference(self, name: str, other: str) -> Estimate:
        """How much more one decoder says than another, image by image.

        Both cross-entropies are upper bounds, so that their difference estimates that of the
        informations, and bounds it neither way. What makes an image hard is the same for both:
        the standard error is that of the pairs.

        Arguments:
            name: of a layer or an epoch.
            other: of what is subtracted.

        Returns:
            E[ln q(x|h)] - E[ln q'(x|h')] in nats. Diagnostics: `bound` (False),
            `unpaired_standard_error` and `correlation` of the two.

        Raises:
            InvalidInputError: a name is not known.

        Example:
            >>> bounds = decoder_information({"FC3": [-60.0, -50.0], "CONV2": [-31.0, -20.0]},
            ...                             dimensions=196)
            >>> estimate = bounds.difference("CONV2", "FC3")
            >>> estimate.value, estimate.standard_error
            (29.5, 0.5)
        """
        terms, others = self._terms_of(name), self._terms_of(other)
        spread = float(np.hypot(_error(terms), _error(others)))
        varied = terms.std() > 0 and others.std() > 0
        diagnostics = {
            "bound": False,
            "unpaired_standard_error": spread,
            "correlation": float(np.corrcoef(terms, others)[0, 1]) if varied else math.nan,
        }
        return _mean(terms - others, "point", diagnostics)

    def _terms_of(self, name: str) -> NDArray[np.float64]:
        if name not in self.terms:
            raise InvalidInputError(
                "a difference is taken between decoders by their names",
                received=repr(name),
                fix=f"There are {', '.join(self.terms)}.",
            )
        return self.terms[name]


def decoder_information(
    log_probabilities: ArrayLike | Mapping[str, ArrayLike],
    *,
    dimensions: int,
    values: ArrayLike | None = None,
    prior: ArrayLike | None = None,
    unconditional: ArrayLike | None = None,
) -> DecoderInformation:
    """Bound what layers know of images from the log-probabilities that decoders give them.

    Reference:
        Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
        Neural Density Models", equations 8 to 11; Barber & Agakov (2003), "The IM algorithm".

    Arguments:
        log_probabilities: ln q(x|h) in nats of n held-out images, neither trained nor validated
            on: for each layer or epoch, by its name, (n,) values under the image's own h; or, for
            a discrete h of c values, (n, c) values, a column for each value of h. One array
            alone is called "h".
        dimensions: sub-pixels of an image, channels · h · w, for bits per dimension.
        values: (n,) which column of the (n, c) arrays is the image's own, 0..c - 1.
        prior: (c,) probabilities of the values of h; None for their frequencies among `values`.
            The bound holds for the probabilities of the population the images come from.
        unconditional: (n,) ln q(x) in nats of the same images under a decoder that is told
            nothing: the one way in which H(X) enters, as the upper bound -E[ln q(x)].

    Returns:
        The bounds with their standard errors over images, in nats.

    Raises:
        InvalidInputError: the arrays are not of one number of images, at least two; a value is
            NaN or infinite (only under another value than the image's own may it be minus
            infinity); `values` or `prior` do not fit.

    Example:
        >>> bounds = decoder_information(
        ...     {"label": np.log([[0.5, 0.1], [0.2, 0.7], [0.1, 0.5], [0.4, 0.1]])},
        ...     values=[0, 1, 1, 0], dimensions=1)
        >>> round(bounds.information["label"].value, 3), bounds.information["label"].kind
        (0.483, 'lower')
        >>> round(bounds.negative_cross_entropy["label"].diagnostics["bits_per_dimension"], 3)
        0.959
    """
    dimensions = whole(dimensions, name="dimensions")
    if not isinstance(log_probabilities, Mapping):
        log_probabilities = {"h": log_probabilities}
    arrays = {
        str(name): real_array(part, name=str(name)) for name, part in _items(log_probabilities)
    }
    n = len(next(iter(arrays.values()))) if all(part.ndim for part in arrays.values()) else 0
    terms: dict[str, NDArray[np.float64]] = {}
    information: dict[str, Estimate] = {}
    for name, array in arrays.items():
        if array.ndim == 2:
            own = own_values(values, len(array), array.shape[1])
            information[name] = discrete_information(array, own, prior=prior, name=name)
            array = array[np.arange(len(array)), own]
        terms[name] = _finite_terms(array, n, name)
    if values is not None and not information:
        raise InvalidInputError(
            "values say which column of an (n, c) array is the image's own",
            received="arrays of shape (n,) only",
            fix="Leave values out, or give the log-probabilities under every value of h.",
        )
    gain = {}
    if unconditional is not None:
        array = real_array(unconditional, name="unconditional")
        baseline = _finite_terms(array, n, "unconditional")
        entropy = {"entropy_upper_bound": -float(baseline.mean()), "entropy_se": _error(baseline)}
        gain = {
            name: _mean(part - baseline, "point", {"bound": False, **entropy})
            for name, part in terms.items()
        }
    bits = 1 / (math.log(2) * dimensions)
    return DecoderInformation(
        negative_cross_entropy={
            name: _mean(
                part,
                "lower",
                {
                    "bound": True,
                    "of": "-H(X|h)",
                    "bits_per_dimension": -float(part.mean()) * bits,
                    "bits_per_dimension_se": _error(part) * bits,
                },
            )
            for name, part in terms.items()
        },
        information=information,
        gain=gain,
        n=n,
        terms=terms,
    )


def _items(arrays: Mapping[str, ArrayLike]) -> list[tuple[str, ArrayLike]]:
    if not arrays:
        raise InvalidInputError(
            "there must be a decoder to judge", received="none", fix="Name one or more."
        )
    return list(arrays.items())


def _finite_terms(array: NDArray[Any], n: int, name: str) -> NDArray[np.float64]:
    if array.shape != (n,) or n < 2:
        raise InvalidInputError(
            "log-probabilities must be (n,) or (n, c) of the same n images, at least two",
            received=f"shape {array.shape} of {name}",
            fix="Judge all decoders on the same images, in the same order.",
        )
    if not np.isfinite(array).all():
        raise InvalidInputError(
            "the log-probability of an image under its own h must be finite",
            received=f"{np.count_nonzero(~np.isfinite(array))} values of {name} that are not",
            fix="Look for what diverged; a decoder that excludes an image bounds nothing.",
        )
    return array.astype(np.float64)


def _mean(terms: NDArray[np.float64], kind: Kind, diagnostics: Mapping[str, Any]) -> Estimate:
    return Estimate(float(terms.mean()), _error(terms), kind, len(terms), diagnostics)


def _error(terms: NDArray[np.float64]) -> float:
    return float(terms.std(ddof=1) / math.sqrt(len(terms)))
