"""The amount of data: how its share moves the layers' paths through the plane.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Effect of Amount of Data" and
    "Effect of Training Data"; Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, Fig. 4 and 6.
"""

from functools import partial
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, ValidationInfo

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import (
    BIN_ORIGIN,
    Activation,
    BinOrigin,
    BinSize,
    Distinct,
    Hidden,
    Share,
)
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.tasks import share_task
from ib_mlflow.studies.study import Study
from .amount_claims import CLAIMS
from .amount_reports import amount_figures, amount_tables
from .amounts import SHARE, DataAmounts, read_amounts
from .paper import HIDDEN, PAPER, SETTING


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
        "toy": {"members": 2, "epochs": 8, "shares": (0.05, 0.85)},
        "quick": {"members": 12, "epochs": 3000, "shares": (0.05, 0.15, 0.45, 0.85)},
        "paper": {"members": 50, "epochs": 10_000, "shares": (0.05, 0.15, 0.45, 0.85)},
    }
    batch_size: int = Field(64, ge=1, le=10_000_000, description="rows in a minibatch")
    test_fraction: Share = Field(
        0.15, description="share of the rows kept for testing, the same for all shares"
    )
    shares: Shares = Field(description="shares of the data to learn from, an ensemble each")
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)


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
            layers,
            binned_groups(
                name,
                [c.bin_size],
                c.seeds,
                {SHARE: share},
                partial(layers.roles, origin=c.bin_origin),
            ),
        )
        for layers in [Layers.alike(c.hidden, c.activation)]
        for share in c.shares
        for name in [f"{100 * share:g} % of the data"]
    ],
    reads=read_amounts,
    setting=SETTING,
    claims=CLAIMS,
    figures=amount_figures,
    tables=amount_tables,
    remarks=lambda _: [
        "Informations are of binned activations, of all 4096 inputs unless training inputs are "
        "named. A larger share holds a smaller one, and all are validated on the same rows; the "
        "claims are judged over networks, not over draws of the data."
    ],
    minutes={"toy": 0.3, "quick": 1.4, "paper": 6.2},
)
