"""The decoder: the likelihood of images given a layer, and images drawn from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.members import checked_seeds
from ib_mlflow.networks.pixelcnn.checks import (
    check_finite,
    checked_context,
    checked_images,
    checked_shape,
    fraction,
    whole,
)
from ib_mlflow.networks.pixelcnn.context import (
    CONDITIONINGS,
    ContextAtLevel,
    ContextScale,
    checked_context_shape,
)
from ib_mlflow.networks.pixelcnn.layers import Convolution
from ib_mlflow.networks.pixelcnn.naming import named_head
from ib_mlflow.networks.pixelcnn.network import TwoStreams
from ib_mlflow.networks.pixelcnn.sampler import draw_images
from ib_mlflow.networks.pixelcnn.settings import PixelCNNSettings
from ib_mlflow.networks.pixelcnn.standardising import standardising

if TYPE_CHECKING:
    from collections.abc import Sequence


class PixelCNN(nn.Module):
    """PixelCNN++: an exact, normalised distribution of images, given a context or none.

    A pixel sees (4 · blocks + 2)(2^levels − 1) + 1 rows above it and nearly as many columns to
    either side: 7 with one block and level, 99 with three of each. Of what lies farther away in a
    larger image it is modelled as independent, given the context and what it sees.

    Reference:
        Salimans et al. (2017, arXiv:1701.05517); conditioned on a layer as by Nash et al. (2018),
        *Inverting Supervised Representations with Autoregressive Neural Density Models*.

    Arguments:
        shape: (channels, h, w) of an image, of 1 or 3 channels; h and w must halve levels − 1
            times.
        head: "logistic" (a discretised mixture), "softmax" (256 ways) or "bernoulli" (images of 0
            and 1). Of three channels the first couples the colours of a pixel; for the others
            they are independent given the pixels before it.
        mixtures: components of the logistic head.
        blocks: gated blocks of each stream, level and way.
        filters: channels of both streams.
        levels: resolutions, each half of the one before.
        context: the shape of h: d of a vector, (channels, h, w) of a map, None for no context.
        conditioning: of maps: "resize" and a 1×1 convolution, or "convolution": strided, of
            sub-pixels or 1×1, whichever fits.
        dropout: share of the activations dropped within the blocks, in training mode.
        context_dropout: share of the context's biases dropped, in training mode.
        seed: of the initial weights.

    Raises:
        InvalidInputError: if an argument is refused.

    Example:
        >>> decoder = PixelCNN((1, 8, 8), head="bernoulli", filters=4, blocks=1, context=10, seed=0)
        >>> images = torch.randint(2, (5, 1, 8, 8), dtype=torch.uint8)
        >>> labels = torch.eye(10)[:5]
        >>> decoder.initialise(images, labels)
        >>> decoder.log_prob(images, labels).shape, decoder.sample(labels, seed=1).shape
        (torch.Size([5]), torch.Size([5, 1, 8, 8]))
    """

    def __init__(
        self,
        shape: Sequence[int],
        *,
        head: str = "logistic",
        mixtures: int = 10,
        blocks: int = 5,
        filters: int = 160,
        levels: int = 3,
        context: int | Sequence[int] | None = None,
        conditioning: str = "resize",
        dropout: float = 0.5,
        context_dropout: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.shape = checked_shape(shape, whole(levels, "levels"))
        self.context = checked_context_shape(context)
        self.settings = PixelCNNSettings(
            shape=self.shape,
            head=head,
            mixtures=whole(mixtures, "mixtures"),
            blocks=whole(blocks, "blocks"),
            filters=whole(filters, "filters"),
            levels=int(levels),
            context=self.context,
            conditioning=conditioning,
            dropout=fraction(dropout, "dropout"),
            context_dropout=fraction(context_dropout, "context_dropout"),
            seed=checked_seeds([seed])[0],
        )
        self.head = named_head(head, self.shape[0], mixtures)
        if conditioning not in CONDITIONINGS:
            raise InvalidInputError(
                "conditioning must be a known name",
                received=repr(conditioning),
                fix=f"Use one of {', '.join(CONDITIONINGS)}.",
            )
        _, h, w = self.shape
        self.network = TwoStreams(
            self.shape[0],
            self.head.size,
            filters=filters,
            blocks=blocks,
            drop=dropout,
            contexts=[
                None
                if self.context is None
                else ContextAtLevel(
                    self.context,
                    (h >> level, w >> level),
                    conditioning=conditioning,
                    drop=context_dropout,
                )
                for level in range(levels)
            ],
        )
        generator = torch.Generator().manual_seed(seed)
        for layer in self.modules():
            if isinstance(layer, Convolution):
                layer.reset(generator)

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.network.exit.bias.device

    @property
    def dtype(self) -> torch.dtype:
        """Precision of the parameters."""
        return self.network.exit.bias.dtype

    def extra_repr(self) -> str:
        """The arguments it was made with, for repr."""
        return ", ".join(f"{name}={value!r}" for name, value in asdict(self.settings).items())

    def forward(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """The same as `log_prob`, for wrappers that call the module."""
        return self.log_prob(x, h)

    def log_prob(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """Log-probability of images.

        Arguments:
            x: `(b, c, h, w)` uint8.
            h: `(b, *context)` floating point; None for a decoder without context.

        Returns:
            `(b,)`, nats an image. Bits per dimension are −nats / (ln 2 · c · h · w).

        Raises:
            InvalidInputError: for images or contexts that do not fit the decoder, or a decoder
                that has diverged.
        """
        parameters = self.parameters_of(x, h)
        least = torch.promote_types(parameters.dtype, torch.float32)
        x = x.to(parameters.device)
        log_probs = self.head.log_probs(x, parameters.to(least)).flatten(1).sum(1)
        check_finite(log_probs, "log-probabilities")
        return log_probs

    def parameters_of(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """The head's parameters of every pixel, `(b, p, h, w)`, given the pixels before it."""
        checked_images(x, self.shape, self.head.values)
        checked_context(h, self.context, len(x))
        scaled = self.head.scaled(x.to(self.device), self.dtype)
        # Convolutions are fastest on channels that lie together.
        together = {"memory_format": torch.channels_last}
        given = [scaled.contiguous(**together)]
        if h is not None:
            h = h.to(self.device, self.dtype)
            given.append(h.contiguous(**together) if h.ndim == 4 else h)
        return cast("Tensor", self.network(*given))

    def initialise(self, x: Tensor, h: Tensor | None = None) -> None:
        """Set scales and biases so that contexts and outputs of convolutions are standardised.

        On a batch, mean 0 and standard deviation 1, or 0.1 behind the second convolution of a block
        and what a context adds to it. Without dropout; to be called once, before training.

        Reference:
            Salimans & Kingma (2016, arXiv:1602.07868), section 3.

        Arguments:
            x: `(b, c, h, w)` uint8; some hundred images are enough.
            h: `(b, *context)`, as for `log_prob`.

        Raises:
            InvalidInputError: for images or contexts that do not fit the decoder.
        """
        with standardising(self, (Convolution, ContextScale)):
            self.parameters_of(x, h)

    def adapt(self, x: Tensor, h: Tensor | None = None) -> None:
        """Standardise contexts anew and keep the weights: for another layer, or a later epoch.

        Arguments:
            x: `(b, c, h, w)` uint8, as for `initialise`.
            h: `(b, *context)`.

        Raises:
            InvalidInputError: for images or contexts that do not fit the decoder.
        """
        with standardising(self, (ContextScale,)):
            self.parameters_of(x, h)

    def sample(self, h: Tensor | int, *, seed: int) -> Tensor:
        """Draw images, whose distribution is exactly the one that `log_prob` gives.

        Arguments:
            h: contexts `(b, *context)`, one for each image to draw; for a decoder without context
                the number of images.
            seed: 0 to 2**32 − 1; the same seed draws the same images.

        Returns:
            `(b, c, h, w)` uint8.

        Raises:
            InvalidInputError: for contexts that do not fit the decoder, or a seed out of range.
        """
        generator = torch.Generator().manual_seed(checked_seeds([seed])[0])
        if self.context is None and not isinstance(h, Tensor):
            count = whole(h, "the number of images")
            return draw_images(self.network, self.head, self.settings, None, count, generator)
        if not isinstance(h, Tensor):
            raise InvalidInputError(
                f"h must be a tensor of shape (b, *{self.context}), one for each image to draw",
                received="h missing" if isinstance(h, int) else type(h).__name__,
                fix="Pass torch.as_tensor(h), in floating point.",
            )
        checked_context(h, self.context, None)
        h = h.to(self.device, self.dtype)
        return draw_images(self.network, self.head, self.settings, h, len(h), generator)
