"""Networks pruned step by step: what is trained next, and what is read of all that was trained.

Reference:
    Revisiting the Information Plane, section 2.5.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from ib_mlflow.information import Binned
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.succession import train_in_turn
from ib_mlflow.studies.running.tasks import Task, divided_task, split_task
from ib_mlflow.studies.running.training import Trained
from projects.planes.pruning_configuration import PruningConfiguration
from projects.planes.stops import DRAW, LAYERS, NETWORK, PRUNINGS, Stopped

ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}
TRIES = 1000
"""Random removals that are tried until so many differ as are asked for."""


@dataclass(frozen=True, eq=False)
class Big:
    """The big network of one task and activation, and how smaller ones are made of it.

    Arguments:
        task: what it learns.
        activation: of its hidden layers.
        units: of its hidden layers.
        configuration: the study's parameters, as they hold for this task.
    """

    task: Task
    activation: str
    units: tuple[int, ...]
    configuration: PruningConfiguration

    @property
    def name(self) -> str:
        """The task and the activation."""
        return f"{self.task.name} {self.activation}"

    @property
    def spec(self) -> EnsembleSpec:
        """The big networks themselves."""
        layers = tuple(range(1, len(self.units) + 1))
        return self._without("big", layers, {PRUNINGS: 0})

    def pruned(self, last: Stopped) -> EnsembleSpec:
        """Networks without the layers that were similar in the last ones."""
        kept = tuple(layer for layer in last.layers if layer not in last.removable)
        prunings = (last.prunings or 0) + 1
        name = f"{ORDINALS.get(prunings, f'{prunings}th')} pruning"
        return self._without(name, kept, {PRUNINGS: prunings})

    def controls(self, last: Stopped) -> list[EnsembleSpec]:
        """Networks without random layers, as many as were pruned in all."""
        removals = random_removals(
            self.units, last.layers, self.configuration.controls, self.configuration.seed
        )
        return [
            self._without(f"random layers {draw}", kept, {DRAW: draw})
            for draw, kept in enumerate(removals, start=1)
        ]

    def _without(self, name: str, kept: tuple[int, ...], swept: dict[str, object]) -> EnsembleSpec:
        c, units = self.configuration, tuple(self.units[layer - 1] for layer in kept)
        name = f"{self.name}, {name}"
        parameters = {
            NETWORK: self.name,
            LAYERS: "-".join(map(str, kept)),
            "hidden": "-".join(map(str, units)),
            "bin_size": c.bin_size,
        }
        group = Group(
            name, c.seeds, {PLANE: Binned(bin_size=c.bin_size)}, parameters=parameters | swept
        )
        spec = mlp_spec(name, self.task, c, Layers.alike(units, self.activation), [group])
        return replace(spec, every_epoch=True)


def random_removals(
    units: tuple[int, ...], pruned: tuple[int, ...], count: int, seed: int
) -> list[tuple[int, ...]]:
    """Layers that are left where as many are removed at random as were pruned.

    Arguments:
        units: of the big network's hidden layers.
        pruned: the layers that pruning left, by their numbers in the big network.
        count: how many different networks to draw.
        seed: of the draw.

    Returns:
        The numbers of the layers left; no two networks are of the same units, and none is of
        those that pruning left. Fewer where there are no more.

    Example:
        >>> random_removals((5, 3, 3), (1, 2), 2, seed=0)
        [(2, 3)]
    """
    generator = np.random.default_rng(seed)
    seen = {tuple(units[layer - 1] for layer in pruned)}
    removals: list[tuple[int, ...]] = []
    for _ in range(TRIES):
        left = generator.choice(len(units), size=len(pruned), replace=False) + 1
        kept = tuple(int(layer) for layer in np.sort(left))
        widths = tuple(units[layer - 1] for layer in kept)
        if len(removals) < count and widths not in seen:
            seen.add(widths)
            removals.append(kept)
    return removals


def big_networks(c: PruningConfiguration) -> list[Big]:
    """The big networks of every task and activation."""
    networks = []
    for name in c.tasks:
        hidden = c.hidden if name == "szt" else c.wide
        of_task, task = c, split_task("szt", c) if name == "szt" else None
        if task is None:
            of_task = c.model_copy(update={"batch_size": c.wide_batch, "epochs": c.wide_epochs})
            task = divided_task(
                name, c, images=c.images, test_fraction=c.test_fraction, split_seed=c.split_seed
            )
        units = (*hidden, *(hidden[-1],) * c.added)
        networks += [Big(task, activation, units, of_task) for activation in c.activations]
    return networks


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


def next_networks(c: PruningConfiguration, trained: Sequence[Trained]) -> list[EnsembleSpec]:
    """What is trained next of every chain.

    A smaller network while layers are similar, then those without random layers.
    """
    big, specs = {network.name: network for network in big_networks(c)}, []
    for chain in chains_of(c, trained):
        if chain.last.removable:
            specs.append(big[chain.name].pruned(chain.last))
        elif len(chain.steps) > 1 and not chain.controls:
            specs += big[chain.name].controls(chain.last)
    return specs


def read_prunings(runner: Runner, c: PruningConfiguration, trained: Sequence[Trained]) -> Prunings:
    """Prune and train again until no layers are similar."""
    every = train_in_turn(runner, trained, partial(next_networks, c))
    log_groups(every)
    return Prunings(Ensembles(c, every), list(chains_of(c, every)))
