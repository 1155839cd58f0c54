"""How the claims about mixed activations are judged, seed by seed.

Reference:
    Revisiting the Information Plane, section 2.2.2, appendices B and D; Fig. 2, 9 and 12.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import NEAR
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.judgements import Judgement, Verdict, steady
from ib_mlflow.studies.judging.lengths import EITHER, STAYS_AWAY, Course, PaperEpoch, at_its_end
from ib_mlflow.studies.judging.margins import EARLY
from ib_mlflow.studies.judging.shares import in_some, most_beyond, most_within
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, drops
from ib_mlflow.units import nats
from .paper import course

NETWORKS = {
    "tanh": ("tanh",) * 5,
    "relu": ("relu",) * 5,
    "tanh-relu": ("tanh", "tanh", "relu", "relu", "relu"),
    "relu-tanh": ("relu", "relu", "tanh", "tanh", "tanh"),
}
"""The four networks of section 2.1, all with the same hidden layers."""
FOLLOWING = (3, 4, 5)
"""The layers behind the change of activation in the two mixed networks."""
EARLY_EPOCHS = PaperEpoch(int(EARLY), "end of early epochs (a number that is ours)")
COUNTED = ("Counted from ", nats(NEAR), ".")


@dataclass(frozen=True)
class Effect:
    """What the first two layers do to the last three of one task's networks.

    Arguments:
        task: the task.
        short: what it is called in further claims.
        difference: (3, e) nats of I(X;T) lost after the peak, by layer behind the change and by
            member, positive where the effect is there.
        planes: of the networks that are to compress more, and of the others.
    """

    task: str
    short: str
    difference: Numbers
    planes: Sequence[Trajectory]

    @property
    def course(self) -> Course:
        """The last hidden layer of the networks that the paper has compress."""
        return course(self.planes[0], FOLLOWING[-1])

    @property
    def others(self) -> Course:
        """The same layer of the networks beside them."""
        return course(self.planes[1], FOLLOWING[-1])

    @property
    def average(self) -> Numbers:
        """The mean over the layers, of every member: (e,) nats."""
        return np.asarray(self.difference.mean(axis=0))


def calmed(task: str, planes: Mapping[str, Trajectory]) -> Effect:
    """What ReLU layers in front take from tanh layers."""
    return Effect(
        task,
        f"{task}, tanh behind ReLU",
        lost_by(planes["tanh"]) - lost_by(planes["relu-tanh"]),
        (planes["tanh"], planes["relu-tanh"]),
    )


def stirred(task: str, planes: Mapping[str, Trajectory]) -> Effect:
    """What tanh layers in front add to ReLU layers."""
    return Effect(
        task,
        f"{task}, ReLU behind tanh",
        lost_by(planes["tanh-relu"]) - lost_by(planes["relu"]),
        (planes["tanh-relu"], planes["relu"]),
    )


def lost_by(plane: Trajectory) -> Numbers:
    """What the layers behind the change lose after their peaks: (3, e) nats."""
    return np.array([drops(plane, layer) for layer in FOLLOWING])


def by_task(readings: Ensembles[LearningConfiguration]) -> dict[str, dict[str, Trajectory]]:
    """The plane of each network, by task and the network's name."""
    planes: dict[str, dict[str, Trajectory]] = {}
    for group in readings.groups:
        of_task = planes.setdefault(group.trained.spec.task.name, {})
        of_task[str(group.group.parameters["network"])] = group.plane()
    return planes


def all_calmed(readings: Ensembles[LearningConfiguration]) -> list[Effect]:
    """The first effect of every task but MNIST, of which the paper says something else."""
    return [calmed(task, of) for task, of in by_task(readings).items() if task != "mnist"]


def all_stirred(readings: Ensembles[LearningConfiguration]) -> list[Effect]:
    """The second effect of the same tasks."""
    return [stirred(task, of) for task, of in by_task(readings).items() if task != "mnist"]


def effects(readings: Ensembles[LearningConfiguration]) -> list[Effect]:
    """Both effects of these tasks, one task after the other."""
    pairs = zip(all_calmed(readings), all_stirred(readings), strict=True)
    return [effect for pair in pairs for effect in pair]


def mnist_calmed(readings: Ensembles[LearningConfiguration]) -> list[Effect]:
    """The first effect on MNIST, where it is a task."""
    return [calmed(task, of) for task, of in by_task(readings).items() if task == "mnist"]


def stirs(effect: Effect) -> Judgement:
    """Judge whether the effect is there on average."""
    return rises(effect.average, note="I(X;T) lost after the peak, mean of layers 3–5.")


def is_there_with_most(effect: Effect) -> tuple[Judgement, Judgement]:
    """Judge whether most networks show it, and some do not: not all is what the paper says."""
    average = effect.average
    missing = steady(lambda factor: in_some(known(average <= factor * NEAR, average)))
    return most_beyond(average, NEAR, note=COUNTED), missing


def stays_away(effect: Effect) -> Judgement:
    """Judge whether most networks show no such effect, either way."""
    less = mean(effect.average).quantity("nats")
    note = (
        "They lose ", less, " less after the peak, mean of layers 3–5; counted below ", nats(NEAR),
        ".",
    )  # fmt: skip
    return most_within(np.abs(effect.average), NEAR, note=note)


def _both_rest(
    judge: Callable[[Effect], Judgement | Sequence[Judgement]],
    turns: Collection[Verdict] = EITHER,
) -> Callable[[Effect], Judgement]:
    return at_its_end(judge, lambda of: [of.course, of.others], turns)


CLAIMS: Sequence[Claim[Ensembles[Any], Any]] = (
    Claim(
        "{of.task}: tanh layers behind ReLU layers compress less than the same layers behind "
        "tanh layers",
        "Sec. 2.2.2; Fig. 2a",
        _both_rest(stirs),
        all_calmed,
    ),
    Claim(
        "{of.task}: ReLU layers behind tanh layers compress more than the same layers behind "
        "ReLU layers",
        "Sec. 2.2.2; Fig. 2b",
        _both_rest(stirs),
        all_stirred,
    ),
    Claim(
        "{of.short}: they compress so with most seeds, and with some they do not",
        "Sec. 2.2.2; App. B, Fig. 9",
        _both_rest(is_there_with_most),
        effects,
    ),
    Claim(
        "mnist: ReLU layers in front have no noticeable influence on the tanh layers behind them",
        "App. D; Fig. 12a",
        _both_rest(stays_away, STAYS_AWAY),
        mnist_calmed,
    ),
)
