"""Weight-normalised convolutions whose first batch sets their scales."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, dropout, elu

from ib_mlflow.networks.pixelcnn.convolve import Sides, convolve

DIRECTION_STD = 0.05
LEAST_SPREAD = 0.1  # deviation over size, below which an output counts as constant
LEAST_SIZE = 1e-6  # below, outputs are rounding errors of zero


class Convolution(nn.Module):
    """A convolution with weights g · v / ‖v‖, a norm for each output channel.

    With rows (columns) of zeros above (left of) the image, one fewer than the kernel has, no output
    sees what is below (right of) it.

    Reference:
        Salimans & Kingma (2016, arXiv:1602.07868), equation 2 and section 3.

    Arguments:
        inputs: channels, of all parts of the input together.
        outputs: channels.
        kernel: (height, width).
        sides: columns of zeros (left, right) and rows (above, below); negative ones are cut off.
        stride: of rows and columns.
        gain: standard deviation of the outputs on the first batch.

    Example:
        >>> layer = Convolution(2, 5, (2, 3), sides=(1, 1, 1, 0))
        >>> layer(torch.ones(1, 2, 4, 4)).shape
        torch.Size([1, 5, 4, 4])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: tuple[int, int] = (1, 1),
        sides: Sides = (0, 0, 0, 0),
        *,
        stride: int = 1,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.kernel, self.sides, self.stride, self.gain = kernel, sides, stride, gain
        self.direction = nn.Parameter(torch.empty(outputs, inputs, *kernel))
        self.scale = nn.Parameter(torch.full((outputs,), gain))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.standardising = False

    def extra_repr(self) -> str:
        """What tells it from another one, for repr."""
        outputs, inputs = self.direction.shape[:2]
        return (
            f"{inputs}, {outputs}, kernel={self.kernel}, sides={self.sides}, "
            f"stride={self.stride}, gain={self.gain}"
        )

    def reset(self, generator: torch.Generator) -> None:
        """Draw the directions of the weights; scales and biases start at the gain and at 0."""
        with torch.no_grad():
            self.direction.normal_(0, DIRECTION_STD, generator=generator)

    def weight(self) -> Tensor:
        """The weights g · v / ‖v‖, `(outputs, inputs, kernel)`."""
        norm: Tensor = torch.linalg.vector_norm(self.direction, dim=(1, 2, 3), keepdim=True)
        return self.direction * (self.scale[:, None, None, None] / norm)

    def forward(self, *parts: Tensor) -> Tensor:
        """Convolve the parts `(b, inputs, h, w)`, which are joined along their channels."""
        result = self._convolved(torch.cat(parts, 1) if len(parts) > 1 else parts[0])
        return self._standardised(result) if self.standardising else result

    def _convolved(self, x: Tensor) -> Tensor:
        return convolve(x, self.weight(), self.bias, self.sides, stride=self.stride)

    @torch.no_grad()
    def _standardised(self, result: Tensor) -> Tensor:
        """Set scale and bias so that the outputs have mean 0 and the gain as deviation.

        Outputs that hardly vary are neither centred nor blown up, but brought to the gain's size,
        and those that are zero are left alone.
        """
        result = result - self.bias[:, None, None]
        mean, deviation = result.mean((0, 2, 3)), result.std((0, 2, 3), correction=0)
        size = result.square().mean().sqrt()
        varies = deviation > LEAST_SPREAD * size
        unit = torch.where(varies, deviation, size)
        factor = torch.where(size > LEAST_SIZE, self.gain / unit, torch.ones_like(unit))
        self.scale.mul_(factor)
        self.bias.copy_(torch.where(varies, -mean * factor, torch.zeros_like(mean)))
        return result * factor[:, None, None] + self.bias[:, None, None]


class Enlargement(Convolution):
    """A transposed convolution of stride 2, which doubles height and width.

    The first of two rows, and the middle of three or first of two columns, lie over the input; the
    second row and the last column reach to pixels that come later.

    Arguments:
        inputs: channels.
        outputs: channels.
        kernel: (height, width), of height 2 and width 2 or 3.

    Example:
        >>> Enlargement(2, 5, (2, 3))(torch.ones(1, 2, 4, 4)).shape
        torch.Size([1, 5, 8, 8])
    """

    def __init__(self, inputs: int, outputs: int, kernel: tuple[int, int]) -> None:
        super().__init__(inputs, outputs, kernel)

    def _convolved(self, x: Tensor) -> Tensor:
        side = self.kernel[1] - 2
        weight = self.weight().transpose(0, 1)
        return conv_transpose2d(
            x, weight, self.bias, stride=2, padding=(0, side), output_padding=(0, side)
        )


def dropped(x: Tensor, share: float) -> Tensor:
    """Set a random share of the elements to zero and scale the others up, as `dropout` does.

    On the CPU one 64-bit draw decides about four elements, which takes a fifth of the time.

    Arguments:
        x: `(*)`.
        share: probability of a zero, below 1; on the CPU rounded to a multiple of 2⁻¹⁶.

    Example:
        >>> bool((dropped(torch.ones(1000), 0.5) == 2).float().mean() > 0.4)
        True
    """
    kept = max(1, round((1 - share) * 2**16))
    if kept == 2**16:
        return x
    if x.device.type != "cpu":
        return dropout(x, share)
    words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    mask = (words.view(torch.int16)[: x.numel()] < kept - 2**15).to(x.dtype).mul_(2**16 / kept)
    # In the order in which the elements of x lie in memory.
    return x * mask.as_strided(x.shape, torch.empty_like(x, device="meta").stride())


def concat_elu(x: Tensor) -> Tensor:
    """The exponential linear unit of x and of −x, side by side.

    Reference:
        Shang et al. (2016, arXiv:1603.05201), with the unit of Clevert et al. (2016,
        arXiv:1511.07289).

    Arguments:
        x: `(b, d, …)`.

    Returns:
        `(b, 2d, …)`.

    Example:
        >>> concat_elu(torch.tensor([[2.0]])).tolist()
        [[2.0, -0.8646647334098816]]
    """
    return elu(torch.cat((x, -x), 1), inplace=True)
