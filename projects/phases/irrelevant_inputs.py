"""Irrelevant inputs: what deep linear networks keep of inputs that the task needs and does not.

Reference:
    Saxe et al. (2018), "On the information bottleneck theory of deep learning", ICLR, abstract.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import Members, StudyConfiguration
from ib_mlflow.studies.fields import Distinct, Hidden, LearningRate, Units, Variance
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from ib_mlflow.training import Schedule
from . import subspace_claims as judges
from .paper import PAPER
from .students import Students
from .subspace_reporting import EXACT, Subspaces, draw
from .subspaces import StudentsSpec, ends_table, train_students
from .teachers import Course, Teacher

WHERE = "Saxe et al., abstract"


class Configuration(StudyConfiguration):
    """What linear networks keep of the inputs that a linear teacher weighs, and of the others."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 3, "updates": 300, "samples": (60,), "relevant": 6, "irrelevant": 14,
                "hidden": (12,)},
        "quick": {"members": 20, "updates": 10_000, "samples": (100, 500), "relevant": 30,
                  "irrelevant": 70, "hidden": (100,)},
        "paper": {"members": 50, "updates": 20_000, "samples": (100, 500), "relevant": 30,
                  "irrelevant": 70, "hidden": (100,)},
    }  # fmt: skip
    members: Members = Field(ge=1, le=10_000, description="students, each with its own teacher")
    updates: int = Field(ge=1, le=10_000_000, description="steps of gradient descent")
    relevant: int = Field(ge=1, le=10_000, description="inputs that the teacher weighs")
    irrelevant: int = Field(ge=1, le=10_000, description="inputs that it weighs by zero")
    hidden: Hidden = Field(description="units of the hidden linear layers")
    outputs: Units = Field(1, description="outputs of the teacher")
    samples: Distinct[Units] = Field(description="training samples, students of their own for each")
    batch_sizes: Distinct[Units] = Field(
        (5, 100_000), description="samples of an update, likewise; at most all there are"
    )
    learning_rate: LearningRate = Field(0.01, description="step size")
    initial: float = Field(0.3, ge=1e-6, le=100, description="deviation of first weights · √inputs")
    noise: Variance = Field(0.2, description="variance of the noise in the targets")
    variance: Variance = Field(0.1, description="of the noise at a measured layer")

    @property
    def specs(self) -> list[StudentsSpec]:
        """Students for each number of samples and each size of a batch."""
        seeds = tuple(range(self.seed, self.seed + self.members))
        updates = Schedule.geometric(self.updates, dense=10, ratio=1.2).epochs
        teacher = Teacher(self.relevant, self.irrelevant, self.outputs, self.noise)
        sizes = {(n, min(size, n)): None for n in self.samples for size in self.batch_sizes}
        specs = []
        for n, size in sizes:
            course = Course(n, size, self.learning_rate, self.initial)
            students = Students(teacher, self.hidden, course, seeds, self.variance)
            batches = "all at once" if size == n else f"{size} at a time"
            specs.append(StudentsSpec(f"{n} samples, {batches}", students, updates))
        return specs


def read_subspaces(runner: Runner, configuration: Configuration, _: Sequence[Trained]) -> Subspaces:
    """Train the students."""
    return Subspaces(configuration, runner.spread(train_students, configuration.specs))


STUDY: Study[Configuration, Subspaces] = Study(
    title="Irrelevant inputs",
    question="Is what the task does not need compressed, while what it needs is kept?",
    paper=PAPER,
    configuration=Configuration,
    reads=read_subspaces,
    claims=[
        Claim(
            "{of.name}: hidden representations compress the task-irrelevant information",
            WHERE,
            judges.IRRELEVANT_FALLS,
            lambda readings: readings.layers,
        ),
        Claim(
            "{of.name}: the task-relevant information grows, and is kept",
            "Beyond the paper: beside the abstract",
            judges.RELEVANT_STAYS,
            lambda readings: readings.layers,
        ),
        Claim(
            "{of.name}: the overall information about the input shows no compression phase",
            WHERE,
            judges.WHOLE_STAYS,
            lambda readings: readings.layers,
        ),
        Claim(
            "{of.name}: this compression happens concurrently with the fitting process rather than "
            "during a subsequent period",
            WHERE,
            judges.WHILE_FITTING,
            lambda readings: readings.layers,
        ),
    ],
    figures=draw,
    tables=lambda readings: {"What the layers know": ends_table(readings.curves)},
    remarks=lambda _: EXACT,
    minutes={"toy": 0.1, "quick": 1.6, "paper": 4.8},
)
