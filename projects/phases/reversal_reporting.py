"""What the study of reversible networks has read, and how it is reported.

Reference:
    Jacobsen, Smeulders & Oyallon (2018), "i-RevNet: Deep Invertible Networks", ICLR.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.intervals import accuracy, information
from ib_mlflow.studies.judging.lengths import HAPPENS, STAYS_AWAY, Course, at_its_end
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import at_end, hidden_layers
from ib_mlflow.units import scale_of
from . import reversal_claims as judges
from .reversal_claims import Generalisation, generalisation_of
from .reversals import Examined, examine

REVERSIBLE, ORDINARY = "reversible", "ordinary"
"""The names of the two ensembles."""
REMARKS = (
    "A reversible block maps different values to different values: I(X;T) of a block is H(X), here "
    "ln n, at every epoch, whatever an estimator says. Kernel bounds are those of the block with "
    "the noise that is added to measure it, which is not the block itself.",
    "Which digit an image shows a linear map reads from the images themselves almost as well as "
    "can be, so that the networks learn by default whether it is odd.",
    "The network has full connections in place of the paper's convolutions, and learns small "
    "images: its numbers are not held against the paper's.",
    "I(T;Y) is read by a logistic regression on a block, fitted to the training images and "
    "evaluated on held-out ones: a lower bound for what any linear probe could read.",
    "Exactly means: from which rows of a layer are equal, as the float32 numbers stand.",
)


@dataclass(frozen=True)
class Reversals:
    """What the study has read.

    Arguments:
        ensembles: the reversible and the ordinary networks.
        examined: what was found of the reversible ones.
    """

    ensembles: Ensembles[LearningConfiguration]
    examined: Examined

    @property
    def configuration(self) -> LearningConfiguration:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return self.ensembles.evidence

    @property
    def groups(self) -> list[TrainedGroup]:
        """The reversible networks, once for each estimator."""
        return self.examined.trained.groups

    @property
    def generalisation(self) -> list[Generalisation]:
        """The accuracies of both kinds."""
        ordinary = [group for group in self.ensembles.groups if group.name == ORDINARY]
        return [generalisation_of(self.groups[0], group) for group in ordinary]


def read_reversals(
    runner: Runner, configuration: LearningConfiguration, trained: Sequence[Trained]
) -> Reversals:
    """Undo and probe the reversible networks."""
    log_groups(trained)
    reversible = [ensemble for ensemble in trained if ensemble.name == REVERSIBLE]
    (examined,) = runner.spread(examine, reversible)
    return Reversals(Ensembles(configuration, trained), examined)


def draw(readings: Reversals) -> dict[str, Figure]:
    """What a probe reads by depth, and what each estimator shows over the epochs."""
    unit, examined = readings.configuration.unit, readings.examined
    label = f"I(T;Y) read by a linear probe [{unit}]"
    probes = {
        words: depth_table(examined, name)
        for words, name in (("before training", "first"), ("after training", "last"))
    }
    h_y = examined.trained.spec.task.validation_set.label_entropy * scale_of(unit)
    return {
        "linear_probes.png": figures.compare_settings(
            probes, quantity="i_y", label=label, scale=scale_of(unit), guide=("H(Y)", h_y)
        ),
        "estimators.png": figures.setting_curves(
            {group.name: group.plane() for group in readings.groups}, unit=unit
        ),
    }


def depth_table(examined: Examined, name: str) -> pd.DataFrame:
    """What a probe reads of every layer, 0 for the images, as a row per (member, layer).

    Arguments:
        examined: what was found.
        name: "first" or "last".

    Returns:
        The columns `member`, `layer` and `i_y`, in nats.
    """
    wide = pd.DataFrame(examined.arrays[name]).rename_axis("member")
    return wide.reset_index().melt("member", var_name="layer", value_name="i_y")


def layers_table(readings: Reversals) -> Table:
    """I(X;T) at the end, exactly and by every estimator, and what a probe reads."""
    arrays, groups = readings.examined.arrays, readings.groups
    blocks = readings.examined.blocks
    rows: list[tuple[object, ...]] = []
    for layer in range(blocks + 2):
        inside = layer <= blocks
        name = "images" if layer == 0 else f"block {layer}" if inside else "output"
        exact = information(arrays["distinct"][:, layer - 1]).quantity("nats") if layer else "H(X)"
        shown = [
            information(at_end(group.plane(), "i_x", layer)).quantity("nats") if layer else "–"
            for group in groups
        ]
        probe = information(arrays["last"][:, layer]).quantity("nats") if inside else "–"
        right = accuracy(arrays["last_accuracy"][:, layer]).quantity() if inside else "–"
        rows.append((name, exact, *shown, probe, right))
    estimators = [group.name for group in groups]
    return Table(["layer", "exactly", *estimators, "I(T;Y) by a probe", "its accuracy"], rows)


def _accuracy(plane: Trajectory) -> Course:
    return Course(plane, plane.layers[-1], "val_accuracy")


def _learnt(examined: Examined) -> list[Course]:
    return [_accuracy(examined.trained.groups[0].plane())]


def _blocks(group: TrainedGroup) -> list[Course]:
    plane = group.plane()
    return [Course(plane, layer) for layer in hidden_layers(plane)]


CLAIMS: Sequence[Claim[Reversals, Any]] = (
    Claim(
        "The network can be fully inverted up to the final projection onto the classes: within "
        "1e-10 in double precision",
        "Abstract",
        lambda of: judges.is_undone(of, "inverse_64"),
        lambda readings: [readings.examined],
    ),
    Claim(
        "The same within 1e-4 in single precision",
        "Abstract",
        lambda of: judges.is_undone(of, "inverse_32"),
        lambda readings: [readings.examined],
    ),
    Claim(
        "No information is discarded: every block tells all images apart",
        "Abstract",
        judges.tells_all_apart,
        lambda readings: [readings.examined],
    ),
    Claim(
        "Loss of information is not a necessary condition to generalise: reversible networks are "
        "as accurate as ordinary ones",
        "Abstract",
        at_its_end(judges.generalises, lambda of: map(_accuracy, of.planes)),
        lambda readings: readings.generalisation,
    ),
    Claim(
        "Measured with {of.name}, no block is seen to compress while it learns, as none does",
        "Beyond the paper: what estimators show of it",
        at_its_end(judges.shows_no_loss, _blocks, STAYS_AWAY),
        lambda readings: readings.groups,
    ),
    Claim(
        "Measured with {of.name}, all blocks are seen to know as much of the images, as they do",
        "Beyond the paper: what estimators show of it",
        at_its_end(judges.shows_all_alike, _blocks),
        lambda readings: readings.groups,
    ),
    Claim(
        "Linear separation with depth: a linear probe reads more of the class from the last block "
        "than from the images",
        "Abstract",
        at_its_end(judges.separates, _learnt, HAPPENS),
        lambda readings: [readings.examined],
    ),
    Claim(
        "The separation is progressive: from the images on it grows, and no block takes it back",
        "Abstract",
        at_its_end(judges.separates_step_by_step, _learnt, HAPPENS),
        lambda readings: [readings.examined],
    ),
)
