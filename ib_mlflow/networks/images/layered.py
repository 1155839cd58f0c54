"""Networks whose layers are known by name, to be inverted."""

from __future__ import annotations

import copy
import difflib
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.members import checked_seeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Classifier(nn.Module):
    """Named layers one after the other; the last gives the logits.

    Arguments:
        layers: name -> module, in order.
        shape: (channels, h, w) of an image.
        levels: how many values a sub-pixel can take; images are divided by levels - 1.

    Example:
        >>> from ib_mlflow.networks import classifier
        >>> network = classifier((1, 28, 28), classes=10, seed=0)
        >>> images = torch.zeros(5, 1, 28, 28, dtype=torch.uint8)
        >>> network(images).shape
        torch.Size([5, 10])
        >>> {name: network.layer_shape(name) for name in network.layer_names}
        {'CONV1': (32, 12, 12), 'CONV2': (32, 4, 4), 'FC3': (256,), 'LOGITS': (10,)}
    """

    def __init__(
        self, layers: Mapping[str, nn.Module], *, shape: tuple[int, int, int], levels: int
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(layers)
        self.shape, self.levels = shape, levels

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers, in order."""
        return tuple(self.layers)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(b, c)` of images `(b, channels, h, w)`, uint8."""
        return self.output_of(self.layer_names[-1], images)

    def output_of(self, layer: str, images: Tensor) -> Tensor:
        """What a layer makes of images.

        Raises:
            InvalidInputError: there is no such layer.
        """
        values = images / (self.levels - 1)
        for name in self.layer_names[: self._number(layer) + 1]:
            values = self.layers[name](values)
        return values

    def encoder(self, layer: str) -> Callable[[Tensor], Tensor]:
        """A layer as a frozen function of images; it does not change when training goes on.

        Arguments:
            layer: its name.

        Returns:
            `(b, channels, h, w)` uint8 to `(b, d)` or `(b, channels, h, w)`, without dropout.

        Raises:
            InvalidInputError: there is no such layer.
        """
        self._number(layer)
        frozen = copy.deepcopy(self).eval().requires_grad_(False)
        return partial(frozen.output_of, layer)

    def layer_shape(self, layer: str) -> tuple[int, ...]:
        """The shape of a layer's output for one image: `(d,)` or `(channels, h, w)`."""
        device = next(self.parameters()).device
        image = torch.zeros(1, *self.shape, dtype=torch.uint8, device=device)
        return tuple(self.encoder(layer)(image).shape[1:])

    def head(self, layer: str, *, seed: int) -> nn.Module:
        """What follows a layer, with new weights: what the class is read from the layer by.

        Reference:
            "What Information Does a ResNet Compress" (2018), section 4.1.

        Arguments:
            layer: its name; behind the logits stands a linear map.
            seed: of the new weights.

        Returns:
            A module from the layer's output to logits.

        Raises:
            InvalidInputError: there is no such layer.
        """
        following = list(self.layers.values())[self._number(layer) + 1 :]
        c = self.layer_shape(self.layer_names[-1])[0]
        with weights_from(seed):
            head = nn.Sequential(*(copy.deepcopy(following) or [nn.Linear(c, c)]))
            for module in head.modules():
                if isinstance(module, nn.Linear | nn.Conv2d):
                    module.reset_parameters()
        return head

    def _number(self, layer: str) -> int:
        if layer not in self.layers:
            near = difflib.get_close_matches(layer.upper(), self.layer_names, n=1, cutoff=0.0)
            raise InvalidInputError(
                f"a layer must be one of {', '.join(self.layer_names)}",
                received=repr(layer),
                fix=f"Did you mean {near[0]}?",
            )
        return self.layer_names.index(layer)


@contextmanager
def weights_from(seed: int) -> Iterator[None]:
    """Let PyTorch draw weights from a seed, and leave its generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(checked_seeds([seed])[0])
        yield
