"""From a snapshot to rows of the trajectory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import LayeredEstimator, NetworkEstimator
from ib_mlflow.training.labels import member_labels, of_members
from ib_mlflow.training.loop import network_inputs
from ib_mlflow.trajectory import COLUMNS, DIAGNOSTICS, LEARNING
from ib_mlflow.trajectory.rules import frame_of, key_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.data import Dataset
    from ib_mlflow.information import LayerEstimator, LayerInformation

    Estimator = LayerEstimator | LayeredEstimator | NetworkEstimator
    from ib_mlflow.training.snapshot import Snapshot

BEYOND = 1e10
"""Activations from here on are those of a network that diverges; no bin size numbers them."""


def measure(
    snapshot: Snapshot,
    estimators: Sequence[Estimator],
    dataset: Dataset,
    *,
    labels: ArrayLike | None = None,
) -> pd.DataFrame:
    """Estimate what each layer of each member knows of the inputs and of the labels.

    Layers are computed one at a time and let go. Estimators of a layer's activations see every
    layer; those that propagate inputs through noisy networks see the hidden ones. Members that
    have diverged, or are about to (activations beyond 1e10), get rows whose informations are NaN
    and not reliable; estimators do not see them.

    Arguments:
        snapshot: from `train`.
        estimators: for example `[Binned(bin_size=0.07), SamplePropagation()]`.
        dataset: the samples on which activations are measured.
        labels: `(e, n)` of each member its own, in place of the dataset's labels; for estimators of
            a layer's activations.

    Returns:
        The columns `ib_mlflow.trajectory.COLUMNS`, and those of `DIAGNOSTICS` that an estimator
        says, a row for each member, layer, estimator and setting, sorted; informations and losses
        in nats.

    Raises:
        InvalidInputError: if there is no estimator, two have the same name and setting, or one
            needs a noisy network and a member has no noise; or labels do not fit.

    Example:
        >>> from ib_mlflow.data import load
        >>> from ib_mlflow.information import Binned
        >>> from ib_mlflow.networks import mlp
        >>> from ib_mlflow.training import Schedule, train
        >>> szt = load("szt")
        >>> ensemble = mlp((12, 4, 2), members=2)
        >>> (snapshot,) = train(ensemble, szt, Schedule.of([0]), learning_rate=0.2)
        >>> measure(snapshot, [Binned(bin_size=0.07)], szt)[["member", "layer", "n"]]
           member  layer     n
        0       0      1  4096
        1       0      2  4096
        2       1      1  4096
        3       1      2  4096
    """
    identities = [(estimator.name, estimator.setting) for estimator in estimators]
    if not identities or len(set(identities)) < len(identities):
        raise InvalidInputError(
            "estimators must be one or more, of different name or setting",
            received=identities,
            fix="Give, for example, [Binned(bin_size=0.07), Binned(bin_size=0.3)].",
        )
    networks = [estimator for estimator in estimators if isinstance(estimator, NetworkEstimator)]
    layers = [estimator for estimator in estimators if not isinstance(estimator, NetworkEstimator)]
    if networks and labels is not None:
        raise InvalidInputError(
            "members have labels of their own for estimators of a layer's activations",
            received=f"labels, and {networks[0].name}",
            fix="Leave labels out, or that estimator.",
        )
    members = len(snapshot.seeds)
    inputs, own = network_inputs(dataset), member_labels(labels, dataset, members)
    parts: list[dict[str, Any]] = []
    sound = ~snapshot.diverged
    for layer, activations in snapshot.activations(inputs):
        usable = ~snapshot.diverged & (np.abs(activations) < BEYOND).all(axis=(1, 2))
        sound &= usable
        finite = activations if usable.all() else activations[usable]
        for estimator in layers:
            at_layer = _at_layer(estimator, layer)
            information = of_members(at_layer, finite, own[usable]) if usable.any() else None
            parts.append(_rows(layer, estimator, information, usable, dataset.n))
    for propagating in networks:
        parts += _propagated(propagating, snapshot, inputs, dataset.labels, sound)
    shared = {"member": np.arange(members), "epoch": snapshot.epoch}
    shared |= {name: getattr(snapshot, name) for name in LEARNING}
    reported = [name for name in DIAGNOSTICS if any(name in part for part in parts)]
    kinds = COLUMNS | dict.fromkeys(reported, "float64")
    unknown = dict.fromkeys(reported, np.nan)
    columns = {
        name: np.concatenate(
            [np.broadcast_to({**unknown, **shared, **part}[name], members) for part in parts]
        )
        for name in kinds
    }
    columns = {name: columns[name].astype(kind) for name, kind in kinds.items()}
    order = key_order(columns)
    return frame_of({name: of[order] for name, of in columns.items()})


def _at_layer(estimator: LayerEstimator | LayeredEstimator, layer: int) -> LayerEstimator:
    return estimator.at_layer(layer) if isinstance(estimator, LayeredEstimator) else estimator


def _propagated(
    estimator: NetworkEstimator,
    snapshot: Snapshot,
    inputs: NDArray[Any],
    labels: NDArray[np.int64],
    usable: NDArray[np.bool_],
) -> Iterator[dict[str, Any]]:
    """The columns of each hidden layer, by an estimator that runs the networks."""
    ensemble = snapshot.ensemble

    def propagate(
        inputs: Any, *, seed: int, repeats: int = 1
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        for layer, rows in ensemble.propagate(inputs, seed=seed, repeats=repeats):
            yield layer, rows if usable.all() else rows[usable]

    if usable.any():
        beta = ensemble.beta[usable]
        for layer, information in estimator.layers(propagate, inputs, labels, beta=beta):
            yield _rows(layer, estimator, information, usable, len(labels))
        return
    for layer, _ in ensemble.propagate(inputs[:1], seed=0):
        yield _rows(layer, estimator, None, usable, len(labels))


def _rows(
    layer: int,
    estimator: Estimator,
    information: LayerInformation | None,
    usable: NDArray[np.bool_],
    n: int,
) -> dict[str, Any]:
    """One column each, a number for every member or one for all."""
    columns: dict[str, Any] = {"layer": layer}
    columns |= {"estimator": estimator.name, "setting": estimator.setting}
    columns |= {name: np.full(len(usable), np.nan) for name in ("i_x", "i_x_se", "i_y", "i_y_se")}
    columns |= {name: np.zeros(len(usable), bool) for name in ("saturated", "reliable")}
    if information is None:
        return {**columns, "n": n, "kind": "point"}
    for name in ("i_x", "i_x_se", "i_y", "i_y_se", "saturated", "reliable"):
        columns[name][usable] = getattr(information, name)
    for name in information.diagnostics.keys() & set(DIAGNOSTICS):
        columns[name] = np.full(len(usable), np.nan)
        columns[name][usable] = information.diagnostics[name]
    return {**columns, "n": information.n, "kind": information.kind}
