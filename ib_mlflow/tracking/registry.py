"""The model registry: the networks that a search has chosen, under an alias."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow import MlflowClient

ALIAS = "chosen"


def register(client: MlflowClient, name: str, model_id: str, run_id: str) -> int:
    """Give a logged model a name and the alias `chosen`; one that has them keeps its version.

    Arguments:
        client: the store's client.
        name: of the registered model; made where there is none.
        model_id: of a logged model, with its signature.
        run_id: of the run that it belongs to.

    Returns:
        Its version: `models:/<name>@chosen` loads it.

    Raises:
        InvalidInputError: the name is empty, or holds `/` or `:`.

    Example:
        >>> register(client, "tuned noise", model.model_id, run_id)  # doctest: +SKIP
        1
    """
    if not name.strip() or set(name) & set("/:"):
        raise InvalidInputError(
            "a registered model's name is a word without / and :",
            received=repr(name),
            fix="Write tuned_noise.",
        )
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    model = client.get_logged_model(model_id)
    versions = list(client.search_model_versions(f"name = '{name}'"))
    version = next((of.version for of in versions if of.source == f"models:/{model_id}"), None)
    if version is None:
        made = client.create_model_version(
            name, f"models:/{model_id}", run_id=run_id, model_id=model.model_id
        )
        version = made.version
    client.set_registered_model_alias(name, ALIAS, version)
    return int(version)
