"""Whose pathway through the plane the layers of mixed networks take.

Reference:
    Revisiting the Information Plane, section 2.2.2, appendix D; Fig. 2 and 12.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import curves_of_layer
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.judgements import Judgement, Verdict, steady
from ib_mlflow.studies.judging.lengths import (
    EITHER,
    HAPPENS,
    Course,
    after,
    at_its_end,
)
from ib_mlflow.studies.judging.margins import EARLY, PATHWAY
from ib_mlflow.studies.judging.shares import most_beyond
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers
from .mixed_claims import EARLY_EPOCHS, FOLLOWING, by_task
from .paper import course


@dataclass(frozen=True)
class Pathway:
    """The layers behind the change of activation of one task's mixed networks.

    Arguments:
        task: the task.
        planes: of the four networks, by name.
        leading: the activation of the layers in front, whose pathway the others may take.
        own: their own activation.
    """

    task: str
    planes: Mapping[str, Trajectory]
    leading: str
    own: str

    @property
    def short(self) -> str:
        """What it is called in claims."""
        return f"{self.task}, {_written(self.own)} behind {_written(self.leading)}"

    @property
    def mixed(self) -> str:
        """The name of the mixed networks."""
        return f"{self.leading}-{self.own}"

    def course(self, name: str) -> Course:
        """The last hidden layer of one of the networks, by name."""
        return course(self.planes[name], FOLLOWING[-1])

    def likeness(self, layer: int, until: float = np.inf) -> Numbers:
        """How much nearer a layer's path is to that of `leading` networks than to its own kind's.

        Paths are held against those of the same layer of networks of the same seeds, in shares of
        H(X) and I(X;Y), each around its own mean over the measured epochs: their shape counts, and
        not where they lie.

        Arguments:
            layer: the layer.
            until: the last epoch that counts.

        Returns:
            (e,) the difference of the two distances over their sum: 1 on the path of the leading
            activation, -1 on that of its own, 0 half way; NaN for a network that diverged.
        """
        mixed, leading, own = (
            _shape(self.planes[name], layer, until) for name in (self.mixed, self.leading, self.own)
        )
        to_leading, to_own = (_distance(mixed, other) for other in (leading, own))
        total = to_leading + to_own
        return np.where(total > 0, (to_own - to_leading) / np.where(total > 0, total, 1.0), total)

    def average(self, until: float = np.inf) -> Numbers:
        """The same, the mean over the layers behind the change: (e,)."""
        return np.asarray(np.mean([self.likeness(layer, until) for layer in FOLLOWING], axis=0))


def _written(activation: str) -> str:
    return {"relu": "ReLU"}.get(activation, activation)


def _shape(plane: Trajectory, layer: int, until: float) -> Numbers:
    """A path around its own mean: (2, e, t), in shares of what there is to know."""
    early = np.asarray(plane.epochs) <= until
    wholes = {"i_x": plane.guides.h_x, "i_y": plane.guides.i_xy}
    path = np.array(
        [curves_of_layer(plane, layer, name)[:, early] / of for name, of in wholes.items()]
    )
    return np.asarray(path - path.mean(axis=-1, keepdims=True))


def _distance(path: Numbers, other: Numbers) -> Numbers:
    return np.asarray(np.sqrt(np.square(path - other).sum(axis=0).mean(axis=-1)))


def takes_the_pathway(of: Pathway) -> Judgement:
    """Judge whether most networks' layers take the pathway of the activation in front."""
    likeness = of.average()
    note = (
        "1 is the path of the activation in front, -1 that of their own; mean of layers 3–5: ",
        mean(likeness, (-1, 1)).quantity(digits=2),
        f"; counted from {PATHWAY:.2f}, where they are twice as far from their own.",
    )
    return most_beyond(likeness, PATHWAY, note=note)


def weakens_with_depth(of: Pathway) -> Judgement:
    """Judge whether the last layer takes less of it than the first behind the change."""
    near, far = (of.likeness(layer) for layer in (FOLLOWING[0], FOLLOWING[-1]))
    note = (
        f"Layer {FOLLOWING[0]}: {mean(near, (-1, 1)).text(digits=2)}; layer {FOLLOWING[-1]}: "
        f"{mean(far, (-1, 1)).text(digits=2)}."
    )
    return rises(near - far, "", note=note)


def influences_early(of: Pathway) -> Judgement:
    """Judge whether the path of early epochs is nearer to that of the activation in front."""
    return steady(
        lambda factor: rises(
            of.average(factor * EARLY), "", note=f"Up to epoch {EARLY:g}, mean of layers 3–5."
        )
    )


def _pathways(
    readings: Ensembles[LearningConfiguration], leading: str, own: str, *, mnist: bool
) -> list[Pathway]:
    return [
        Pathway(task, planes, leading, own)
        for task, planes in by_task(readings).items()
        if (task == "mnist") is mnist
    ]


def behind_relu(readings: Ensembles[LearningConfiguration]) -> list[Pathway]:
    """Tanh layers behind ReLU layers, of every task but MNIST."""
    return _pathways(readings, "relu", "tanh", mnist=False)


def behind_tanh(readings: Ensembles[LearningConfiguration]) -> list[Pathway]:
    """ReLU layers behind tanh layers, of the same tasks."""
    return _pathways(readings, "tanh", "relu", mnist=False)


def _paths_rest(
    judge: Callable[[Pathway], Judgement], turns: Collection[Verdict]
) -> Callable[[Pathway], Judgement]:
    return at_its_end(judge, lambda of: map(of.course, (of.mixed, of.leading, of.own)), turns)


TAKES = _paths_rest(takes_the_pathway, HAPPENS)
PATHWAYS: Sequence[Claim[Ensembles[Any], Pathway]] = (
    Claim(
        "{of.task}: tanh layers behind ReLU layers take a pathway of the shape of the ReLU "
        "layers', and not their own",
        "Sec. 2.2.2; Fig. 2a",
        TAKES,
        behind_relu,
    ),
    Claim(
        "{of.task}: ReLU layers behind tanh layers take on a behaviour like that of the tanh "
        "layers",
        "Sec. 2.2.2; Fig. 2b",
        TAKES,
        behind_tanh,
    ),
    Claim(
        "{of.short}: the pathway of layer 5 is changed less than that of layer 3",
        "Sec. 2.2.2",
        _paths_rest(weakens_with_depth, EITHER),
        lambda readings: [*behind_relu(readings), *behind_tanh(readings)],
    ),
    Claim(
        "mnist: tanh layers in front still influence the ReLU layers behind them in early periods",
        "App. D; Fig. 12b",
        after(influences_early, EARLY_EPOCHS, lambda of: of.planes[of.mixed].epochs[-1]),
        lambda readings: _pathways(readings, "tanh", "relu", mnist=True),
    ),
)
"""What is judged of their shape, before the effects."""
