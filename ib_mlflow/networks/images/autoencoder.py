"""The residual network as an autoencoder: its layers undone in the opposite order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from ib_mlflow.networks.images.heads import renewed
from ib_mlflow.networks.images.layered import Layered, weights_from
from ib_mlflow.networks.images.residual import channels_last, grown_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ib_mlflow.networks.images.resnet import ResidualDesign, ResNet


class Autoencoder(Layered):
    """The encoder of a residual classifier, and the same network inverted by upsampling.

    Its bottleneck is the pooled layer, h4. Upwards, h4's means are repeated to the size of h3, and
    each hyper-layer's blocks follow from the last to the first; the one that halved the maps
    doubles them. A convolution with batch normalisation gives the image, 0 black and 1 the
    brightest, not clipped; without the normalisation, the paper's learning rate of 0.1 diverges.

    Reference:
        "What Information Does a ResNet Compress", ICLR 2019 submission, section 5.

    Arguments:
        network: the classifier whose encoder it has; with new weights, and not changed.
        seed: of the weights.

    Example:
        >>> import torch
        >>> from ib_mlflow.networks import ResNet
        >>> network = Autoencoder(ResNet((3, 32, 32), 10, blocks=1))
        >>> network.layer_names
        ('h1', 'h2', 'h3', 'h4', 'IMAGE')
        >>> network(torch.zeros(2, 3, 32, 32, dtype=torch.uint8)).shape
        torch.Size([2, 3, 32, 32])
        >>> network.head("h3", seed=0)(torch.zeros(2, 64, 8, 8)).shape
        torch.Size([2, 10])
    """

    def __init__(self, network: ResNet, *, seed: int = 0) -> None:
        design = network.design
        with weights_from(seed):
            layers = {**design.layers(), "IMAGE": _inverted(design)}
        super().__init__(layers, shape=network.shape, levels=design.levels)
        self.design = design
        self._classes = network.classes
        channels_last(self)

    @property
    def classes(self) -> int:
        """How many classes are read from its layers; itself it knows none."""
        return self._classes

    def head(self, layer: str, *, seed: int) -> nn.Module:
        """What follows a layer in the classifier, with new weights.

        Arguments:
            layer: its name; behind the image stands a linear map.
            seed: of the new weights.

        Returns:
            A module from the layer's output to logits.

        Raises:
            InvalidInputError: there is no such layer.
        """
        if layer == self.layer_names[-1]:
            return self.probe(layer, seed=seed)
        following = list(self.layers.values())[self.number(layer) + 1 : -1]
        with weights_from(seed):
            return renewed([*following, nn.Linear(self.design.units, self.classes)])


def _inverted(design: ResidualDesign) -> nn.Sequential:
    channels, h, w = design.maps
    pool_h, pool_w = design.pooling
    layers: list[nn.Module] = [
        nn.Unflatten(1, (channels, h // pool_h, w // pool_w)),
        nn.Upsample(scale_factor=(float(pool_h), float(pool_w))),
    ]
    outputs: Sequence[int] = (design.shape[0], *design.widths[:-1])
    for width, narrower in zip(reversed(design.widths), reversed(outputs), strict=True):
        last = len(layers) - 1 == len(design.widths)
        layers.append(
            grown_layer(width, narrower, blocks=design.blocks, slope=design.slope, last=last)
        )
    return nn.Sequential(*layers)
