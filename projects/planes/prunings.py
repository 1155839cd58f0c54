"""What is read of networks that were pruned step by step.

Reference:
    Revisiting the Information Plane, section 2.5.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.training import Trained
from .pruning_configuration import PruningConfiguration
from .stops import Stopped


@dataclass(frozen=True, eq=False)
class Chain:
    """A big network, and what became of it.

    Arguments:
        name: the task and the activation.
        steps: the big networks, and those after each pruning.
        controls: networks without random layers, as many as were pruned in all.
        added: how many of the big network's layers were added to the original ones.
    """

    name: str
    steps: Sequence[Stopped]
    controls: Sequence[Stopped]
    added: int

    @property
    def big(self) -> Stopped:
        """The networks that nothing was removed from."""
        return self.steps[0]

    @property
    def last(self) -> Stopped:
        """The networks that nothing more was removed from."""
        return self.steps[-1]

    @property
    def added_layers(self) -> tuple[int, ...]:
        """The numbers of the layers that were added."""
        layers = self.big.layers
        return layers[len(layers) - self.added :]

    @property
    def original_layers(self) -> tuple[int, ...]:
        """The numbers of the others."""
        return self.big.layers[: len(self.big.layers) - self.added]

    @property
    def decided(self) -> bool:
        """Whether the last networks could have been pruned, had they had similar layers."""
        return len(self.last.layers) == 1 or self.last.similarity is not None

    @property
    def prunings(self) -> list["Pruning"]:
        """Each pruning, and all of them together."""
        each = [Pruning(step.name, *two, step.prunings or 0)
                for two in zip(self.steps, self.steps[1:], strict=False)
                for step in two[1:]]  # fmt: skip
        whole = Pruning(f"{self.name}, all prunings", self.big, self.last, 0)
        return [*each, whole] if len(each) > 1 else each


@dataclass(frozen=True, eq=False)
class Pruning:
    """Networks before and after layers were removed.

    Arguments:
        name: in words.
        before: with the layers.
        after: without them, from the same seeds.
        number: which pruning; 0 for several.
    """

    name: str
    before: Stopped
    after: Stopped
    number: int


@dataclass(frozen=True, eq=False)
class Prunings:
    """What the study of pruning has read.

    Arguments:
        ensembles: all trained ensembles.
        chains: a chain for each big network.
    """

    ensembles: Ensembles[PruningConfiguration]
    chains: Sequence[Chain]

    @property
    def configuration(self) -> PruningConfiguration:
        """The study's parameters."""
        return self.ensembles.configuration

    @cached_property
    def evidence(self) -> Evidence:
        """What the conclusion rests on: the planes are those until the stop."""
        planes = {of.name: of.plane for chain in self.chains for of in chain.steps}
        return replace(self.ensembles.evidence, planes=planes)

    @property
    def prunings(self) -> list[Pruning]:
        """Those of all chains."""
        return [pruning for chain in self.chains for pruning in chain.prunings]

    @property
    def controlled(self) -> list[Chain]:
        """The chains that have networks without random layers beside them."""
        return [chain for chain in self.chains if chain.controls]


def chains_of(c: PruningConfiguration, trained: Sequence[Trained]) -> Iterator[Chain]:
    """The chains of what was trained, in its order."""
    chains: dict[str, list[Stopped]] = {}
    for group in Ensembles(c, trained).groups:
        stopped = Stopped(group, c.criteria)
        chains.setdefault(stopped.network, []).append(stopped)
    for name, of in chains.items():
        steps = [stopped for stopped in of if stopped.prunings is not None]
        steps.sort(key=lambda stopped: stopped.prunings or 0)
        yield Chain(name, steps, [stopped for stopped in of if stopped.prunings is None], c.added)
