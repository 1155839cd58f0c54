"""What is read of networks that learnt labels of which a share is random, and how it is drawn.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Problem Statement" and "Dynamics
    of Learning"; Zhang et al. (2017), arXiv:1611.03530.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.checkpoints.planes import measured_on
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.judging.intervals import accuracy, information, mean
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence, trajectory_table
from ib_mlflow.studies.reporting.networks import Networks
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.tasks import Task, whole_task
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, at_end
from ib_mlflow.units import scale_of


@dataclass(frozen=True, eq=False)
class Labelling(Networks):
    """Networks of one share of random labels.

    Arguments:
        group: the networks, measured on the training inputs by the labels that they learnt.
        true: the same networks on all inputs, by the true labels.
    """

    true: Trajectory

    @property
    def share(self) -> float:
        """The share of random labels."""
        return self.group.group.condition.random_labels

    def true_end(self, column: str) -> Numbers:
        """An information at the end on all inputs, by true labels: (e,) nats."""
        return at_end(self.true, column, self.layer)


@dataclass(frozen=True, eq=False)
class Labellings:
    """What the study has read.

    Arguments:
        ensembles: the trained ensemble.
        labellings: its groups, from the least to the most random.
    """

    ensembles: Ensembles[TrainingConfiguration]
    labellings: Sequence[Labelling]

    @property
    def configuration(self) -> TrainingConfiguration:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        evidence = self.ensembles.evidence
        true = trajectory_table({of.name: of.true for of in self.labellings})
        return replace(evidence, tables={**evidence.tables, "trajectory_true_labels.parquet": true})

    @property
    def random(self) -> list[Labelling]:
        """The networks all of whose labels are random, if there are some."""
        return [of for of in self.labellings if of.share == 1]

    @property
    def extremes(self) -> list[tuple[Labelling, Labelling]]:
        """Those with true labels beside those with random ones only, where there are both."""
        true = [of for of in self.labellings if of.share == 0]
        return [(one, other) for one in true for other in self.random]


def few_samples(configuration: TrainingConfiguration) -> Task:
    """The task, measured on what is learnt; validated on the other rows, by true labels."""
    whole = whole_task("szt", configuration)
    return Task(whole.name, whole.train_set, whole.validation_set, whole.train_set)


def read_labellings(
    _: Runner, configuration: TrainingConfiguration, trained: Sequence[Trained]
) -> Labellings:
    """Measure every network on all inputs by the true labels, too."""
    log_groups(trained)
    inputs = whole_task("szt", configuration).measured
    labellings = []
    for ensemble in trained:
        (estimator,) = ensemble.spec.estimators
        true = measured_on(ensemble, inputs, estimator)
        labellings += [
            Labelling(group, true.select(members=group.members)) for group in ensemble.groups
        ]
    ordered = sorted(labellings, key=lambda labelling: labelling.share)
    return Labellings(Ensembles(configuration, trained), ordered)


def labelling_tables(readings: Labellings) -> dict[str, Table]:
    """What became of the networks by share, and all layers of each."""
    rows = [
        (
            of.name,
            accuracy(of.score("train_accuracy")).quantity(),
            accuracy(of.score("val_accuracy")).quantity(),
            information(of.end("i_x")).quantity("nats"),
            mean(of.lost).quantity("nats"),
            information(of.end("i_y")).quantity("nats"),
            information(of.true_end("i_x"), of.true.guides.h_x).quantity("nats"),
            information(of.true_end("i_y"), of.true.guides.h_y).quantity("nats"),
        )
        for of in readings.labellings
    ]
    headings = [
        "labels", "training accuracy", "validation accuracy", "I(X;T)",
        "I(X;T) fallen from its highest", "I(T;Y), labels learnt", "I(X;T), all inputs",
        "I(T;Y), all inputs, true labels",
    ]  # fmt: skip
    tables = {"The last hidden layer at the end": Table(headings, rows)}
    return tables | plane_tables({of.name: of.plane for of in readings.labellings})


def labelling_figures(readings: Labellings) -> dict[str, Figure]:
    """The plane by true labels, and the last hidden layer by share and accuracy."""
    unit = readings.configuration.unit
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "group": of.name,
                    "share": of.share,
                    "accuracy": of.score("val_accuracy"),
                    "i_x": of.end("i_x") * scale_of(unit),
                    "i_y": of.end("i_y") * scale_of(unit),
                    "true": of.true_end("i_y") * scale_of(unit),
                }
            )
            for of in readings.labellings
        ]
    )
    true = {f"{of.name}, by true labels": of.true for of in readings.labellings}
    return {
        "information_plane_true_labels.png": figures.information_plane(true, unit=unit),
        "last_hidden_layer.png": figures.relations(
            table,
            across={"share": "share of random labels", "accuracy": "validation accuracy"},
            up={
                "i_x": f"I(X; Bin T) [{unit}]",
                "i_y": f"I(Bin T; Y), learnt [{unit}]",
                "true": f"I(Bin T; Y), true [{unit}]",
            },
        ),
    }
