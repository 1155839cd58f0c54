"""One decoder of a layer at several epochs, which learns all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.amortised import AmortisedPixelCNN, join_epoch
from ib_mlflow.training.decoders.pairs import Pairs, context_of, fingerprint
from ib_mlflow.training.fitting import fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike
    from torch import Tensor

    from ib_mlflow.training.decoders.pairs import Encode
    from ib_mlflow.training.fitting import Fitted, Plan


@dataclass(frozen=True, eq=False)
class EpochPairs:
    """Images, and what a layer holds of each at several epochs.

    Arguments:
        pairs: for each epoch the same images, and contexts where they are not computed.
        encodes: for each epoch a frozen function of a batch of contexts, or of images where there
            are none, to what the layer holds; None for the contexts themselves.

    Raises:
        InvalidInputError: epochs of other images, contexts of some epochs alone, or nothing to
            condition on.

    Example:
        >>> images = np.zeros((5, 1, 8, 8), np.uint8)
        >>> early, late = Pairs(images, np.zeros((5, 2))), Pairs(images, np.ones((5, 2)))
        >>> EpochPairs([early, late], [None, None]).epochs
        2
    """

    pairs: Sequence[Pairs]
    encodes: Sequence[Encode | None]

    def __post_init__(self) -> None:
        if not self.pairs or len(self.pairs) != len(self.encodes):
            raise InvalidInputError(
                "there must be pairs and an encoder for each epoch, at least one",
                received=f"{len(self.pairs)} and {len(self.encodes)}",
                fix="Give None for an epoch whose contexts are given.",
            )
        first, *others = self.pairs
        for number, other in enumerate(others, 1):
            if other.images is not first.images and not np.array_equal(other.images, first.images):
                raise InvalidInputError(
                    "all epochs must be of the same images, in the same order",
                    received=f"others at epoch number {number}",
                    fix="Take one part of the data for all epochs.",
                )
        given = [pairs.context is not None for pairs in self.pairs]
        computed = [encode is not None for encode in self.encodes]
        if any(given) != all(given) or not all(map(any, zip(given, computed, strict=True))):
            raise InvalidInputError(
                "an epoch must have contexts or an encoder, and all epochs contexts or none",
                received=f"{sum(given)} contexts and {sum(computed)} encoders of {len(given)}",
                fix="Give every epoch what the layer holds of the images.",
            )

    @property
    def epochs(self) -> int:
        """How many epochs there are."""
        return len(self.pairs)

    @property
    def arrays(self) -> list[ArrayLike]:
        """The images, the number of an epoch for each in turn, and the contexts that are given."""
        images = self.pairs[0].images
        contexts = [pairs.context for pairs in self.pairs if pairs.context is not None]
        return [images, np.arange(len(images)) % self.epochs, *contexts]

    def joined(self, images: Tensor, number: Tensor, *contexts: Tensor) -> Tensor:
        """What a decoder is conditioned on: each image's context at its epoch, joined with that.

        Arguments:
            images: `(b, channels, h, w)`.
            number: `(b,)` of the epoch of each.
            contexts: for each epoch `(b, ...)`, where they are given.
        """
        h = None
        for each in torch.unique(number).tolist():
            rows = (number == each).nonzero()[:, 0]
            own = contexts[each][rows] if contexts else None
            part = context_of(self.encodes[each], images[rows], own)
            assert part is not None
            if h is None:
                h = part.new_empty(len(images), *part.shape[1:])
            h[rows] = part
        assert h is not None
        return join_epoch(h, number, self.epochs)


def train_amortised(
    decoder: AmortisedPixelCNN,
    training: EpochPairs,
    *,
    validation: EpochPairs,
    plan: Plan,
    seed: int,
    resume: Mapping[str, Any] | None = None,
) -> Iterator[Fitted]:
    """Fit one decoder of a layer at several epochs by maximum likelihood.

    An update draws the epoch of each of its images anew, all epochs as often as each other. The
    held-out loss is the mean over the epochs, of a held-out image at one of them, so that an
    evaluation costs what that of a decoder of one epoch does.

    Arguments:
        decoder: of as many epochs; it is not changed.
        training: neither what the network under study was trained on, nor what is estimated on.
        validation: held out, for early stopping and convergence; encoded as `training` is.
        plan: updates, rates, averaging, when to stop.
        seed: of the order of the images, of their epochs and of dropout.
        resume: a `Fitted.checkpoint()` of a training with the same arguments.

    Returns:
        A `Fitted` for each evaluation; losses are nats an image.

    Raises:
        InvalidInputError: an argument is out of range, or does not fit the decoder.
        CheckpointError: `resume` is not a checkpoint of this training.

    Example:
        >>> for fitted in train_amortised(decoder, pairs, validation=held_out,
        ...                               plan=Plan(updates=1000), seed=0):  # doctest: +SKIP
        ...     print(fitted.update, fitted.val_loss)
    """
    if not decoder.epochs == training.epochs == validation.epochs:
        raise InvalidInputError(
            "decoder, training and validation must be of the same epochs",
            received=f"{decoder.epochs}, {training.epochs} and {validation.epochs} of them",
            fix="Make the decoder for as many epochs as there are pairs.",
        )

    def objective(model: Any, images: Tensor, number: Tensor, *contexts: Tensor) -> Tensor:
        if model.training:
            number = _balanced(len(images), training.epochs).to(number.device)
        loss: Tensor = -model.log_prob(images, training.joined(images, number, *contexts))
        return loss

    def start(model: Any, batch: Sequence[Tensor]) -> None:
        model.initialise(batch[0], training.joined(*batch))

    return fit(
        decoder,
        objective,
        training.arrays,
        validation=validation.arrays,
        plan=plan,
        seed=seed,
        initialise=start,
        contexts=lambda batch: fingerprint(lambda _: training.joined(*batch), batch[0]),
        resume=resume,
    )


def _balanced(b: int, epochs: int) -> Tensor:
    """Numbers of epochs `(b,)` in a random order, each as often as the others or once more."""
    return (torch.randperm(b) + torch.randint(epochs, ())) % epochs
