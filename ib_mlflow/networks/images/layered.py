"""Networks whose layers are known by name, to be inverted."""

from __future__ import annotations

import copy
import difflib
import math
from abc import ABC, abstractmethod
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.images.heads import renewed, standardised
from ib_mlflow.networks.members import checked_seeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


class Layered(nn.Module, ABC):
    """Named layers one after the other, of images to whatever the last one gives.

    Arguments:
        layers: name -> module, in order.
        shape: (channels, h, w) of an image.
        levels: how many values a sub-pixel can take; images are divided by levels - 1.
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

    @property
    @abstractmethod
    def classes(self) -> int:
        """How many classes are read from its layers."""

    @abstractmethod
    def head(self, layer: str, *, seed: int) -> nn.Module:
        """What the class is read from a layer by, with new weights."""

    def forward(self, images: Tensor) -> Tensor:
        """What the last layer makes of images `(b, channels, h, w)`, uint8: `(b, ...)`."""
        return self.output_of(self.layer_names[-1], images)

    def output_of(self, layer: str, images: Tensor) -> Tensor:
        """What a layer makes of images.

        Raises:
            InvalidInputError: there is no such layer.
        """
        return self.outputs_of((layer,), images)[layer]

    def outputs_of(self, layers: Sequence[str], images: Tensor) -> dict[str, Tensor]:
        """What several layers make of images, in one pass that ends with the last of them.

        Arguments:
            layers: their names, in any order.
            images: `(b, channels, h, w)` uint8.

        Returns:
            Name -> `(b, d)` or `(b, channels, h, w)`, in the order of the names.

        Raises:
            InvalidInputError: there is no such layer, or none is named; or images are none of
                this network's shape and type.
        """
        last = max((self.number(layer) for layer in layers), default=-1)
        if last < 0:
            raise InvalidInputError(
                "a pass must be asked for at least one layer",
                received="none",
                fix=f"Choose from {', '.join(self.layer_names)}.",
            )
        self._check(images)
        values = images.to(next(self.parameters()).dtype) / (self.levels - 1)
        outputs = {}
        for name in self.layer_names[: last + 1]:
            values = self.layers[name](values)
            if name in layers:
                outputs[name] = values
        return {name: outputs[name] for name in layers}

    def encoder(self, layer: str) -> Callable[[Tensor], Tensor]:
        """A layer as a frozen function of images; it does not change when training goes on.

        Arguments:
            layer: its name.

        Returns:
            `(b, channels, h, w)` uint8 to `(b, d)` or `(b, channels, h, w)`, without dropout.

        Raises:
            InvalidInputError: there is no such layer.
        """
        self.number(layer)
        return partial(self._frozen().output_of, layer)

    def encoders(self, layers: Sequence[str]) -> Callable[[Tensor], dict[str, Tensor]]:
        """Several layers as one frozen function of images, which takes one pass for all.

        Arguments:
            layers: their names.

        Returns:
            `(b, channels, h, w)` uint8 to name -> `(b, d)` or `(b, channels, h, w)`, each as of
            `encoder`.

        Raises:
            InvalidInputError: there is no such layer.
        """
        for layer in layers:
            self.number(layer)
        return partial(self._frozen().outputs_of, tuple(layers))

    def layer_shape(self, layer: str) -> tuple[int, ...]:
        """The shape of a layer's output for one image: `(d,)` or `(channels, h, w)`."""
        device = next(self.parameters()).device
        image = torch.zeros(1, *self.shape, dtype=torch.uint8, device=device)
        return tuple(self.encoder(layer)(image).shape[1:])

    def probe(self, layer: str, *, seed: int) -> nn.Module:
        """A linear map from a layer to the classes: what can be read from it without more layers.

        Its units are standardised first (see `standardised`), which a linear map could undo.

        Reference:
            Alain & Bengio (2016), "Understanding intermediate layers using linear classifier
            probes", arXiv:1610.01644.

        Arguments:
            layer: its name.
            seed: of the weights.

        Returns:
            A module from the layer's output to logits.

        Raises:
            InvalidInputError: there is no such layer.
        """
        d = math.prod(self.layer_shape(layer))
        with weights_from(seed):
            return nn.Sequential(nn.Flatten(), standardised((d,)), nn.Linear(d, self.classes))

    def number(self, layer: str) -> int:
        """Which layer it is, from 0.

        Raises:
            InvalidInputError: there is no such layer.
        """
        if layer not in self.layers:
            names = {name.upper(): name for name in self.layer_names}
            near = difflib.get_close_matches(str(layer).upper(), names, n=1, cutoff=0.0)
            raise InvalidInputError(
                f"a layer must be one of {', '.join(self.layer_names)}",
                received=repr(layer),
                fix=f"Did you mean {names[near[0]]}?",
            )
        return self.layer_names.index(layer)

    def _check(self, images: Tensor) -> None:
        """Refuse what is not a batch of images of the shape that the network was made for."""
        if not isinstance(images, Tensor) or images.dtype != torch.uint8:
            kind = images.dtype if isinstance(images, Tensor) else type(images).__name__
            raise InvalidInputError(
                "images must be a tensor of torch.uint8, as they are stored",
                received=kind,
                fix="Pass torch.tensor(Dataset.inputs); the network divides by levels - 1 itself.",
            )
        if tuple(images.shape[1:]) != tuple(self.shape):
            raise InvalidInputError(
                f"images must have shape (b, {', '.join(map(str, self.shape))})",
                received=f"shape {tuple(images.shape)}",
                fix="Make the network for images of this size, or resize them.",
            )

    def _frozen(self) -> Layered:
        return copy.deepcopy(self).eval().requires_grad_(False)


class Classifier(Layered):
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

    @property
    def classes(self) -> int:
        """c, the number of logits."""
        return self.layer_shape(self.layer_names[-1])[0]

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
        following = list(self.layers.values())[self.number(layer) + 1 :]
        with weights_from(seed):
            return renewed(following or [nn.Linear(self.classes, self.classes)])


@contextmanager
def weights_from(seed: int) -> Iterator[None]:
    """Let PyTorch draw weights from a seed, and leave its generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(checked_seeds([seed])[0])
        yield
