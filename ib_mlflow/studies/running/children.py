"""The child runs of the groups of an ensemble."""

from dataclasses import fields
from typing import TYPE_CHECKING

from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Condition, Group
from ib_mlflow.tracking import ChildSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ib_mlflow.data import Dataset
    from ib_mlflow.tracking.run_writer import RunWriter


def child_of(spec: EnsembleSpec, group: Group) -> ChildSpec:
    """The child run of a group: what it shows, what identifies it, and which rows are its own."""
    members = spec.members_of(group)
    estimators = {
        role: [estimator.name, estimator.setting] for role, estimator in group.estimators.items()
    }
    parameters = {
        "task": spec.task.name,
        "activation": _activation(spec),
        **spec.parameters,
        "members": len(members),
        "seed": group.seeds[0],
        "epochs": spec.schedule.epochs[-1],
        "learning_rate": spec.descent.learning_rate,
        "batch_size": spec.descent.batch_size,
        "estimator": group.estimator(PLANE).name,
        **{name: getattr(group.condition, name) for name in _varied(spec)},
    }
    selects: dict[str, Collection[object]] = {
        "estimator": {name for name, _ in estimators.values()},
        "setting": {setting for _, setting in estimators.values()},
        "member": members,
    }
    if group.layers is not None:
        selects["layer"] = group.layers
    identity = spec.identity() | {
        "group": sorted(members),
        "layers": group.layers,
        "estimators": estimators,
    }
    return ChildSpec(
        group.name,
        parameters | dict(group.parameters),
        identity,
        selects=selects,
        curves=(group.estimator(PLANE).name,),
    )


def description_of(spec: EnsembleSpec, group: Group) -> str:
    """What the page of a group's child run says that it is.

    Arguments:
        spec: its ensemble.
        group: the group.
    """
    estimator = group.estimator(PLANE)
    networks = "1 network" if len(group.seeds) == 1 else f"{len(group.seeds)} networks"
    return (
        f"{networks} of {_activation(spec)}, from seed {group.seeds[0]} on, trained on "
        f"{spec.task.name} for {spec.schedule.last} epochs, and measured by {estimator.name} "
        f"({estimator.setting}). Curves and pictures are in nats. A chart of *Model metrics* shows "
        "one layer: set its x axis to *Log scale*, for most of learning is early. All layers are "
        "in the pictures `information_plane`. They stand in *images* twice, as MLflow's slider "
        "wants them: whole (png), and small (webp)."
    )


def log_datasets(run: "RunWriter", datasets: "Iterable[tuple[str, Dataset]]") -> None:
    """Link a run to what it has used.

    Arguments:
        run: a study's or a child's.
        datasets: by their use.
    """
    for context, part in datasets:
        run.log_dataset(
            part.name,
            digest=part.digest,
            source=part.source,
            context=context,
            profile={"rows": part.n, "inputs": part.m, "classes": part.c},
        )


def _activation(spec: EnsembleSpec) -> str:
    """As on the study's run where all layers have one."""
    return "-".join(spec.activations if len(set(spec.activations)) > 1 else spec.activations[:1])


def _varied(spec: EnsembleSpec) -> list[str]:
    """What a condition of the ensemble sets to something else than an ordinary network has."""
    usual = Condition()
    return [
        field.name
        for field in fields(Condition)
        if any(getattr(of, field.name) != getattr(usual, field.name) for of in spec.conditions)
    ]
