"""A classifier that loses nothing before its last layer: coupling blocks that can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Coupling(nn.Module):
    """A block (a, b) -> (b, a + F(b)) of two halves; F is any network, and need not be inverted.

    Reference:
        Dinh, Krueger & Bengio (2014), "NICE", arXiv:1410.8516; Jacobsen, Smeulders & Oyallon
        (2018), "i-RevNet: Deep Invertible Networks", ICLR.

    Arguments:
        half: units of a half.
        hidden: ReLU units of F.

    Example:
        >>> block = Coupling(2, 8).double()
        >>> values = torch.arange(4.0, dtype=torch.float64)[None]
        >>> torch.allclose(block.inverse(block(values)), values, rtol=0, atol=1e-12)
        True
    """

    def __init__(self, half: int, hidden: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(nn.Linear(half, hidden), nn.ReLU(), nn.Linear(hidden, half))

    def forward(self, values: Tensor) -> Tensor:
        """What the block makes of values `(n, 2 · half)`, of the same shape."""
        first, second = values.chunk(2, dim=1)
        return torch.cat([second, first + self.residual(second)], dim=1)

    def inverse(self, values: Tensor) -> Tensor:
        """The values that the block makes these of, but for rounding."""
        second, moved = values.chunk(2, dim=1)
        return torch.cat([moved - self.residual(second), second], dim=1)


class Reversible(nn.Module):
    """Coupling blocks on the pixels of an image, and one linear map from the last to the classes.

    Every block has as many units as the image has pixels. With `stack` it is an ensemble like
    any other; its measured layers are `Reversible.layers(blocks)`.

    Reference:
        Jacobsen, Smeulders & Oyallon (2018), "i-RevNet: Deep Invertible Networks", ICLR; with
        full connections in place of convolutions.

    Arguments:
        shape: (channels, h, w) of an image, or (m,); an even number of pixels in all.
        classes: c.
        blocks: how many.
        hidden: ReLU units inside each.

    Raises:
        InvalidInputError: an odd number of pixels, one class, or a number below 1.

    Example:
        >>> from functools import partial
        >>> from ib_mlflow.networks import stack
        >>> make = partial(Reversible, (1, 8, 8), classes=10, blocks=2, hidden=16)
        >>> stack(make, seeds=range(3), layers=Reversible.layers(2)).layer_names
        ('blocks.0', 'blocks.1', 'output')
    """

    def __init__(self, shape: Sequence[int], *, classes: int, blocks: int, hidden: int) -> None:
        super().__init__()
        pixels = int(torch.Size(shape).numel())
        if min(*shape, classes - 1, blocks, hidden) < 1 or pixels % 2:
            raise InvalidInputError(
                "a reversible network needs an even number of pixels, two classes or more, and "
                "other numbers of at least 1",
                received=f"shape={tuple(shape)}, classes={classes}, blocks={blocks}, "
                f"hidden={hidden}",
                fix="Pad the images by a column.",
            )
        self.shape = tuple(shape)
        self.blocks = nn.ModuleList(Coupling(pixels // 2, hidden) for _ in range(blocks))
        self.readout = nn.Linear(pixels, classes)

    @staticmethod
    def layers(blocks: int) -> tuple[str, ...]:
        """The names of the blocks, as `stack` takes them."""
        return tuple(f"blocks.{block}" for block in range(blocks))

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(n, c)` of images `(n, *shape)`."""
        logits: Tensor = self.readout(self.encode(images))
        return logits

    def encode(self, images: Tensor) -> Tensor:
        """What the last block makes of images `(n, *shape)`: `(n, pixels)`."""
        flat = images.flatten(1)
        # Every second pixel in each half, so that both see the whole image.
        values = torch.cat([flat[:, ::2], flat[:, 1::2]], dim=1)
        for block in self.blocks:
            values = block(values)
        return values

    def decode(self, values: Tensor) -> Tensor:
        """The images of which `encode` makes these values, but for rounding.

        Arguments:
            values: `(n, pixels)`.

        Returns:
            `(n, *shape)`.
        """
        couplings = [block for block in self.blocks if isinstance(block, Coupling)]
        for block in reversed(couplings):
            values = block.inverse(values)
        return torch.stack(values.chunk(2, dim=1), dim=2).reshape(len(values), *self.shape)
