"""What the layers of residual networks know of the image, over their training.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, sections 4.1 and 6.1; Fig. 3c,
    d; appendix E.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.inverse import InverseCurve, inverse_curve
from ib_mlflow.studies.decoding.layer_inversion import LayerInversion, Way
from ib_mlflow.studies.decoding.ways import WayPrice, cheapest_way, way_price
from ib_mlflow.studies.running.runner import Runner
from .configuration import EncodedConfiguration
from .decoded import LayersConfiguration
from .encoders import Encoders
from .labels import Terms


class Place(NamedTuple):
    """A layer of a network, and the size of the decoders that invert it.

    Arguments:
        seed: of the network.
        layer: the layer.
        size: filters of its decoders.
    """

    seed: int
    layer: str
    size: int


@dataclass(frozen=True, eq=False)
class ImageCurves:
    """What inverse decoders say of images, of all networks of one objective.

    Arguments:
        epochs: the t measured ones.
        layers: names, in order.
        sizes: filters of the decoders, ascending.
        curves: by place.
        prices: what the cheap way costs against decoders from scratch; none of scratch itself.
    """

    epochs: tuple[int, ...]
    layers: tuple[str, ...]
    sizes: tuple[int, ...]
    curves: Mapping[Place, InverseCurve]
    prices: Sequence[WayPrice] = ()

    def terms(self, layer: str, size: int) -> Terms:
        """Return ln q(x|h) of a layer, (e, t, n) nats."""
        seeds = dict.fromkeys(place.seed for place in self.curves)
        return np.array(
            [list(self.curves[Place(seed, layer, size)].terms.values()) for seed in seeds]
        )

    def still_falls(self, layer: str) -> float:
        """How much decoders of a layer still gain over their last tenth; see `LayerImages`."""
        by_size = [
            np.mean(
                [
                    list(curve.falls.values())
                    for place, curve in self.curves.items()
                    if (place.layer, place.size) == (layer, size)
                ]
            )
            for size in self.sizes
        ]
        largest = float(np.max(by_size))
        return largest if np.isfinite(largest) else float("inf")

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

    def way_remark(self, unit: str) -> list[str]:
        """What the cheap way costs, and which way is the cheapest that may be taken."""
        return [cheapest_way(self.prices, unit)[1]] if self.prices else []

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

    @property
    def still_falls(self) -> float:
        """How much decoders of a size still gain over their last tenth, nats an image.

        The mean over the networks, of the size that gains the most; infinite where that cannot be
        told.
        """
        return self.curves.still_falls(self.name)


def decoder_flags(curve: InverseCurve) -> list[bool]:
    """Whether each decoder of a layer has converged; one of all epochs counts once."""
    by_decoder = {id(curve.decoders[epoch]): flag for epoch, flag in curve.converged.items()}
    return list(by_decoder.values())


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

    What the cheap way costs is measured on the first network, by the largest decoders.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        parts: the images.
        encoders: the networks.
    """
    way = configuration.decoders
    inversions = {
        place: layer_inversion(configuration, parts, encoders, place, way)
        for seed in configuration.seeds
        for layer in configuration.layers
        for size in configuration.sizes
        for place in [Place(seed, layer, size)]
    }
    curves = runner.spread_by_name(inverse_curve, inversions)
    sizes = tuple(sorted(configuration.sizes))
    compared = [Place(configuration.seed, layer, sizes[-1]) for layer in configuration.layers]
    prices = (
        runner.spread(way_price, [inversions[place] for place in compared])
        if way != "scratch"
        else []
    )
    return ImageCurves(
        epochs=configuration.epochs,
        layers=configuration.layers,
        sizes=sizes,
        curves=curves,
        prices=prices,
    )


def layer_inversion(
    configuration: EncodedConfiguration, parts: Parts, encoders: Encoders, place: Place, way: Way
) -> LayerInversion:
    """A layer to invert at every measured epoch.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        encoders: the networks.
        place: the network, the layer, and the size of the decoders.
        way: how many decoders there are.
    """
    network = encoders.networks[place.seed]
    contexts = {
        epoch: network.layer(updates, place.layer) for epoch, updates in encoders.updates.items()
    }
    return LayerInversion(
        subject=f"{network.subject}, {place.size} filters,",
        parts=configuration.held_out(parts),
        contexts=contexts,
        configuration=configuration.decoding(place.size, place.seed),
        plan=configuration.density_plan(),
        way=way,
    )
