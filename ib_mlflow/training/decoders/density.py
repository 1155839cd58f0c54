"""Decoders that are densities: images given what a layer knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training.decoders.pairs import Pairs, context_of, fingerprint
from ib_mlflow.training.fitting import Samples, fit, losses_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor, nn

    from ib_mlflow.training.decoders.pairs import Encode
    from ib_mlflow.training.fitting import Fitted, Objective, Plan


class ConditionalDensity(Protocol):
    """A module that gives images probabilities.

    One that has `initialise(images, context)` too is first fitted to a batch by it.
    """

    def log_prob(self, images: Tensor, context: Any) -> Tensor:
        """Return `(b,)` ln q(x|h) in nats of `(b, channels, h, w)` uint8 given `(b, ...)`."""


def train_decoder(
    decoder: nn.Module,
    training: Pairs,
    *,
    validation: Pairs,
    encode: Encode | None = None,
    plan: Plan,
    seed: int,
    warm: bool = False,
    resume: Mapping[str, Any] | None = None,
) -> Iterator[Fitted]:
    """Fit a conditional density to images by maximum likelihood.

    Reference:
        Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
        Neural Density Models", equation 4 and appendix A.

    Arguments:
        decoder: a `ConditionalDensity`; it is not changed.
        training: neither what the network under study was trained on, nor what is estimated on.
        validation: held out, for early stopping.
        encode: a frozen function, of a batch of contexts, or of images where there are none, to
            what the decoder is conditioned on: a layer of the network under study. None: the
            contexts themselves, or nothing, for an unconditional decoder.
        plan: updates, rates, averaging, early stopping.
        seed: of the order of the images and of dropout.
        warm: true where the decoder comes from an earlier training, such as that of the previous
            measured epoch, so that its weights are where training starts; one that has `adapt`
            standardises the new contexts. Otherwise one that has `initialise` is first fitted to
            a batch.
        resume: a `Fitted.checkpoint()` of a training with the same arguments.

    Returns:
        A `Fitted` for each evaluation; losses are nats an image.

    Raises:
        InvalidInputError: an argument is out of range, or does not fit the decoder.
        CheckpointError: `resume` is not a checkpoint of this training.

    Example:
        >>> for fitted in train_decoder(PixelCNN(...), pairs, validation=held_out,
        ...                             plan=Plan(updates=1000), seed=0):  # doctest: +SKIP
        ...     print(fitted.update, fitted.val_loss)
    """
    _check_density(decoder)
    objective = negative_log_likelihood(encode)

    def start(model: Any, batch: Sequence[Tensor]) -> None:
        fitted = getattr(model, "adapt" if warm else "initialise", None)
        if fitted is not None:
            fitted(batch[0], context_of(encode, *batch))

    return fit(
        decoder,
        objective,
        training.arrays,
        validation=validation.arrays,
        plan=plan,
        seed=seed,
        initialise=start,
        contexts=lambda batch: fingerprint(encode, *batch),
        resume=resume,
    )


def negative_log_likelihood(encode: Encode | None = None) -> Objective:
    """The objective of a decoder: −ln q(x|h) in nats, for each image of a batch."""

    def objective(model: Any, *batch: Tensor) -> Tensor:
        loss: Tensor = -model.log_prob(batch[0], context_of(encode, *batch))
        return loss

    return objective


def log_probabilities(
    decoder: nn.Module, pairs: Pairs, *, encode: Encode | None = None, batch_size: int = 256
) -> NDArray[np.float64]:
    """What a decoder makes of images: `ln q(x|h)` of each, what every bound is computed from.

    Arguments:
        decoder: a `ConditionalDensity`; it is put into evaluation mode.
        pairs: n images, neither trained nor validated on.
        encode: as for `train_decoder`.
        batch_size: images of a forward pass.

    Returns:
        `(n,)` nats.

    Raises:
        InvalidInputError: the pairs do not fit the decoder, or it is no density.

    Example:
        >>> log_probabilities(decoder, held_out).mean()  # doctest: +SKIP
        -61.2
    """
    _check_density(decoder)
    device = next(iter(decoder.parameters())).device
    samples = Samples(pairs.arrays, device)
    return -losses_of(decoder, negative_log_likelihood(encode), samples, batch_size=batch_size)


def log_probability_table(
    decoder: nn.Module, images: NDArray[np.uint8], contexts: ArrayLike, *, batch_size: int = 256
) -> NDArray[np.float64]:
    """What a decoder makes of images under every value of a discrete context.

    Arguments:
        decoder: a `ConditionalDensity`; it is put into evaluation mode.
        images: (n, channels, h, w) uint8.
        contexts: (c, ...) the context of each value.
        batch_size: images of a forward pass.

    Returns:
        `(n, c)` ln q(x|h') in nats.

    Raises:
        InvalidInputError: the arrays do not fit the decoder.

    Example:
        >>> log_probability_table(decoder, images, np.eye(10, dtype=np.float32)
        ...     ).shape  # doctest: +SKIP
        (1000, 10)
    """
    columns = [
        log_probabilities(
            decoder,
            Pairs(images, np.broadcast_to(value, (len(images), *np.shape(value)))),
            batch_size=batch_size,
        )
        for value in np.asarray(contexts)
    ]
    return np.stack(columns, axis=1)


def _check_density(decoder: nn.Module) -> None:
    if not callable(getattr(decoder, "log_prob", None)):
        raise InvalidInputError(
            "a decoder must have log_prob(images, context) -> (b,) in nats",
            received=type(decoder).__name__,
            fix="Use a PixelCNN, or train_reconstruction for a network that gives images.",
        )
