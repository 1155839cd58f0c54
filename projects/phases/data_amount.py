"""The amount of data: how its share moves the layers' paths through the plane.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Effect of Amount of Data" and
    "Effect of Training Data"; Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, Fig. 4 and 6.
"""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, ValidationInfo

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import Activation, BinSize, CommaList, Distinct, Units
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.tasks import share_task
from ib_mlflow.studies.study import Study
from projects.phases import amount_claims
from projects.phases.amounts import SHARE, DataAmounts, amount_figures, amount_tables, read_amounts
from projects.phases.paper import PAPER

AMOUNT, TRAINING, THEOREM = (
    f'slide "{title}"'
    for title in ("Effect of Amount of Data", "Effect of Training Data", "NN as a Markov Chain")
)


def _check_shares(shares: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
    left = 1 - info.data.get("test_fraction", 0.0)
    if max(shares) > left + 1e-9:
        raise ValueError(f"no share may exceed the {left:g} that test_fraction leaves")
    return shares


Shares = Annotated[Distinct[Annotated[float, Field(ge=0.001, le=1)]], AfterValidator(_check_shares)]
"""Shares of the data to learn from."""


class Configuration(TrainingConfiguration):
    """How the share of the data that is learnt moves the layers' paths through the plane."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 20, "shares": (0.05, 0.85)},
        "quick": {"members": 12, "epochs": 3000, "shares": (0.05, 0.15, 0.45, 0.85)},
        "paper": {"members": 50, "epochs": 10_000, "shares": (0.05, 0.15, 0.45, 0.85)},
    }
    batch_size: int = Field(64, ge=1, description="rows in a minibatch")
    test_fraction: float = Field(
        0.15, gt=0, lt=1, description="share of the rows kept for testing, the same for all shares"
    )
    shares: Shares = Field(description="shares of the data to learn from, an ensemble each")
    hidden: CommaList[Units] = Field((10, 7, 5, 4, 3), description="units of the hidden layers")
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")


STUDY: Study[Configuration, DataAmounts] = Study(
    title="The amount of data",
    question="How does the amount of data move the layers' paths through the plane?",
    paper=PAPER,
    configuration=Configuration,
    trains=lambda c: [
        mlp_spec(
            name,
            share_task("szt", share, c),
            c,
            Layers.alike(c.hidden, c.activation),
            binned_groups(name, [c.bin_size], c.seeds, {SHARE: share}),
        )
        for share in c.shares
        for name in [f"{100 * share:g} % of the data"]
    ],
    reads=read_amounts,
    claims=[
        Claim(
            "{of.name}: over-training: I(T;Y) of the last hidden layer ({of.layer}) falls in the "
            "second phase",
            AMOUNT,
            amount_claims.overtrains,
            lambda readings: readings.least.paths,
        ),
        Claim(
            "With more data over-training takes less: I(T;Y) falls less with "
            "{of.most.name} than with {of.least.name}",
            AMOUNT,
            amount_claims.overtrains_less,
        ),
        Claim(
            "{of.name}: the ideal early stop is just before I(T;Y) falls",
            AMOUNT,
            amount_claims.stops_before_the_fall,
            lambda readings: [readings.least],
        ),
        Claim(
            "More data, better generalisation, higher I(T;Y): layer {of.most.layer} ends higher "
            "with {of.most.name} than with {of.least.name}",
            TRAINING,
            amount_claims.knows_more,
        ),
        Claim(
            "Better generalisation goes with higher I(T;Y) over the amounts of data",
            TRAINING,
            amount_claims.follows_generalisation,
        ),
        Claim(
            "More data have a limited effect on I(X;T) of layer {of.layer}, which remains almost "
            "constant",
            TRAINING,
            amount_claims.hardly_moves,
            amount_claims.moved_layers,
        ),
        Claim(
            "{of.name}: I(X;T) of the last hidden layer tells the sample complexity: networks that "
            "keep more of the input have a larger gap of accuracies",
            THEOREM,
            amount_claims.keeps_and_generalises,
            lambda readings: readings.amounts,
        ),
        Claim(
            "{of.name}: I(T;Y) of the last hidden layer tells the generalisation error: networks "
            "that know more of the label have a smaller gap of accuracies",
            THEOREM,
            amount_claims.knows_and_generalises,
            lambda readings: readings.amounts,
        ),
    ],
    figures=amount_figures,
    tables=amount_tables,
    remarks=lambda _: [
        "Informations are of binned activations, of all 4096 inputs unless training inputs are "
        "named. A larger share holds a smaller one, and all are validated on the same rows; the "
        "claims are judged over networks, not over draws of the data."
    ],
)
