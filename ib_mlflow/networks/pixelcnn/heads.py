"""What the heads share: from parameters of a pixel to the probability of its 8-bit values."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.checks import checked_images, checked_parameters

LARGEST_UNIFORM = 1 - 2.0**-53  # the largest double below one


class Head(ABC):
    """The distribution of a pixel's values, given parameters that a network computes for it.

    Attributes:
        channels: sub-pixels of a pixel.
        values: values that a sub-pixel can take, 0 … values − 1.
    """

    values: int = 256

    def __init__(self, channels: int) -> None:
        self.channels = channels

    @property
    @abstractmethod
    def size(self) -> int:
        """Parameters of a pixel, p."""

    @property
    @abstractmethod
    def uniforms(self) -> int:
        """Uniform numbers that it takes to draw a pixel."""

    def scaled(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        """The values on a scale from −1 to 1, as networks and mixtures see them."""
        return x.to(dtype) * (2 / (self.values - 1)) - 1

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Log-probability of images.

        Arguments:
            x: `(b, c, h, w)` uint8.
            parameters: `(b, p, h, w)`.

        Returns:
            `(b,)`, nats: the sum over all pixels and channels.

        Raises:
            InvalidInputError: for images that are not uint8 or of another shape, values that the
                head does not know, or another number of parameters.
        """
        checked_images(x, (self.channels, *getattr(x, "shape", ())[-2:]), self.values)
        checked_parameters(parameters, self.accepted(parameters), x.shape)
        return self.log_probs(x.to(parameters.device), parameters).flatten(1).sum(1)

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw images whose distribution is the one that `log_prob` gives.

        Arguments:
            parameters: `(b, p, h, w)`.
            generator: of the CPU, wherever the parameters are.

        Returns:
            `(b, c, h, w)` uint8.

        Raises:
            InvalidInputError: for another number of parameters, or no generator.
        """
        checked_parameters(parameters, self.accepted(parameters), None)
        if not isinstance(generator, torch.Generator):
            raise InvalidInputError(
                "generator must be a torch.Generator of the CPU",
                received=type(generator).__name__,
                fix="Use torch.Generator().manual_seed(0).",
            )
        b, _, h, w = parameters.shape
        noise = self.noise((b, h, w), generator).to(parameters.device)
        pixels = self.draw(parameters.movedim(1, 3).flatten(0, 2), noise.flatten(0, 2))
        return pixels.view(b, h, w, self.channels).movedim(3, 1).contiguous()

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """What `draw` needs for every pixel, `(*shape, uniforms)` float64.

        Here uniform numbers of the open interval from 0 to 1.
        """
        uniforms = torch.rand((*shape, self.uniforms), dtype=torch.float64, generator=generator)
        return uniforms.add_(2.0**-54).clamp_(max=LARGEST_UNIFORM)

    @abstractmethod
    def log_probs(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Log-probabilities of unchecked images, not yet summed: `(b, …)`, nats."""

    @abstractmethod
    def draw(self, parameters: Tensor, noise: Tensor) -> Tensor:
        """The n pixels that noise `(n, uniforms)` stands for, `(n, c)` uint8.

        Arguments:
            parameters: `(n, p)`.
            noise: `(n, uniforms)`, from `noise`.
        """

    def accepted(self, parameters: Tensor) -> int:  # noqa: ARG002
        """How many parameters a pixel must have."""
        return self.size


def value_at(logits: Tensor, uniform: Tensor) -> Tensor:
    """The value at which the cumulative probability reaches a uniform number.

    Arguments:
        logits: `(*, values)`.
        uniform: `(*)` float64, in the open interval from 0 to 1.

    Example:
        >>> uniform = torch.tensor([0.2, 0.6, 0.9], dtype=torch.float64)
        >>> value_at(torch.tensor([[0.5, 0.25, 0.25]]).log().expand(3, -1), uniform).tolist()
        [0, 1, 2]
    """
    reached = logits.softmax(-1, dtype=torch.float64).cumsum(-1)
    # Of their own total, so that rounding never leads past the last value that is possible.
    return torch.searchsorted(reached, uniform.unsqueeze(-1) * reached[..., -1:]).squeeze(-1)


class Categorical(Head):
    """A probability of its own for each of the 256 values.

    The channels of a pixel are independent given the pixels before it; for colour images the
    logistic mixture couples them.

    Reference:
        van den Oord et al. (2016, arXiv:1601.06759), section 3.3.

    Arguments:
        channels: sub-pixels of a pixel. The parameters are 256 logits for each.

    Example:
        >>> head = Categorical(channels=1)
        >>> x = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
        >>> head.log_prob(x, torch.zeros(2, 256, 4, 4))  # 16 pixels, each of ln 256
        tensor([-88.7228, -88.7228])
    """

    @property
    def uniforms(self) -> int:
        """One uniform number for each channel."""
        return self.channels

    @property
    def size(self) -> int:
        """Parameters of a pixel, p."""
        return self.channels * self.values

    def log_probs(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Log-probabilities `(b, c, h, w)`, nats."""
        logits = self._by_channel(parameters)
        return logits.gather(2, x.long().unsqueeze(2)).squeeze(2) - logits.logsumexp(2)

    def draw(self, parameters: Tensor, noise: Tensor) -> Tensor:
        """The n pixels that uniform numbers stand for, `(n, c)` uint8."""
        return value_at(self._by_channel(parameters), noise).to(torch.uint8)

    def _by_channel(self, parameters: Tensor) -> Tensor:
        return torch.unflatten(parameters, 1, (self.channels, self.values))


class Bernoulli(Head):
    """Binarised images, whose values are 0 and 1.

    Arguments:
        channels: sub-pixels of a pixel, independent given the pixels before it. The parameters are
            the logit of a one for each.

    Example:
        >>> head = Bernoulli(channels=1)
        >>> head.log_prob(torch.ones(1, 1, 1, 1, dtype=torch.uint8), torch.zeros(1, 1, 1, 1))
        tensor([-0.6931])
    """

    values = 2

    @property
    def uniforms(self) -> int:
        """One uniform number for each channel."""
        return self.channels

    @property
    def size(self) -> int:
        """Parameters of a pixel, p."""
        return self.channels

    def log_probs(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Log-probabilities `(b, c, h, w)`, nats."""
        return torch.nn.functional.logsigmoid(parameters * self.scaled(x, parameters.dtype))

    def draw(self, parameters: Tensor, noise: Tensor) -> Tensor:
        """The n pixels that uniform numbers stand for, `(n, c)` uint8."""
        return (noise < parameters.double().sigmoid()).to(torch.uint8)


def checked_channels(channels: int) -> int:
    """One channel or three.

    Raises:
        InvalidInputError: for any other number.

    Example:
        >>> checked_channels(3)
        3
    """
    if isinstance(channels, bool | float) or channels not in (1, 3):
        raise InvalidInputError(
            "channels must be 1 or 3", received=repr(channels), fix="Use grey or colour images."
        )
    return channels
