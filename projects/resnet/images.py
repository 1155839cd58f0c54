"""What the layers of residual networks know of the image, over their training.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, sections 4.1 and 6.1; Fig. 3c,
    d; appendix E.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.inverse import InverseCurve, inverse_curve
from ib_mlflow.studies.running.runner import Runner
from .decoded import LayersConfiguration
from .doubts import Doubts, Read
from .encoders import Encoders
from .labels import Terms
from .places import Place
from .way import ChosenWay, choose_way, inversions_of


@dataclass(frozen=True, eq=False)
class ImageCurves:
    """What inverse decoders say of images, of all networks of one objective.

    Arguments:
        epochs: the t measured ones.
        layers: names, in order.
        sizes: filters of the decoders, ascending.
        curves: by place.
        chosen: the way that they were measured, and its price.
    """

    epochs: tuple[int, ...]
    layers: tuple[str, ...]
    sizes: tuple[int, ...]
    curves: Mapping[Place, InverseCurve]
    chosen: ChosenWay

    def terms(self, layer: str, size: int) -> Terms:
        """Return ln q(x|h) of a layer, (e, t, n) nats."""
        return np.array([list(curve.terms.values()) for curve in self._of(layer, size)])

    def halfway(self, layer: str, size: int) -> Terms | None:
        """The same by decoders of half the updates; None where these are not known."""
        curves = [curve.halfway for curve in self._of(layer, size)]
        known = [list(terms.values()) for terms in curves if terms is not None]
        return np.array(known) if len(known) == len(curves) else None

    def diverged(self, layer: str) -> tuple[str, ...]:
        """The decoders of a layer whose held-out loss has risen again, in words."""
        of_layer = {place: curve for place, curve in self.curves.items() if place.layer == layer}
        return tuple(
            words for place, curve in of_layer.items() for words in _diverged(place, curve)
        )

    def _of(self, layer: str, size: int) -> list[InverseCurve]:
        seeds = dict.fromkeys(place.seed for place in self.curves)
        return [self.curves[Place(seed, layer, size)] for seed in seeds]

    @property
    def of_layers(self) -> list["LayerImages"]:
        """Every layer."""
        return [LayerImages(name, self) for name in self.layers]

    @property
    def converged(self) -> tuple[int, int]:
        """How many decoders have converged, of how many."""
        return self.converged_of(*self.layers)

    def converged_of(self, *layers: str) -> tuple[int, int]:
        """The same of some layers."""
        return converged_of(self.curves, *layers)

    @property
    def scalars(self) -> Iterator[tuple[str, float]]:
        """Means over networks at the last epoch, for MLflow's comparison pages."""
        for name in self.layers:
            last = self.terms(name, self.sizes[-1])[:, -1]
            yield f"summary/negative_cross_entropy_nats.{name}", float(last.mean())


@dataclass(frozen=True, eq=False)
class LayerImages:
    """One layer of them.

    Arguments:
        name: the layer.
        curves: of all layers.
    """

    name: str
    curves: ImageCurves

    @property
    def by_size(self) -> dict[int, Terms]:
        """Return ln q(x|h) of every size of decoders, the largest last, (e, t, n) nats each."""
        return {size: self.curves.terms(self.name, size) for size in self.curves.sizes}

    def read(self, reading: Callable[[Terms], Terms]) -> dict[int, Read]:
        """Read a number off the curves of every size, at all updates and at half of them.

        Arguments:
            reading: (e, t, n) nats to (e, n).
        """
        reads = {}
        for size, terms in self.by_size.items():
            early = self.curves.halfway(self.name, size)
            reads[size] = Read(reading(terms), None if early is None else reading(early))
        return reads

    @property
    def doubts(self) -> Doubts:
        """What keeps a change of the layer from being taken at its word."""
        chosen = self.curves.chosen
        return Doubts(
            bias=chosen.bias(self.name),
            way=chosen.way,
            cheap=chosen.cheap(self.name),
            diverged=self.curves.diverged(self.name),
        )


def decoder_flags(curve: InverseCurve) -> list[bool]:
    """Whether each decoder of a layer has converged; one of all epochs counts once."""
    by_decoder = {id(curve.decoders[epoch]): flag for epoch, flag in curve.converged.items()}
    return list(by_decoder.values())


def _diverged(place: Place, curve: InverseCurve) -> Iterator[str]:
    named = {id(curve.decoders[epoch]): epoch for epoch, flag in curve.diverged.items() if flag}
    for epoch in named.values():
        at = "all epochs" if curve.inversion.way == "amortised" else f"epoch {epoch}"
        yield f"of {place.layer} of network {place.seed}, {place.size} filters, {at}"


def converged_of(curves: Mapping[Place, InverseCurve], *layers: str) -> tuple[int, int]:
    """How many decoders of some layers have converged, of how many."""
    flags = [
        flag
        for place, curve in curves.items()
        if place.layer in layers
        for flag in decoder_flags(curve)
    ]
    return sum(flags), len(flags)


def read_images(
    runner: Runner, configuration: LayersConfiguration, parts: Parts, encoders: Encoders
) -> ImageCurves:
    """Invert layers of the networks at every measured epoch, by decoders of every size.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        parts: the images.
        encoders: the networks.
    """
    chosen = choose_way(runner, configuration, parts, encoders)
    sizes = tuple(sorted(configuration.sizes))
    inversions = inversions_of(configuration, parts, encoders, chosen.way, sizes)
    return ImageCurves(
        epochs=configuration.epochs,
        layers=configuration.layers,
        sizes=sizes,
        curves=runner.spread_by_name(inverse_curve, inversions),
        chosen=chosen,
    )
