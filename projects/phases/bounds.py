"""What is read of layers under the bound of the rule that their labels follow.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Theoretical IB Bound";
    Revisiting the Information Plane, Fig. 16.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.data import szt_rule
from ib_mlflow.information import IBCurve, ib_curve
from ib_mlflow.studies.judging.bottleneck import BoundedPlane
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import learning
from ib_mlflow.trajectory.members import Numbers, at_end
from .bound_rules import RULE, Configuration

POINTS = 120
"""Tradeoffs at which a bound is computed."""


@dataclass(frozen=True, eq=False)
class Rule:
    """Networks that learnt labels of one rule.

    Arguments:
        group: the networks.
        bounded: their plane, under the bound of the rule.
    """

    group: TrainedGroup
    bounded: BoundedPlane

    @property
    def name(self) -> str:
        """The rule's I(X;Y) in words."""
        return self.group.name

    @property
    def layers(self) -> list["BoundedLayer"]:
        """Their layers, the output last."""
        return [BoundedLayer(self, number) for number in self.bounded.plane.layers]

    @property
    def last_hidden(self) -> "BoundedLayer":
        """Their last hidden layer."""
        return BoundedLayer(self, self.group.last_hidden)

    @property
    def losses(self) -> Numbers:
        """The validation cross-entropy at the end, by labels of the rule: (e,) nats."""
        curves = learning(self.bounded.plane)
        ends = curves[curves["epoch"] == self.bounded.plane.epochs[-1]].sort_values("member")
        return ends["val_loss"].to_numpy(dtype=np.float64)


@dataclass(frozen=True, eq=False)
class BoundedLayer:
    """One layer of the networks of a rule.

    Arguments:
        rule: the networks.
        number: of the layer.
    """

    rule: Rule
    number: int

    @property
    def name(self) -> str:
        """The layer in words."""
        return "the output" if self.number > self.rule.group.last_hidden else f"layer {self.number}"

    def start(self, column: str) -> Numbers:
        """A column of the table of bounds before training: (e,)."""
        bounded = self.rule.bounded
        return bounded.at(column, epoch=bounded.plane.epochs[0], layer=self.number)

    def end(self, column: str) -> Numbers:
        """A column of the table of bounds at the end: (e,)."""
        return self.rule.bounded.at_end(column, self.number)

    @property
    def knows_all(self) -> NDArray[np.bool_]:
        """Whether it ends within 2 % of H(X): (e,)."""
        plane = self.rule.bounded.plane
        return np.asarray(self.known("i_x") >= 0.98 * plane.guides.h_x)

    def known(self, column: str) -> Numbers:
        """I(X;T) or I(T;Y) at the end, "i_x" or "i_y": (e,) nats."""
        return at_end(self.rule.bounded.plane, column, self.number)


@dataclass(frozen=True, eq=False)
class Bounds:
    """What the study has read.

    Arguments:
        ensembles: the trained ensembles, one a rule.
        rules: their networks under the bounds.
    """

    ensembles: Ensembles[Configuration]
    rules: Sequence[Rule]

    @property
    def configuration(self) -> Configuration:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def layers(self) -> list[BoundedLayer]:
        """Every layer of every rule."""
        return [layer for rule in self.rules for layer in rule.layers]

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        evidence = self.ensembles.evidence
        places = [rule.bounded.table.assign(run=rule.name) for rule in self.rules]
        curves = [curve_table(rule.bounded.curve).assign(run=rule.name) for rule in self.rules]
        more = {"bounds.parquet": pd.concat(places), "ib_curves.parquet": pd.concat(curves)}
        return replace(evidence, tables={**evidence.tables, **more})


def curve_table(curve: IBCurve) -> pd.DataFrame:
    """The points of a bound: a row a tradeoff, informations in nats."""
    names = ("tradeoff", "i_x", "i_y", "slope", "clusters", "certificate")
    return pd.DataFrame({name: getattr(curve, name) for name in names})


def read_bounds(_: Runner, c: Configuration, trained: Sequence[Trained]) -> Bounds:
    """Compute the bound of each rule, and where the layers lie under it."""
    log_groups(trained)
    ensembles, rules = Ensembles(c, trained), []
    for group in ensembles.groups:
        bits = float(str(group.group.parameters[RULE]))
        tradeoffs = np.geomspace(1, c.largest_tradeoff, POINTS)
        curve = ib_curve(szt_rule(information_nats=bits * log(2)), tradeoffs)
        rules.append(Rule(group, BoundedPlane(group.plane(), curve)))
    return Bounds(ensembles, rules)
