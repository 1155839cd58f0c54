"""What is read of networks whose gradients were recorded beside their planes, layer by layer.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Dynamics of Learning – Info
    Path" to "SNR of Gradient".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Generic, TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray

from ib_mlflow.networks import RELU_CNN_LAYERS, Ensemble, relu_cnn, stack
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.margins import RESOLVED
from ib_mlflow.studies.reporting.ensembles import C_co, Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import Trajectory, signal_to_noise, steepest_falls, turn
from ib_mlflow.trajectory.members import Numbers, at_layer, at_own_epoch, resolved
from .transitions import RATIOS, Transition, transition_of

C = TypeVar("C", bound=LearningConfiguration)


def convolutional(
    shape: tuple[int, ...],
    classes: int,
    *,
    seeds: Sequence[int],
    device: str | torch.device,
    **_: ArrayLike,
) -> Ensemble:
    """Convolutional ReLU networks without noise, as they are before training.

    Arguments:
        shape: of an image.
        classes: c.
        seeds: one a member.
        device: as for `stack`.
    """
    make = partial(relu_cnn, shape, classes=classes)
    return stack(make, seeds=seeds, layers=RELU_CNN_LAYERS, device=device)


@dataclass(frozen=True, eq=False)
class Path:
    """How a layer of a group's networks moves from A over C to E, as claims speak of it.

    A is the first measured epoch, C that of the largest I(X;T), E the last.

    Arguments:
        group: the networks.
        layer: the layer.
        ratios: as `signal_to_noise` gives them of the group.
        falls: as `steepest_falls` gives them of the group, with intervals over minibatches.
    """

    group: TrainedGroup
    layer: int
    ratios: pd.DataFrame
    falls: pd.DataFrame

    @property
    def name(self) -> str:
        """Of the networks."""
        return self.group.name

    @cached_property
    def plane(self) -> Trajectory:
        """The curves of all layers."""
        return self.group.plane()

    @cached_property
    def resolved(self) -> NDArray[np.bool_]:
        """(e,) whether I(X;T) stays clear of ln n, so that it can be judged."""
        return resolved(self.plane, self.layer, within=RESOLVED)

    @cached_property
    def peak(self) -> Numbers:
        """(e,) the epoch of the largest I(X;T), C."""
        return at_layer(turn(self.plane).astype({"epoch": np.float64}), "epoch", self.layer)

    @cached_property
    def turns(self) -> NDArray[np.bool_]:
        """(e,) whether I(X;T) is lower both before and after it, so that there are two phases."""
        turns = turn(self.plane).fillna({"turns": False}).astype({"turns": np.float64})
        return np.asarray(at_layer(turns, "turns", self.layer) == 1)

    @cached_property
    def vague(self) -> NDArray[np.bool_]:
        """(e,) whether a bound on I(T;Y) is 0 from below or H(Y) from above at C or E."""
        kind = self.plane.frame["kind"].iloc[0]
        if kind == "point":
            return np.zeros(self.peak.size, np.bool_)
        limit = 0.0 if kind == "lower" else self.plane.guides.h_y
        bounds = np.stack([self.at_peak("i_y"), self.at_end("i_y")])
        return np.asarray(np.isclose(bounds, limit, rtol=0, atol=1e-9).any(axis=0))

    def at_peak(self, column: str) -> Numbers:
        """(e,) a column of the plane at C."""
        return at_own_epoch(self.plane, column, self.peak, self.layer)

    def at_start(self, column: str) -> Numbers:
        """(e,) a column of the plane at A."""
        return self._at(column, self.plane.epochs[0])

    def at_end(self, column: str) -> Numbers:
        """(e,) a column of the plane at E."""
        return self._at(column, self.plane.epochs[-1])

    def _at(self, column: str, epoch: int) -> Numbers:
        epochs = np.full(self.peak.size, float(epoch))
        return at_own_epoch(self.plane, column, epochs, self.layer)

    def curves(self, column: str) -> Numbers:
        """(e, t) a column of the plane over epochs."""
        rows = self.plane.frame[self.plane.frame["layer"] == self.layer]
        pivot = rows.pivot(index="member", columns="epoch", values=column)
        return pivot.to_numpy(dtype=np.float64)

    @cached_property
    def snr(self) -> tuple[Numbers, Numbers]:
        """The mean log10 of SNR up to C and after it, (e,) each; NaN where a phase is missing."""
        rows = self.ratios[(self.ratios["layer"] == self.layer) & (self.ratios["epoch"] > 0)]
        curves = rows.pivot(index="member", columns="epoch", values="snr")
        with np.errstate(divide="ignore"):
            logs = np.log10(curves.to_numpy(dtype=np.float64))
        epochs = np.asarray(curves.columns, np.float64)
        before = epochs <= self.peak[:, None]
        return _means(logs, before), _means(logs, ~before)

    def transition(self, ratio: str) -> Transition:
        """Both turning points, of "snr" or of "log_snr"."""
        return transition_of(self.group, self.layer, falls=self.falls, ratio=ratio)

    @property
    def turning_points(self) -> pd.DataFrame:
        """A row per network: its `fall` with `low` and `high`, its `peak`, and `judged`.

        A fall or a peak at the last epoch may come yet: `fall_seen` and `peak_seen` say whether it
        was seen.
        """
        falls = self.falls_of("snr")
        rows = falls[["member", "epoch", "epoch_low", "epoch_high"]].astype("Float64")
        member, fall, low, high = (rows[of].to_numpy(np.float64, na_value=np.nan) for of in rows)
        after = at_layer(turn(self.plane).astype({"after": np.float64}), "after", self.layer)
        judged = self.resolved & np.isfinite(self.peak)
        return pd.DataFrame({"member": member, "fall": fall, "low": low, "high": high}).assign(
            run=self.name,
            layer=self.layer,
            peak=np.where(judged, self.peak, np.nan),
            judged=judged,
            fall_seen=~falls["at_end"],
            peak_seen=np.isfinite(after),
        )

    def falls_of(self, ratio: str) -> pd.DataFrame:
        """The steepest falls of "snr" or of "log_snr", a row per network in their order."""
        of_layer = self.falls[self.falls["layer"] == self.layer]
        return of_layer[of_layer["quantity"] == ratio].sort_values("member", ignore_index=True)


@dataclass(frozen=True, eq=False)
class Phases(Generic[C_co]):
    """What the study of the phases has read.

    Arguments:
        ensembles: the trained ensembles.
        paths: of every layer of every group.
    """

    ensembles: Ensembles[C_co]
    paths: Sequence[Path]

    @property
    def configuration(self) -> C_co:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        evidence = self.ensembles.evidence
        points = pd.concat([path.turning_points for path in self.paths], ignore_index=True)
        return replace(evidence, tables={**evidence.tables, "turning_points.parquet": points})

    @property
    def judged(self) -> list[Path]:
        """The paths of which some network is resolved."""
        return [path for path in self.paths if path.resolved.any()]

    @property
    def last_hidden(self) -> list[Path]:
        """The paths of the last hidden layer of every group."""
        return [path for path in self.paths if path.layer == path.group.last_hidden]

    @property
    def transitions(self) -> list[Transition]:
        """Both turning points of every judged path, of SNR and of its logarithm."""
        return [path.transition(ratio) for path in self.judged for ratio in RATIOS]


def read_phases(_: Runner, configuration: C, trained: Sequence[Trained]) -> Phases[C]:
    """Read the gradients of every layer beside its path through the plane."""
    log_groups(trained)
    ensembles = Ensembles(configuration, trained)
    paths = []
    for ensemble in trained:
        table = ensemble.record("gradients")
        falls = steepest_falls(table, shares=ensemble.record("gradient_shares"))
        ratios = signal_to_noise(table)
        for group in ensemble.groups:
            own, own_falls = (of[of["member"].isin(group.members)] for of in (ratios, falls))
            paths += [Path(group, layer, own, own_falls) for layer in group.plane().layers]
    return Phases(ensembles, paths)


def _means(values: Numbers, where: NDArray[np.bool_]) -> Numbers:
    """Over the epochs where it holds and the values are finite; NaN where there are none."""
    there = where & np.isfinite(values)
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
