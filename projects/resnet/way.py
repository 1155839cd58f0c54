"""Which way layers are decoded over epochs, by what the cheap ways cost where that is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.inverse import InverseCurve
from ib_mlflow.studies.decoding.layer_inversion import WAYS, LayerInversion, Way
from ib_mlflow.studies.decoding.ways import WayPrice, cheapest_way, way_price
from ib_mlflow.studies.running.runner import Runner
from .configuration import EncodedConfiguration
from .decoded import DecodedConfiguration
from .encoders import Encoders
from .places import Place


@dataclass(frozen=True, eq=False)
class ChosenWay:
    """The way that layers are decoded, and what is known of its price.

    Arguments:
        way: "scratch", "warm" or "amortised".
        prices: of all cheap ways that were compared with decoders from scratch, by layer.
    """

    way: Way
    prices: Sequence[WayPrice] = ()

    def price(self, layer: str) -> WayPrice | None:
        """Of this way at a layer; None of scratch, and where it was not measured."""
        own = [each for each in self.prices if each.way == self.way]
        return next((each for each in own if each.curve.inversion.layer == layer), None)

    def cheap(self, *layers: str) -> bool:
        """Whether its bias is below a tenth of the largest change in each of some layers."""
        prices = [self.price(layer) for layer in layers]
        return self.way == "scratch" or all(price is not None and price.cheap for price in prices)

    def bias(self, layer: str) -> float:
        """Nats by which it may make a change of a layer between two epochs larger or smaller."""
        price = self.price(layer)
        if self.way == "scratch":
            return 0.0
        return float("inf") if price is None else price.most

    def remarks(self, unit: str) -> list[str]:
        """What the cheap ways cost, which may be taken, and whether the one taken may be."""
        if not self.prices:
            return []
        remarks = [cheapest_way(self.prices, unit)[1]]
        layers = dict.fromkeys(each.curve.inversion.layer for each in self.prices)
        failed = [layer for layer in layers if not self.cheap(layer)]
        if failed:
            remarks.append(
                f"The way that was taken, {self.way}, FAILED this rule in {', '.join(failed)}: a "
                "change of these layers is judged with limits that are wider by what the way may "
                "make of one."
            )
        else:
            remarks.append(f"The way that was taken is {self.way}.")
        return remarks


def choose_way(
    runner: Runner, configuration: DecodedConfiguration, parts: Parts, encoders: Encoders
) -> ChosenWay:
    """Take the way that was asked for; or by auto the cheapest whose bias is small enough.

    The price is measured on the first network, by the largest decoders.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        parts: the images.
        encoders: the networks.
    """
    asked = configuration.decoders
    if asked == "scratch":
        return ChosenWay("scratch")
    prices: list[WayPrice] = []
    size = max(configuration.sizes)
    places = [Place(configuration.seed, layer, size) for layer in configuration.layers]
    for way in [each for each in WAYS if each != "scratch"] if asked == "auto" else [asked]:
        inversions = [
            layer_inversion(configuration, parts, encoders, place, way) for place in places
        ]
        measured = runner.spread(way_price, inversions)
        prices += measured
        if asked != "auto" or all(price.cheap for price in measured):
            return ChosenWay(way, prices)
        # No way can be called cheap beside decoders from scratch that are not at their end.
        if not all(converged(price.scratch) for price in measured):
            break
    return ChosenWay("scratch", prices)


def converged(curve: InverseCurve) -> bool:
    """Whether all decoders of a layer have converged."""
    return all(curve.converged.values())


def inversions_of(
    configuration: DecodedConfiguration,
    parts: Parts,
    encoders: Encoders,
    way: Way,
    sizes: Sequence[int],
) -> Mapping[Place, LayerInversion]:
    """The layers of all networks, each to be inverted by decoders of every size.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        encoders: the networks.
        way: how many decoders there are.
        sizes: filters of the decoders.
    """
    return {
        place: layer_inversion(configuration, parts, encoders, place, way)
        for seed in configuration.seeds
        for layer in configuration.layers
        for size in sizes
        for place in [Place(seed, layer, size)]
    }


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
