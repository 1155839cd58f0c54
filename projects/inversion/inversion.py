"""Inversion: what the layers of an image classifier keep, in nats and in pictures.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.1 and appendix A; Fig. 1, 2 and 5a; Table 1.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field

from ib_mlflow.studies.decoding.configuration import ImageTask
from ib_mlflow.studies.fields import Distinct
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.parsing import Values
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from . import claims
from .configuration import ClassifyingConfiguration, presets
from .inverted import Inversion, invert
from .others import with_other_networks
from .paper import PAPER, SETTING
from .picture_claims import PICTURE_CLAIMS
from .remarks import inversion_remarks
from .tables import draw, tables
from .works import tasks_works


class Configuration(ClassifyingConfiguration):
    """What the layers of image classifiers keep of their input, by decoders that invert them."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(
        toy={"tasks": ("digits",), "compared": 10, "pool": 20, "classifier_updates": 20},
        quick={"tasks": ("mnist",), "compared": 100, "pool": 256, "classifier_updates": 3000},
        paper={
            "tasks": ("mnist", "svhn", "cifar10"),
            "compared": 500,
            "pool": 1024,
            "classifier_updates": 250_000,
        },
    )
    embedded: ClassVar[Values] = {"tasks": ("digits",), "shrunk": 1, "evaluated": 300}
    tasks: Distinct[ImageTask] = Field(description="what is classified; a classifier for each")
    compared: int = Field(ge=2, le=10_000, description="test images of Table 1")
    pool: int = Field(ge=6, le=10_000, description="samples of which the nearest are shown")


def read(runner: Runner, configuration: Configuration, _: Sequence[Trained]) -> Inversion:
    """Invert the layers of every task's classifier, and of those from other seeds."""
    tasks = [configuration.parts(task) for task in configuration.tasks]
    compared, pool = configuration.compared, configuration.pool
    inversion = invert(runner, configuration, tasks, compared=compared, pool=pool)
    return with_other_networks(runner, inversion)


STUDY: Study[Configuration, Inversion] = Study(
    title="Inverted layers of image classifiers",
    question="What do the layers of an image classifier keep of the image?",
    paper=PAPER,
    configuration=Configuration,
    reads=read,
    setting=SETTING,
    claims=[
        Claim(
            "{of.task.name}: {of.before} keeps more of the image than {of.after}",
            "{of.task.place}; Fig. 5a",
            claims.keeps_more,
            claims.steps,
        ),
        Claim(
            "{of.first.task.name}: the fall from {of.first.before} to {of.first.after} is larger "
            "by far than from {of.later.before} to {of.later.after}",
            "{of.first.task.place}; Fig. 5a",
            claims.falls_more,
            claims.two_steps,
        ),
        Claim(
            "{of.name}: a decoder given the label knows of it",
            claims.ONE_MODEL,
            claims.label_tells,
            lambda inversion: inversion.tasks,
        ),
        Claim(
            "{of.name}: and no more than there is to know",
            claims.ONE_MODEL,
            claims.label_tells_no_more_than_it_can,
            lambda inversion: inversion.tasks,
        ),
        Claim(
            "{of.task.name}, {of.layer}: {of.what} lies {of.side} the input than the nearest "
            "training image",
            "{of.task.place}; Table 1",
            claims.lies_where_the_paper_says,
            claims.comparisons,
        ),
        Claim(
            "{of.name}: {of.last} keeps more of the image than its label does",
            "{of.place}; Fig. 1",
            claims.keeps_more_than_the_label,
            lambda inversion: inversion.tasks,
        ),
        Claim(
            "{of.name}: test accuracy of the classifier",
            "{of.place}",
            claims.reproduces_accuracy,
            claims.with_paper_accuracy,
        ),
        *PICTURE_CLAIMS,
    ],
    figures=draw,
    tables=tables,
    remarks=lambda of: inversion_remarks(of.configuration),
    minutes={"toy": 0.4, "quick": 28.4},
    works=lambda c: tasks_works(c, c.tasks, compared=c.compared, pool=c.pool),
)
