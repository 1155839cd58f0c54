"""What the layers of residual networks know of the class, over their training.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 4.1; Fig. 3a, b.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.forward import (
    HEAD,
    PROBE,
    ForwardCurves,
    Readers,
    forward_curves,
)
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.training.fitting import Plan
from .decoded import LayersConfiguration
from .encoders import Encoders
from .paper import DESCENT

Terms = NDArray[np.float64]
PROBE_RATE = 3e-3
"""Learning rate of Adam at a probe's first update; the paper states nothing of its probes."""
EVALUATIONS = 4
"""Times that a head or a probe is evaluated, of which the best counts."""


@dataclass(frozen=True, eq=False)
class LabelCurves:
    """What is read of the class from every layer, by all networks of one objective.

    Arguments:
        epochs: the t measured ones.
        layers: names, in order.
        entropy: H(Y) of the test images, in nats.
        heads: (e, t, n) ln q(y|h) in nats by forward decoders, by layer.
        probes: the same by linear probes.
        own: (e, t, n) ln q(y|x) of the networks themselves; None where they name no class.
        right: (e, t) shares of the test images that they name rightly; None likewise.
    """

    epochs: tuple[int, ...]
    layers: tuple[str, ...]
    entropy: float
    heads: Mapping[str, Terms]
    probes: Mapping[str, Terms]
    own: Terms | None = None
    right: Terms | None = None

    def bound(self, terms: Terms) -> Terms:
        """I(y;h) from below of every network and epoch, (e, t) nats."""
        bound: Terms = self.entropy + terms.mean(axis=2)
        return bound

    @property
    def of_layers(self) -> list["LayerLabels"]:
        """Every layer."""
        return [LayerLabels(name, self) for name in self.layers]

    @property
    def scalars(self) -> Iterator[tuple[str, float]]:
        """Means over networks at the last epoch, for MLflow's comparison pages."""
        for name in self.layers:
            yield f"summary/i_y_nats.head/{name}", float(self.bound(self.heads[name])[:, -1].mean())
            yield (
                f"summary/i_y_nats.probe/{name}",
                float(self.bound(self.probes[name])[:, -1].mean()),
            )
        if self.own is not None and self.right is not None:
            yield "summary/i_y_nats.own", float(self.bound(self.own)[:, -1].mean())
            yield "summary/test_accuracy", float(self.right[:, -1].mean())


@dataclass(frozen=True, eq=False)
class LayerLabels:
    """One layer of them.

    Arguments:
        name: the layer.
        curves: of all layers.
    """

    name: str
    curves: LabelCurves

    @property
    def heads(self) -> Terms:
        """By forward decoders, (e, t, n) nats."""
        return self.curves.heads[self.name]

    @property
    def probes(self) -> Terms:
        """By linear probes, (e, t, n) nats."""
        return self.curves.probes[self.name]

    @property
    def best(self) -> Terms:
        """By whichever of the two reads more in a network at an epoch, (e, t, n) nats.

        It is chosen on the images that it is read on: it may be too high by a part of their error.
        """
        more = self.probes.mean(axis=2, keepdims=True) > self.heads.mean(axis=2, keepdims=True)
        return np.where(more, self.probes, self.heads)


def read_labels(
    runner: Runner, configuration: LayersConfiguration, parts: Parts, encoders: Encoders
) -> LabelCurves:
    """Fit heads and probes to every layer of the networks at every measured epoch.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        parts: the images.
        encoders: the networks.
    """
    layers = configuration.layer_names
    readers = Readers(layers, head_plan(configuration, parts), probe_plan(configuration))
    curves = forward_curves(runner, parts, encoders.networks, readers)
    stages = list(encoders.updates.values())
    each = [curves[seed] for seed in encoders.networks]
    classifies = encoders.objective == "classifier"
    entropy = each[0].information(stages[0], layers[0]).diagnostics["entropy"]
    return LabelCurves(
        epochs=tuple(encoders.updates),
        layers=layers,
        entropy=cast("float", entropy),
        heads={name: _table(each, stages, name, HEAD) for name in layers},
        probes={name: _table(each, stages, name, PROBE) for name in layers},
        own=np.array([[of.own_terms(stage) for stage in stages] for of in each])
        if classifies
        else None,
        right=np.array([[_right(of, stage) for stage in stages] for of in each])
        if classifies
        else None,
    )


def _table(each: list[ForwardCurves], stages: list[int], layer: str, reader: str) -> Terms:
    return np.array([[of.terms(stage, layer, reader) for stage in stages] for of in each])


def _right(curves: ForwardCurves, stage: int) -> float:
    return float(np.mean(curves.own[stage].argmax(axis=1) == curves.labels))


def head_plan(configuration: LayersConfiguration, parts: Parts) -> Plan:
    """How a forward decoder learns: as the network under study did (section 4.1)."""
    batch = min(configuration.encoder_batch, parts.decoding.n)
    updates = max(1, round(configuration.head_epochs * parts.decoding.n / batch))
    evaluate = max(1, updates // EVALUATIONS)
    return Plan(updates=updates, batch_size=batch, evaluate=evaluate, **DESCENT)


def probe_plan(configuration: LayersConfiguration) -> Plan:
    """How a linear probe learns."""
    updates = configuration.probe_updates
    return Plan(
        updates=updates,
        batch_size=configuration.encoder_batch,
        learning_rate=PROBE_RATE,
        decay="cosine",
        evaluate=max(1, updates // EVALUATIONS),
    )
