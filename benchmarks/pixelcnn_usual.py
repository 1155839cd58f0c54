"""PixelCNN++ as it is usually written in PyTorch: the baseline of `pixelcnn.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, log_softmax, one_hot, pad, softplus
from torch.nn.utils.parametrizations import weight_norm

from ib_mlflow.networks.pixelcnn.layers import Convolution

if TYPE_CHECKING:
    from collections.abc import Callable

    from ib_mlflow.networks import PixelCNN

SHAPE, FILTERS, BLOCKS, LEVELS, MIXTURES = (1, 28, 28), 64, 3, 3, 10


class Padded(nn.Module):
    """A convolution behind one-sided padding (left, right, top, bottom)."""

    def __init__(self, conv: nn.Module, sides: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.conv, self.sides = weight_norm(conv), sides

    def forward(self, x: Tensor) -> Tensor:
        """Pad, then convolve."""
        return self.conv(pad(x, self.sides))


class Cropped(nn.Module):
    """A transposed convolution, cropped to twice the height and width."""

    def __init__(self, conv: nn.Module, columns: int) -> None:
        super().__init__()
        self.conv, self.columns = weight_norm(conv, dim=1), columns

    def forward(self, x: Tensor) -> Tensor:
        """Enlarge, then crop."""
        h, w = x.shape[2:]
        return self.conv(x)[:, :, : 2 * h, self.columns : self.columns + 2 * w]


def down(inputs: int, outputs: int, kernel: tuple[int, int] = (2, 3), stride: int = 1) -> Padded:
    side = (kernel[1] - 1) // 2
    return Padded(nn.Conv2d(inputs, outputs, kernel, stride), (side, side, kernel[0] - 1, 0))


def right(inputs: int, outputs: int, kernel: tuple[int, int] = (2, 2), stride: int = 1) -> Padded:
    return Padded(nn.Conv2d(inputs, outputs, kernel, stride), (kernel[1] - 1, 0, kernel[0] - 1, 0))


def shifted_down(x: Tensor) -> Tensor:
    return pad(x, (0, 0, 1, 0))[:, :, :-1]


def shifted_right(x: Tensor) -> Tensor:
    return pad(x, (1, 0))[..., :-1]


def both_signs(x: Tensor) -> Tensor:
    return elu(torch.cat([x, -x], dim=1))


class Gated(nn.Module):
    """A gated residual block."""

    def __init__(self, make: Callable[[int, int], Padded], skip: int) -> None:
        super().__init__()
        self.first = make(2 * FILTERS, FILTERS)
        self.skip = weight_norm(nn.Conv2d(2 * skip, FILTERS, 1)) if skip else None
        self.drop = nn.Dropout(0.5)
        self.second = make(2 * FILTERS, 2 * FILTERS)

    def forward(self, x: Tensor, aside: Tensor | None = None) -> Tensor:
        """The block's output, given what enters between its convolutions."""
        hidden = self.first(both_signs(x))
        if self.skip is not None:
            hidden = hidden + self.skip(both_signs(aside))
        a, b = self.second(self.drop(both_signs(hidden))).chunk(2, dim=1)
        return x + a * torch.sigmoid(b)


