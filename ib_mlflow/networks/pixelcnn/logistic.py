"""The discretised mixture of logistic distributions, exact and normalised."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.checks import whole
from ib_mlflow.networks.pixelcnn.heads import Head, checked_channels, value_at

LOG_WIDTH = math.log(2 / 255)  # of a value's bin, on the scale from −1 to 1
NARROW = 1e-3  # bins below this many scales are expanded; the error of the expansion is 3e-16


class Mixture(NamedTuple):
    """Parameters by their roles; every tensor `(b, c, k, h, w)` but the logits `(b, k, h, w)`."""

    logits: Tensor
    means: Tensor
    log_scales: Tensor
    coefficients: Tensor | None


class DiscretizedLogisticMixture(Head):
    """A mixture of logistic distributions, integrated over the bins of 8-bit values.

    Value v of a sub-pixel lies at x = v / 127.5 − 1. Component i gives its bin the mass
    σ((x − μᵢ + 1/255)/sᵢ) − σ((x − μᵢ − 1/255)/sᵢ), where the lowest bin reaches down to −∞ and the
    highest up to ∞, so that the 256 masses sum to one. It is computed as a product, which neither
    cancels nor underflows in the tails. With three channels, all from one component, the mean of
    green moves with red, and that of blue with red and green.

    Reference:
        Salimans et al. (2017, arXiv:1701.05517), section 2.1 and 2.2.

    Arguments:
        channels: 1 or 3.
        mixtures: number of components, k; None to accept as many as the parameters hold.
        least_log_scale: log-scales are clamped to this from below.

    The axis p of the parameters holds k logits, then for each channel k means, k log-scales and,
    with three channels only, k coefficients before their tanh: green's on red, blue's on red, and
    blue's on green stand with the first, second and third channel. That makes 3k or 10k.

    Raises:
        InvalidInputError: if an argument is refused.

    Example:
        >>> head = DiscretizedLogisticMixture(channels=3)
        >>> parameters = torch.zeros(256, 10, 1, 1)  # one component, μ = 0, s = 1
        >>> x = torch.zeros(256, 3, 1, 1, dtype=torch.uint8)
        >>> x[:, 2, 0, 0] = torch.arange(256)
        >>> total = head.log_prob(x, parameters).exp().sum()  # over blue, given black
        >>> bool(torch.isclose(total.log(), 2 * torch.tensor(-254 / 255).sigmoid().log()))
        True
    """

    def __init__(
        self, channels: int, mixtures: int | None = None, *, least_log_scale: float = -7.0
    ) -> None:
        super().__init__(checked_channels(channels))
        self.mixtures = None if mixtures is None else whole(mixtures, "mixtures")
        number = isinstance(least_log_scale, int | float) and not isinstance(least_log_scale, bool)
        if not number or not -30 <= least_log_scale <= 0:
            raise InvalidInputError(
                "least_log_scale must be a number from -30 to 0",
                received=repr(least_log_scale),
                fix="Use -7.0, a scale of a quarter of a bin.",
            )
        self.least_log_scale = float(least_log_scale)

    @property
    def per_component(self) -> int:
        """Parameters of one component: its logit, and what it has for each channel."""
        return 3 if self.channels == 1 else 10

    @property
    def size(self) -> int:
        """Parameters of a pixel, p."""
        if self.mixtures is None:
            raise InvalidInputError(
                "the number of parameters needs the number of mixtures",
                received="mixtures=None",
                fix="Give mixtures=10.",
            )
        return self.per_component * self.mixtures

    @property
    def uniforms(self) -> int:
        """One uniform number for the component, one for each channel."""
        return 1 + self.channels

    def log_probs(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Log-probabilities of whole pixels `(b, h, w)`, nats."""
        mixture = self._split(parameters)
        means = self._coupled(mixture, self.scaled(x, parameters.dtype).unsqueeze(2))
        log_widths = LOG_WIDTH - mixture.log_scales
        widths = log_widths.exp()
        # On the scale of the values, on which neighbours are one apart without rounding: where a
        # bin ends the next begins, also in single precision.
        steps = (x.to(parameters.dtype) - 127.5).unsqueeze(2) - 127.5 * means
        distance, half = steps * widths, widths / 2
        below, above = logsigmoid(distance + half), logsigmoid(half - distance)
        inside = below + above + _log_of_one_minus_exp(widths, log_widths)
        masses = torch.where(
            x.unsqueeze(2) == 0, below, torch.where(x.unsqueeze(2) == 255, above, inside)
        )
        return torch.logsumexp(mixture.logits.log_softmax(1) + masses.sum(1), 1)

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """A uniform number for the component and logistic ones for the channels, float64."""
        noise = super().noise(shape, generator)
        noise[..., 1:] = torch.logit(noise[..., 1:])
        return noise

    def draw(self, parameters: Tensor, noise: Tensor) -> Tensor:
        """The n pixels that noise stands for, `(n, c)` uint8."""
        n, p = parameters.shape
        k = p // self.per_component
        component = value_at(parameters[:, :k], noise[:, 0]).view(n, 1, 1, 1)
        roles = parameters[:, k:].view(n, self.channels, -1, k)
        roles = roles.gather(3, component.expand(*roles.shape[:3], 1)).double()
        means, log_scales = roles[:, :, 0, 0], roles[:, :, 1, 0]
        scales = log_scales.clamp(min=self.least_log_scale).exp_()
        values = torch.addcmul(means, scales, noise[:, 1:])
        if self.channels == 1:
            return _nearest(values)
        on_red, blue_on_red, on_green = torch.tanh(roles[:, :, 2, 0]).unbind(1)
        red = _nearest(values[:, 0])
        shift = self.scaled(red, torch.float64)
        green = _nearest(values[:, 1] + on_red * shift)
        shift = blue_on_red * shift + on_green * self.scaled(green, torch.float64)
        return torch.stack((red, green, _nearest(values[:, 2] + shift)), 1)

    def _split(self, parameters: Tensor) -> Mixture:
        k = parameters.shape[1] // self.per_component
        roles = 2 if self.channels == 1 else 3
        rest = torch.unflatten(parameters[:, k:], 1, (self.channels, roles, k))
        return Mixture(
            parameters[:, :k],
            rest[:, :, 0],
            rest[:, :, 1].clamp(min=self.least_log_scale),
            torch.tanh(rest[:, :, 2]) if roles == 3 else None,
        )

    @staticmethod
    def _coupled(mixture: Mixture, values: Tensor) -> Tensor:
        if mixture.coefficients is None:
            return mixture.means
        on_red, blue_on_red, on_green = mixture.coefficients.unbind(1)
        red, green, _ = values.unbind(1)
        shifts = [torch.zeros_like(on_red), on_red * red, blue_on_red * red + on_green * green]
        return mixture.means + torch.stack(shifts, 1)

    def accepted(self, parameters: Tensor) -> int:
        """How many parameters a pixel must have: any multiple, if the mixtures are not given."""
        if self.mixtures is not None or getattr(parameters, "ndim", 0) != 4:
            return self.per_component * (self.mixtures or 1)
        k, over = divmod(parameters.shape[1], self.per_component)
        if over or not k:
            raise InvalidInputError(
                f"{self.channels} channels imply {self.per_component} parameters a component, in "
                "all a multiple of that",
                received=f"{parameters.shape[1]} parameters a pixel",
                fix="Check the channels: parameters come as 3k for one, 10k for three.",
            )
        return parameters.shape[1]


def _nearest(x: Tensor) -> Tensor:
    """The 8-bit values whose bins hold x, on the scale from −1 to 1."""
    return (x * 127.5).add_(127.5).round_().clamp_(0, 255).to(torch.uint8)


def _log_of_one_minus_exp(width: Tensor, log_width: Tensor) -> Tensor:
    """log(1 − exp(−width)) for widths of bins in scales, also where that underflows."""
    expanded = log_width - width / 2 + width * width / 24
    return torch.where(width < NARROW, expanded, torch.log(-torch.expm1(-width.clamp(min=NARROW))))
