"""The child runs of the groups of an ensemble."""

from typing import TYPE_CHECKING

from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.tracking import ChildSpec

if TYPE_CHECKING:
    from collections.abc import Collection


def child_of(spec: EnsembleSpec, group: Group) -> ChildSpec:
    """The child run of a group: what it shows, what identifies it, and which rows are its own."""
    members = spec.members_of(group)
    estimators = {
        role: [estimator.name, estimator.setting] for role, estimator in group.estimators.items()
    }
    parameters = {
        "task": spec.task.name,
        "activation": "-".join(spec.activations),
        "members": len(members),
        "seed": group.seeds[0],
        "epochs": spec.schedule.epochs[-1],
        "learning_rate": spec.descent.learning_rate,
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