class Usual(nn.Module):
    """PixelCNN++ as it is usually written, with lists of both streams."""

    def __init__(self) -> None:
        super().__init__()
        channels, f = SHAPE[0] + 1, FILTERS
        self.entrance = nn.ModuleList(
            [down(channels, f), down(channels, f, (1, 3)), right(channels, f, (2, 1))]
        )
        self.ways = nn.ModuleList()
        for skips, extra in (((0, f), 0), ((f, 2 * f), 1)):
            counts = [BLOCKS + extra * (level < LEVELS - 1) for level in range(LEVELS)]
            self.ways.append(
                nn.ModuleList(
                    nn.ModuleList(
                        nn.ModuleList([Gated(down, skips[0]), Gated(right, skips[1])])
                        for _ in range(count)
                    )
                    for count in counts
                )
            )
        self.reduce = nn.ModuleList(
            nn.ModuleList([down(f, f, stride=2), right(f, f, stride=2)]) for _ in range(LEVELS - 1)
        )
        self.enlarge = nn.ModuleList(
            nn.ModuleList(
                [
                    Cropped(nn.ConvTranspose2d(f, f, (2, 3), 2, output_padding=(0, 1)), 1),
                    Cropped(nn.ConvTranspose2d(f, f, (2, 2), 2), 0),
                ]
            )
            for _ in range(LEVELS - 1)
        )
        self.exit = weight_norm(nn.Conv2d(f, 3 * MIXTURES, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Parameters of the logistic mixture at every pixel."""
        x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
        rows, above, left = self.entrance
        us = [rows(shifted_down(x))]
        uls = [above(shifted_down(x)) + left(shifted_right(x))]
        for level in range(LEVELS):
            for vertical, horizontal in self.ways[0][level]:
                us.append(vertical(us[-1]))
                uls.append(horizontal(uls[-1], us[-1]))
            if level < LEVELS - 1:
                us.append(self.reduce[level][0](us[-1]))
                uls.append(self.reduce[level][1](uls[-1]))
        u, ul = us.pop(), uls.pop()
        for level in reversed(range(LEVELS)):
            for vertical, horizontal in self.ways[1][level]:
                u = vertical(u, us.pop())
                ul = horizontal(ul, torch.cat([u, uls.pop()], dim=1))
            if level:
                u, ul = self.enlarge[level - 1][0](u), self.enlarge[level - 1][1](ul)
        return self.exit(elu(ul))

    def log_prob(self, images: Tensor) -> Tensor:
        """The usual loss: the density times the width of a bin where a probability is small."""
        x = images.float() / 127.5 - 1
        logits, means, log_scales = self(x).chunk(3, dim=1)
        log_scales = log_scales.clamp(min=-7)
        centred, shrink = x - means, torch.exp(-log_scales)
        plus, minus = shrink * (centred + 1 / 255), shrink * (centred - 1 / 255)
        delta = torch.sigmoid(plus) - torch.sigmoid(minus)
        middle = shrink * centred
        density = middle - log_scales - 2 * softplus(middle)
        inner = torch.where(
            delta > 1e-5, delta.clamp(min=1e-12).log(), density - torch.log(torch.tensor(127.5))
        )
        log_probs = torch.where(
            x < -0.999,
            plus - softplus(plus),
            torch.where(x > 0.999, -softplus(minus), inner),
        )
        return (log_probs + log_softmax(logits, dim=1)).logsumexp(1).sum((1, 2))

    def draw(self, images: Tensor, i: int, j: int) -> None:
        """Draw one pixel of every image: the whole network for the parameters of one pixel."""
        logits, means, log_scales = self(images)[:, :, i, j].chunk(3, dim=1)
        gumbel = -torch.log(-torch.log(torch.rand_like(logits).clamp(1e-5, 1 - 1e-5)))
        mixture = one_hot((logits + gumbel).argmax(1), MIXTURES)
        mean, log_scale = (means * mixture).sum(1), (log_scales * mixture).sum(1).clamp(min=-7)
        u = torch.rand_like(mean).clamp(1e-5, 1 - 1e-5)
        images[:, 0, i, j] = (mean + log_scale.exp() * (u.log() - (1 - u).log())).clamp(-1, 1)


def convolutions(module: nn.Module) -> list[nn.Module]:
    """The usual module's convolutions in the order of ours."""
    ordered = [*module.entrance]
    for level in range(LEVELS):
        for way in module.ways:
            for pair in way[level]:
                for block in pair:
                    parts = (block.first, block.skip, block.second)
                    ordered += [part for part in parts if part is not None]
        if level < LEVELS - 1:
            ordered += [*module.reduce[level], *module.enlarge[level]]
    return [getattr(part, "conv", part) for part in (*ordered, module.exit)]


@torch.no_grad()
def same_weights(usual: Usual, ours: PixelCNN) -> None:
    own = [module for module in ours.modules() if isinstance(module, Convolution)]
    for theirs, layer in zip(convolutions(usual), own, strict=True):
        weight = layer.weight()
        if layer.kernel == (1, 1) and weight.shape[1] == 4 * FILTERS:
            # Ours joins both signs of one stream, then of the other; theirs one sign of both.
            weight = weight.unflatten(1, (2, 2, FILTERS)).transpose(1, 2).flatten(1, 3)
        transposed = isinstance(theirs, nn.ConvTranspose2d)
        theirs.weight = weight.transpose(0, 1) if transposed else weight
        theirs.bias.copy_(layer.bias)
