"""Images moved, turned and sheared at random each time they are learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import grid_sample

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.noise import standard_normals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

LAYER = 0  # of the draws; the layers of networks are counted from 1


@dataclass(frozen=True)
class Augmentation:
    """Random translation, rotation and shear of images, drawn afresh for each use of each image.

    What a member sees is a function of its seed, the epoch and the image's position in it. Images
    are interpolated bilinearly and are 0 outside.

    Reference:
        Goldfeld et al., "Estimating Information Flow in DNNs", ICLR 2019 submission, supplement
        9.3, whose numbers are the defaults.

    Arguments:
        translation: largest move along each axis, in whole pixels; all are equally likely.
        rotation: largest turn, in degrees; uniform.
        shear: largest angle of shear along the rows, in degrees below 90; uniform.

    Raises:
        InvalidInputError: if a number is out of range.

    Example:
        >>> Augmentation(rotation=0)
        Augmentation(translation=2, rotation=0, shear=10.0)
    """

    translation: int = 2
    rotation: float = 10.0
    shear: float = 10.0

    def __post_init__(self) -> None:
        whole = isinstance(self.translation, int) and self.translation >= 0
        if not (whole and 0 <= self.rotation <= 180 and 0 <= self.shear < 90):
            raise InvalidInputError(
                "translation must be a whole number of pixels, at least 0, rotation 0..180 and "
                "shear 0..90 degrees, 90 not included",
                received=self,
                fix="Try Augmentation(translation=2, rotation=10, shear=10).",
            )

    def of_members(self, images: Tensor, streams: NDArray[np.uint32], start: int) -> Tensor:
        """Augment minibatches of several members.

        Arguments:
            images: `(e, b, channels, h, w)`.
            streams: `(e, 3)`, from `ib_mlflow.networks.noise.training_streams`.
            start: position in the epoch of the first image.

        Returns:
            Of the same shape.
        """
        e, b = images.shape[:2]
        draws = standard_normals(streams, layer=LAYER, start=start, rows=b, units=4)
        uniform = torch.special.ndtr(torch.from_numpy(draws).double()).reshape(e * b, 4)
        steps = 2 * self.translation + 1
        shift = (uniform[:, :2] * steps).floor().clamp(max=steps - 1) - self.translation
        angles = (2 * uniform[:, 2:] - 1) * torch.tensor([self.rotation, self.shear])
        numbers = [*shift.unbind(1), *torch.deg2rad(angles).unbind(1)]
        moved = affine(images.flatten(0, 1), *(number.to(images) for number in numbers))
        return moved.view_as(images)


def affine(images: Tensor, right: Tensor, down: Tensor, angle: Tensor, shear: Tensor) -> Tensor:
    """Shear images along their rows, turn them around their centre, and move them.

    Arguments:
        images: `(n, channels, h, w)`.
        right: `(n,)` pixels.
        down: `(n,)` pixels.
        angle: `(n,)` radians, clockwise.
        shear: `(n,)` radians; a point at height y below the centre moves by y tan(shear).

    Returns:
        `(n, channels, h, w)`.

    Example:
        >>> image, one = torch.arange(6.0).reshape(1, 1, 2, 3), torch.ones(1)
        >>> affine(image, one, 0 * one, 0 * one, 0 * one).flatten().tolist()
        [0.0, 0.0, 1.0, 0.0, 3.0, 4.0]
        >>> affine(image, 0 * one, 0 * one, torch.pi * one, 0 * one).flatten().round().tolist()
        [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    """
    h, w = images.shape[-2:]
    x = torch.arange(w, device=images.device) - (w - 1) / 2 - right[:, None]
    y = torch.arange(h, device=images.device) - (h - 1) / 2 - down[:, None]
    x, y = x[:, None, :], y[:, :, None]
    # where a pixel comes from: move, turn and shear backwards
    cosine, sine = angle.cos()[:, None, None], angle.sin()[:, None, None]
    below = cosine * y - sine * x
    beside = cosine * x + sine * y - shear.tan()[:, None, None] * below
    grid = torch.stack([beside * (2 / w), below * (2 / h)], dim=3).to(images)
    return grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
