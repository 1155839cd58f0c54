"""Whether a study of a storage searches what is searched here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ib_mlflow.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import optuna

    from ib_mlflow.tuning.objectives import Objectives
    from ib_mlflow.tuning.spaces import Space

SPACE, OBJECTIVES, SOUGHT = "space", "objectives", "sought"
"""The user attributes of an Optuna study that say what it searches."""


def check_same(
    optuna_study: optuna.Study, space: Space, objectives: Objectives, sought: Mapping[str, str]
) -> None:
    """Refuse a study that searches something else.

    Arguments:
        optuna_study: of a storage.
        space: that is searched.
        objectives: what for.
        sought: what else makes it another search, in words by name.

    Raises:
        StorageError: it does, or is another program's.
    """
    differences = _differences(optuna_study, space, objectives, sought)
    if differences:
        raise StorageError(
            f"the storage must hold the same search under the name {optuna_study.study_name}",
            received="; ".join(differences),
            fix="Give the search another name, or search what is there.",
        )


def _differences(
    optuna_study: optuna.Study, space: Space, objectives: Objectives, sought: Mapping[str, str]
) -> list[str]:
    attributes = optuna_study.user_attrs
    if SPACE not in attributes:
        return ["a study with trials of another program"] if optuna_study.get_trials() else []
    # JSON of a storage may have another order; the space's own order decides no draw but its own.
    differences = space.difference(attributes[SPACE])
    if not differences and list(attributes[SPACE]) != space.names:
        differences = [f"the parameters stand in the order {', '.join(attributes[SPACE])} there"]
    there = attributes.get(OBJECTIVES, "")
    if there != str(objectives):
        differences.append(f"the objectives are {objectives} here and {there} there")
    before = attributes.get(SOUGHT, {})
    differences += [
        f"{name} is {sought.get(name) or 'none'} here and {before.get(name) or 'none'} there"
        for name in dict.fromkeys([*sought, *before])
        if sought.get(name, "") != before.get(name, "")
    ]
    return differences
