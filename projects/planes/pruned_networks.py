"""Networks that are pruned step by step: what is trained, and what is trained next.

Reference:
    Revisiting the Information Plane, section 2.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import Group
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.succession import train_in_turn
from ib_mlflow.studies.running.tasks import Task, divided_task, split_task
from ib_mlflow.studies.running.training import Trained
from .pruning_configuration import PruningConfiguration
from .prunings import Prunings, chains_of
from .stops import DRAW, LAYERS, NETWORK, PRUNINGS, Stopped

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
        layers = Layers.alike(units, self.activation)
        estimators = layers.roles(c.bin_size, c.bin_origin)
        group = Group(name, c.seeds, estimators, parameters=parameters | swept)
        spec = mlp_spec(name, self.task, c, layers, [group])
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
