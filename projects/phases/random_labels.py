"""Random labels: what layers know where nothing can generalise.

Reference:
    Zhang et al. (2017), arXiv:1611.03530, with whom the slides On the Information Bottleneck Theory
    of Deep Learning begin.
"""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import (
    BIN_ORIGIN,
    Activation,
    BinOrigin,
    BinSize,
    Distinct,
    Hidden,
    LearningRate,
    NoneOr,
    Share,
)
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.running.groups import Condition, Group
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.study import Study
from .label_claims import CLAIMS
from .labellings import (
    Labellings,
    few_samples,
    labelling_figures,
    labelling_tables,
    read_labellings,
)  # fmt: skip
from .paper import PAPER

EVEN = (0.0, 0.25, 0.5, 0.75, 1.0)
RandomShare = Annotated[float, Field(ge=0, le=1), AfterValidator(NoneOr(0.001))]


class Configuration(TrainingConfiguration):
    """What the layers know where a share of the labels is random."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8, "shares": (0.0, 1.0)},
        "quick": {"members": 12, "epochs": 2000, "shares": EVEN},
        "paper": {"members": 50, "epochs": 10_000, "shares": EVEN},
    }
    learning_rate: LearningRate = Field(0.2, description="step size of plain SGD")
    batch_size: int = Field(64, ge=1, le=10_000_000, description="rows in a minibatch")
    test_fraction: Share = Field(
        0.8, description="share of the rows kept for testing: few are learnt by heart"
    )
    shares: Distinct[RandomShare] = Field(
        description="shares of random labels, a group of networks each"
    )
    hidden: Hidden = Field(
        (40, 20, 10, 5, 3), description="units of the hidden layers: enough to learn by heart"
    )
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)

    @property
    def layers(self) -> Layers:
        """The hidden layers."""
        return Layers.alike(self.hidden, self.activation)

    @property
    def groups(self) -> list[Group]:
        """A group for each share."""
        return [
            Group(
                f"{100 * share:g} % random labels",
                self.seeds,
                self.layers.roles(self.bin_size, self.bin_origin),
                Condition(random_labels=share),
                {"random_labels": share, "bin_size": self.bin_size},
            )
            for share in self.shares
        ]


STUDY: Study[Configuration, Labellings] = Study(
    title="Random labels",
    question="What do layers know of inputs and labels where nothing can generalise?",
    paper=PAPER,
    configuration=Configuration,
    trains=lambda c: [mlp_spec(c.activation, few_samples(c), c, c.layers, c.groups)],
    reads=read_labellings,
    claims=CLAIMS,
    figures=labelling_figures,
    tables=labelling_tables,
    remarks=lambda _: [
        "Informations are of binned activations; I(T;Y) is by the labels that each network learnt, "
        "drawn by its seed, unless true labels are named. H(Y) and I(X;Y) are those of the true "
        "labels, from which random ones differ by chance. Counting makes I(T;Y) of a layer with "
        "many cells too high, by up to half the number of cells over that of samples."
    ],
    minutes={"toy": 0.3, "quick": 1.4, "paper": 8},
)
