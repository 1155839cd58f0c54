"""Reconstructions: one image for each context, fitted to the smallest squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.inputs.samples import whole
from ib_mlflow.training.decoders.pairs import Encode, Pairs, context_of, fingerprint
from ib_mlflow.training.fitting import Samples, fit, outputs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from ib_mlflow.training.fitting import Fitted, Plan


def train_reconstruction(
    decoder: nn.Module,
    training: Pairs,
    *,
    validation: Pairs,
    encode: Encode | None = None,
    levels: int = 256,
    plan: Plan,
    seed: int,
    resume: Mapping[str, Any] | None = None,
) -> Iterator[Fitted]:
    """Fit a network from contexts to images by the mean squared error.

    Reference:
        Dosovitskiy & Brox (2016), arXiv:1506.02753; Nash, Kushman & Williams (2018), equation 3.

    Arguments:
        decoder: maps what `encode` gives to images, 0 black and 1 the brightest.
        training: images, and contexts if they are not computed from the images.
        validation: held out, for early stopping.
        encode: as for `train_decoder`; where there is neither it nor a context, images are
            reconstructed from themselves, as by `ib_mlflow.networks.Autoencoder`.
        levels: values that a sub-pixel can take, at least 2.
        plan: updates, rates, averaging, early stopping.
        seed: of the order of the images.
        resume: a `Fitted.checkpoint()` of a training with the same arguments.

    Returns:
        A `Fitted` for each evaluation; losses are mean squared errors of a sub-pixel on the scale
        from 0 to 1.

    Raises:
        InvalidInputError: an argument is out of range, or does not fit the decoder.
        CheckpointError: `resume` is not a checkpoint of this training.

    Example:
        >>> evaluations = train_reconstruction(Reconstruction((256,), (1, 28, 28)), pairs,
        ...     validation=held_out, encode=encode, plan=plan, seed=0)  # doctest: +SKIP
    """
    brightest = whole(levels, name="levels", least=2) - 1

    def squared_error(model: Any, *batch: Tensor) -> Tensor:
        made: Tensor = model(_context(encode, *batch))
        if made.shape != batch[0].shape:
            raise InvalidInputError(
                f"a reconstruction must have the shape of its images, {tuple(batch[0].shape[1:])}",
                received=f"{tuple(made.shape[1:])}",
                fix="Make the network for them: Reconstruction(context, (channels, h, w)).",
            )
        return (made - batch[0] / brightest).square().flatten(1).mean(dim=1)

    return fit(
        decoder,
        squared_error,
        training.arrays,
        validation=validation.arrays,
        plan=plan,
        seed=seed,
        contexts=lambda batch: fingerprint(encode, *batch),
        resume=resume,
    )


def reconstruct(
    decoder: nn.Module, pairs: Pairs, *, encode: Encode | None = None, batch_size: int = 256
) -> NDArray[np.float32]:
    """Reconstruct images from what is known of them.

    Arguments:
        decoder: from `train_reconstruction`; it is put into evaluation mode.
        pairs: n images, or their contexts.
        encode: as for `train_reconstruction`.
        batch_size: images of a forward pass.

    Returns:
        `(n, channels, h, w)` from 0 to 1.

    Example:
        >>> reconstruct(fitted.best(), held_out, encode=encode).shape  # doctest: +SKIP
        (1000, 1, 28, 28)
    """
    samples = Samples(pairs.arrays, next(iter(decoder.parameters())).device)
    images = outputs_of(
        decoder,
        lambda model, *batch: model(_context(encode, *batch)),
        samples,
        batch_size=batch_size,
    )
    clipped: NDArray[np.float32] = np.clip(images, 0.0, 1.0)
    return clipped


def _context(encode: Encode | None, images: Tensor, context: Tensor | None = None) -> Tensor:
    known = context_of(encode, images, context)
    return images if known is None else known
