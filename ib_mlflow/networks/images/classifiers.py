"""The image classifiers that are inverted."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.images.layered import Classifier, weights_from

if TYPE_CHECKING:
    from collections.abc import Sequence

Architecture = Literal["convolutional", "global_max", "fully_connected"]
ARCHITECTURES = get_args(Architecture)
WIDE = 2048
"""Units of the fully connected layers that stand in place of the convolutions."""


@dataclass(frozen=True)
class _Design:
    """The arguments of `classifier`, but for the seed."""

    shape: Sequence[int]
    classes: int
    architecture: str
    filters: tuple[int, int]
    kernel: int
    units: int
    dropout: float
    levels: int


def classifier(
    shape: Sequence[int],
    *,
    classes: int,
    architecture: Architecture = "convolutional",
    filters: tuple[int, int] = (32, 32),
    kernel: int = 5,
    units: int = 256,
    dropout: float = 0.5,
    levels: int = 256,
    seed: int = 0,
) -> Classifier:
    """Make a classifier of Nash et al., with weights drawn as PyTorch draws them.

    Reference:
        Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
        Neural Density Models", appendix A.

    Arguments:
        shape: (channels, h, w) of an image.
        classes: c.
        architecture: "convolutional": CONV1 and CONV2, each a convolution without padding, ReLU
            and 2 × 2 max pooling, FC3 with ReLU, and LOGITS; "global_max": the same with the
            maximum over all places of CONV2's maps before FC3; "fully_connected": two layers of
            2048 ReLU units, FC1 and FC2, in place of the convolutions.
        filters: of the two convolutions; the paper has (32, 32) for MNIST, (64, 128) in colour.
        kernel: side of a convolution.
        units: of FC3.
        dropout: share of the units dropped behind every layer but the last while training.
        levels: how many values a sub-pixel can take.
        seed: of the weights.

    Returns:
        The classifier, on the CPU.

    Raises:
        InvalidInputError: a number is out of range, or the images are too small for two
            convolutions with pooling.

    Example:
        >>> classifier((1, 40, 40), classes=10, architecture="fully_connected").layer_names
        ('FC1', 'FC2', 'FC3', 'LOGITS')
    """
    design = _Design(shape, classes, architecture, filters, kernel, units, dropout, levels)
    _check(design)
    with weights_from(seed):
        layers = _layers(design)
    channels, h, w = shape
    return Classifier(layers, shape=(channels, h, w), levels=levels)


def _layers(design: _Design) -> dict[str, nn.Module]:
    channels, h, w = design.shape
    filters, kernel, dropout = design.filters, design.kernel, design.dropout
    layers: dict[str, nn.Module] = {}
    flat: nn.Module = nn.Identity()
    if design.architecture == "fully_connected":
        layers["FC1"] = nn.Sequential(nn.Flatten(), *_dense(channels * h * w, WIDE, dropout))
        layers["FC2"] = nn.Sequential(*_dense(WIDE, WIDE, dropout))
        inputs = WIDE
    else:
        side_h, side_w = (_pooled(_pooled(side, kernel), kernel) for side in (h, w))
        layers["CONV1"] = _convolution(channels, filters[0], kernel, dropout)
        layers["CONV2"] = _convolution(filters[0], filters[1], kernel, dropout)
        everywhere = design.architecture == "global_max"
        pooling = [nn.AdaptiveMaxPool2d(1)] if everywhere else []
        flat = nn.Sequential(*pooling, nn.Flatten())
        inputs = filters[1] * (1 if everywhere else side_h * side_w)
    layers["FC3"] = nn.Sequential(flat, *_dense(inputs, design.units, dropout))
    layers["LOGITS"] = nn.Linear(design.units, design.classes)
    return layers


def _convolution(inputs: int, outputs: int, kernel: int, dropout: float) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(dropout)
    )


def _dense(inputs: int, outputs: int, dropout: float) -> list[nn.Module]:
    return [nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(dropout)]


def _pooled(side: int, kernel: int) -> int:
    """A side of a map behind a convolution without padding and 2 × 2 pooling."""
    return (side - kernel + 1) // 2


def _check(design: _Design) -> None:
    if design.architecture not in ARCHITECTURES:
        near = difflib.get_close_matches(str(design.architecture), ARCHITECTURES, n=1, cutoff=0.0)
        raise InvalidInputError(
            f"architecture must be one of {', '.join(ARCHITECTURES)}",
            received=repr(design.architecture),
            fix=f"Did you mean {near[0]}?",
        )
    shape, filters, kernel = design.shape, design.filters, design.kernel
    counts = (*shape, design.classes - 1, *filters, kernel, design.units, design.levels - 1)
    if len(shape) != 3 or len(filters) != 2 or min(counts) < 1 or not 0 <= design.dropout < 1:
        raise InvalidInputError(
            "shape must be (channels, h, w), filters two numbers, every size at least 1, classes "
            "and levels at least 2, and dropout in [0, 1)",
            received=f"shape={tuple(shape)}, classes={design.classes}, filters={filters}, "
            f"kernel={kernel}, units={design.units}, levels={design.levels}, "
            f"dropout={design.dropout}",
            fix="See the arguments of classifier.",
        )
    if (
        design.architecture != "fully_connected"
        and _pooled(_pooled(min(shape[1:]), kernel), kernel) < 1
    ):
        raise InvalidInputError(
            "images must be large enough for two convolutions without padding and their pooling",
            received=f"{shape[1]} × {shape[2]} with kernels of {kernel}",
            fix=f"Lower kernel, or take images of {3 * kernel + 1} × {3 * kernel + 1} or more.",
        )
