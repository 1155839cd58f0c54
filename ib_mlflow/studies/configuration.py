"""The parameters of a study: types, ranges, and what each scale sets them to.

MLflow hands every parameter over as text and checks nothing, so it is all checked here, before
anything runs: an unknown name is refused with the nearest known one, a bad value with its range.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.execution import check_address
from ib_mlflow.studies.fields import Dropped, LearningRate, Share, Strength
from ib_mlflow.studies.parsing import AUTO, Values, parse


def _check_cluster(cluster: str, info: ValidationInfo) -> str:
    """Refuse what is no address, and a second word on where child runs are computed."""
    if cluster == "none":
        return cluster
    try:
        check_address(cluster)
    except ConfigurationError as error:
        raise ValueError(f"{error.invariant}, or none: {error.fix.rstrip('.')}") from None
    if info.data.get("workers", 1) != 1:
        raise ValueError(
            "the cluster's own workers compute, as many as it has: leave out workers, or cluster"
        )
    return cluster


Cluster = Annotated[str, AfterValidator(_check_cluster)]
"""The address of a Dask scheduler, or none."""


class StudyConfiguration(BaseModel):
    """What every study has in common; a study adds its own fields and its `presets`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"toy": {}, "quick": {}, "paper": {}}
    embedded: ClassVar[Values] = {}
    """What quick takes, in place of what it sets, where files of its datasets are not at hand."""

    scale: Literal["toy", "quick", "paper"] = Field(
        "quick", description="how much to compute: seconds, minutes, or the paper's own setting"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of the first member")
    unit: Literal["nats", "bits"] = Field(
        "nats",
        description="unit of the study's own figures and of its report; what is drawn on its child "
        "runs, which studies share, is in nats",
    )
    data_root: str = Field(
        AUTO,
        min_length=1,
        description="folder of data files; auto: the usual places",
    )
    device: str = Field(
        AUTO, pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:1"
    )
    fresh: bool = Field(False, description="true: compute again what earlier runs already hold")
    workers: int = Field(
        1, ge=1, le=1024, description="processes that the child runs are spread over, a thread each"
    )
    cluster: Cluster = Field(
        "none",
        description="Dask scheduler whose workers compute the child runs, in place of processes of "
        "this machine: tcp://127.0.0.1:8786; tls:// with certificates",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_from_scale(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        scale = values.get("scale", "quick")
        preset = cls.presets.get(scale, cls.presets["quick"])
        given = {
            name: value for name, value in values.items() if not (name in preset and value == AUTO)
        }
        return {**preset, **given}

    @property
    def smoke(self) -> bool:
        """Whether it only shows that the study runs: at the scale toy nothing is judged."""
        return self.scale == "toy"

    @property
    def root(self) -> str | None:
        """The folder to load data from, or None for the usual places."""
        return None if self.data_root == AUTO else self.data_root

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> Self:
        """Read a command line of `--name value` pairs.

        Arguments:
            arguments: what stands after the study's name on the command line.

        Returns:
            The configuration, every value checked and every preset filled in.

        Raises:
            ConfigurationError: a name is unknown, or a value has the wrong type or range.

        Example:
            >>> StudyConfiguration.parse(["--scale", "toy", "--unit", "bits"]).unit
            'bits'
            >>> StudyConfiguration.parse(["--sede", "1"])
            Traceback (most recent call last):
            ib_mlflow.errors.ConfigurationError: every parameter must be known;
            received sede. Did you mean seed?
        """
        return parse(cls, arguments, cls.presets)


def _check_seeds(members: int, info: ValidationInfo) -> int:
    """Refuse members whose seeds, consecutive from `seed`, would pass the last one there is."""
    if info.data.get("seed", 0) + members > 2**32:
        raise ValueError("seed + members must not exceed 2**32, for each member has a seed")
    return members


Members = Annotated[int, AfterValidator(_check_seeds)]
"""A number of networks, each with a seed of its own."""


class LearningConfiguration(StudyConfiguration):
    """What the studies that train ensembles have in common."""

    learning_rate_remark: ClassVar[str] = (
        "The paper states no learning rate; {of.learning_rate:g} was used."
    )
    """The learning rate beside the paper's; `{of.learning_rate}` and the like stand for ours."""

    members: Members = Field(ge=1, le=10_000, description="networks, each with a seed of its own")
    epochs: int = Field(ge=1, le=10_000_000, description="passes over the training set")
    learning_rate: LearningRate = Field(0.05, description="step size of plain SGD")
    register_as: str = Field(
        "none",
        min_length=1,
        description="name in MLflow's model registry for the networks at the end; none: not there",
    )

    @property
    def seeds(self) -> tuple[int, ...]:
        """The members' seeds: consecutive from `seed`."""
        return tuple(range(self.seed, self.seed + self.members))

    @property
    def on_learning_rate(self) -> str:
        """The learning rate beside the paper's, as a remark of the report."""
        return self.learning_rate_remark.format(of=self)


class PerceptronConfiguration(LearningConfiguration):
    """What the studies that train fully connected networks have in common, but for batches."""

    initialisation: Literal["truncated_normal", "glorot_uniform", "he_normal", "torch"] = Field(
        "truncated_normal", description="how the first weights are drawn"
    )
    test_fraction: Share = Field(0.2, description="share of the rows kept for testing")
    split_seed: int = Field(42, ge=0, lt=2**32, description="seed of the split")


class TrainingConfiguration(PerceptronConfiguration):
    """What the studies that train fully connected networks in batches of one size share."""

    batch_size: int = Field(256, ge=1, le=10_000_000, description="rows in a minibatch")
    momentum: Dropped = Field(
        0.0, description="share of the last step that is taken again; 0: plain SGD"
    )
    weight_decay: Strength = Field(
        0.0, description="share of each weight that is added to its slope"
    )
