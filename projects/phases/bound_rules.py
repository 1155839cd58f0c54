"""The rules that labels follow with noise, and the networks that learn such labels.

Reference:
    Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, section 3.1: I(X;Y) is 0.99 bits.
"""

from dataclasses import replace
from math import log
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import entr

from ib_mlflow.data import load, sample_labels, split, szt_rule
from ib_mlflow.information import Binned, BoundedKnownLabels, KnownLabels
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, Activation, BinOrigin, BinSize, Distinct, Hidden
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.trajectory import Guides
from .paper import HIDDEN

RULE = "information_bits"
"""The parameter that tells the child runs apart: I(X;Y) of the rule."""
MOST_BITS = 0.993
"""A little less than H(Y): without noise the bound is a straight line."""


class Configuration(TrainingConfiguration):
    """How near the layers of networks come to the theoretical bound, and at which tradeoff."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8, "informations": (0.99,)},
        "quick": {"members": 12, "epochs": 4000, "informations": (0.99, 0.7)},
        "paper": {"members": 50, "epochs": 10_000, "informations": (0.99, 0.7)},
    }
    batch_size: int = Field(64, ge=1, le=10_000_000, description="rows in a minibatch")
    informations: Distinct[Annotated[float, Field(ge=0.01, le=MOST_BITS)]] = Field(
        description="I(X;Y) in bits of the rules that labels follow with noise, an ensemble each"
    )
    labels: Literal["drawn", "published"] = Field(
        "drawn", description="what is learnt: a draw from the rule, or the labels without noise"
    )
    label_seed: int = Field(0, ge=0, lt=2**32, description="seed of the drawn labels")
    largest_tradeoff: float = Field(
        1e6, ge=10, le=1e9, description="up to which the bound is computed"
    )
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)


def rule_spec(bits: float, c: Configuration) -> EnsembleSpec:
    """Networks that learn labels of a rule, measured on all inputs by the p(y | x) of the rule.

    Arguments:
        bits: I(X;Y) of the rule.
        c: the study's parameters.
    """
    joint, whole = szt_rule(information_nats=bits * log(2)), load("szt")
    conditionals = whole.n * joint
    if c.labels == "drawn":
        whole = replace(whole, labels=sample_labels(conditionals, seed=c.label_seed))
    train_set, validation_set = split(whole, test_fraction=c.test_fraction, seed=c.split_seed)
    guides = Guides(h_x=log(whole.n), h_y=label_entropy(joint), i_xy=bits * log(2))
    name = f"I(X;Y) = {bits:g} bits"
    layers = Layers.alike(c.hidden, c.activation)
    bins = layers.bins(c.bin_size, c.bin_origin)
    known = (
        KnownLabels(bins, conditionals)
        if isinstance(bins, Binned)
        else BoundedKnownLabels(bins, conditionals)
    )
    group = Group(
        name,
        c.seeds,
        {PLANE: known},
        parameters={RULE: bits, "labels": c.labels, "bin_size": c.bin_size},
    )
    task = Task("szt", train_set, validation_set, whole, guides)
    return mlp_spec(name, task, c, layers, [group])


def label_entropy(joint: NDArray[np.float64]) -> float:
    """H(Y) of p(x, y): nats."""
    return float(entr(joint.sum(axis=0)).sum())
