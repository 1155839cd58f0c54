"""One decoder for a layer at several epochs of its network's training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.checks import checked_context, whole
from ib_mlflow.networks.pixelcnn.context import ContextScale

if TYPE_CHECKING:
    from ib_mlflow.networks.pixelcnn.model import PixelCNN


def joined_shape(shape: tuple[int, ...], epochs: int) -> tuple[int, ...]:
    """The shape of a context that is joined with its epoch.

    Example:
        >>> joined_shape((16, 8, 8), 3), joined_shape((256,), 3)
        ((19, 8, 8), (259,))
    """
    return (shape[0] + epochs, *shape[1:])


def join_epoch(h: Tensor, number: Tensor | int, epochs: int) -> Tensor:
    """Join contexts with the epochs that they are of, as channels of which one is 1.

    Arguments:
        h: `(b, d)` or `(b, channels, h, w)`, floating point.
        number: which of the epochs, from 0: one for all, or `(b,)`.
        epochs: how many there are.

    Returns:
        `(b, d + epochs)` or `(b, channels + epochs, h, w)`.

    Raises:
        InvalidInputError: a number lies outside the epochs.

    Example:
        >>> join_epoch(torch.zeros(2, 1), torch.tensor([0, 2]), 3)
        tensor([[0., 1., 0., 0.],
                [0., 0., 0., 1.]])
    """
    numbers = torch.as_tensor(number, device=h.device).expand(len(h))
    if int(numbers.min()) < 0 or int(numbers.max()) >= epochs:
        raise InvalidInputError(
            f"the number of an epoch must lie from 0 to {epochs - 1}",
            received=sorted(set(numbers.tolist())),
            fix="Count the measured epochs, from 0.",
        )
    flags = nn.functional.one_hot(numbers, epochs).to(h.dtype)
    flags = flags.view(*flags.shape, *(1 for _ in h.shape[2:])).expand(-1, -1, *h.shape[2:])
    return torch.cat([h, flags], dim=1)


class AmortisedPixelCNN(nn.Module):
    """A PixelCNN that is conditioned on a layer and on the epoch that the layer is of.

    All of the decoder is shared by the epochs but a linear map of the channels of h, which every
    epoch has for itself: what a channel means changes while a network learns, and this brings it
    back to what the decoder expects. It begins as the identity, behind means and deviations of
    the epoch, and is small beside the decoder: the cost hardly depends on the number of epochs.

    Arguments:
        decoder: its context is `joined_shape` of the layer's.
        epochs: how many there are.

    Raises:
        InvalidInputError: the decoder has no context, or one without room for the epochs.

    Example:
        >>> from ib_mlflow.networks import PixelCNN
        >>> inner = PixelCNN((1, 8, 8), head="bernoulli", filters=4, blocks=1,
        ...                  context=joined_shape((10,), 3))
        >>> decoder = AmortisedPixelCNN(inner, 3)
        >>> images, h = torch.zeros(5, 1, 8, 8, dtype=torch.uint8), torch.randn(5, 10)
        >>> decoder.standardise(2, h)
        >>> decoder.log_prob(images, join_epoch(h, 2, 3)).shape
        torch.Size([5])
    """

    def __init__(self, decoder: PixelCNN, epochs: int) -> None:
        super().__init__()
        self.epochs = whole(epochs, "epochs")
        context = decoder.context
        if context is None or context[0] <= epochs:
            raise InvalidInputError(
                f"the context of the decoder must be of a layer joined with {epochs} epochs",
                received=context,
                fix="Give context=joined_shape(the layer's shape, epochs).",
            )
        self.decoder, self.context, self.shape = decoder, context, decoder.shape
        self.channels = context[0] - epochs
        each = (epochs, self.channels, *(1 for _ in context[1:]))
        self.centre: Tensor
        self.spread: Tensor
        self.register_buffer("centre", torch.zeros(each))
        self.register_buffer("spread", torch.ones(each))
        self.mixing = nn.Parameter(torch.eye(self.channels).repeat(epochs, 1, 1))
        self.shift = nn.Parameter(torch.zeros(epochs, self.channels))

    def extra_repr(self) -> str:
        """How many epochs there are, for repr."""
        return f"epochs={self.epochs}"

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.decoder.device

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """The same as `log_prob`, for wrappers that call the module."""
        return self.log_prob(x, h)

    def log_prob(self, x: Tensor, h: Tensor) -> Tensor:
        """Log-probability of images.

        Arguments:
            x: `(b, c, h, w)` uint8.
            h: `(b, *context)`, from `join_epoch`.

        Returns:
            `(b,)`, nats an image.

        Raises:
            InvalidInputError: for images or contexts that do not fit.
        """
        return self.decoder.log_prob(x, self._mixed(h, len(x)))

    def standardise(self, number: int, h: Tensor) -> None:
        """Measure the contexts of an epoch, once, before training.

        Arguments:
            number: which of the epochs, from 0.
            h: `(b, *shape)` of the layer; some hundred images are enough.

        Raises:
            InvalidInputError: for contexts that do not fit, or an epoch that there is not.
        """
        joined = join_epoch(h, number, self.epochs)
        checked_context(joined, self.context, None)
        scale = ContextScale((self.channels, *self.context[1:])).to(self.mixing)
        scale.standardising = True
        scale(h.to(self.mixing))
        self.centre[number], self.spread[number] = scale.centre, scale.spread

    @torch.no_grad()
    def initialise(self, x: Tensor, h: Tensor) -> None:
        """Fit scales and biases to a batch, as `PixelCNN.initialise`, with epochs mixed.

        Arguments:
            x: `(b, c, h, w)` uint8.
            h: `(b, *context)`, from `join_epoch`.
        """
        self.decoder.initialise(x, self._mixed(h, len(x)))

    @torch.no_grad()
    def sample(self, h: Tensor, *, seed: int) -> Tensor:
        """Draw images `(b, c, h, w)`, uint8, as `PixelCNN.sample`.

        Arguments:
            h: `(b, *context)`, from `join_epoch`.
            seed: 0 to 2**32 − 1.
        """
        return self.decoder.sample(self._mixed(h, None), seed=seed)

    def _mixed(self, h: Tensor, images: int | None) -> Tensor:
        """Contexts standardised by their epochs, and mapped as their epochs are."""
        checked_context(h, self.context, images)
        h = h.to(self.mixing).contiguous()
        layer, flags = h[:, : self.channels], h[:, self.channels :]
        places = flags.flatten(2)[..., 0] if flags.ndim > 2 else flags
        if not bool(((places == 0) | (places == 1)).all() & (places.sum(1) == 1).all()):
            raise InvalidInputError(
                f"the last {self.epochs} channels of h must say the epoch: one of them 1",
                received="others",
                fix="Join layer and epoch by join_epoch(h, number, epochs).",
            )
        number = places.argmax(1)
        scaled = ((layer - self.centre[number]) / self.spread[number]).view(*layer.shape[:2], -1)
        mixed = torch.bmm(self.mixing[number], scaled) + self.shift[number][..., None]
        return torch.cat([mixed.view(layer.shape), flags], dim=1)
