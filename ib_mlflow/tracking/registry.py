"""The model registry: the networks that a search has chosen, under an alias."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking import tags
from ib_mlflow.tracking.models import upload

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch
    from mlflow import MlflowClient
    from mlflow.entities import Run

ALIAS = "chosen"
"""`models:/<name>@chosen` loads what was chosen last."""


def register(
    client: MlflowClient,
    run: Run,
    name: str,
    module: torch.nn.Module,
    example: npt.NDArray[np.float32],
) -> int:
    """Register the networks of a run under a name, with their signature and the alias `chosen`.

    Networks that are registered keep their version.

    Arguments:
        client: the store's client.
        run: that trained them.
        name: of the registered model; made where there is none.
        module: (n, …) to (e, n, c).
        example: (b, …) float32, b > 1.

    Returns:
        The version.

    Raises:
        InvalidInputError: the name is empty, or holds `/` or `:`.

    Example:
        >>> register(client, run, "tuned_noise", module, inputs[:2])  # doctest: +SKIP
        1
    """
    check_name(name)
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    registered = client.search_model_versions(f"name = '{name}'")
    version = next((of.version for of in registered if of.run_id == run.info.run_id), None)
    if version is None:
        model = client.create_logged_model(
            run.info.experiment_id,
            name=name,
            source_run_id=run.info.run_id,
            params={key: str(value) for key, value in run.data.params.items()},
            tags={tags.REGISTERED: name},
        )
        upload(client, model, module, example)
        client.finalize_logged_model(model.model_id, "READY")
        source = f"models:/{model.model_id}"
        version = client.create_model_version(
            name, source, run_id=run.info.run_id, model_id=model.model_id
        ).version
    client.set_registered_model_alias(name, ALIAS, version)
    return int(version)


def check_name(name: str) -> None:
    """Refuse a name that the registry would not take.

    Example:
        >>> check_name("tuned/noise")
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: a registered model's name is a word without /, : and
        quotes; received 'tuned/noise'. Write tuned_noise.
    """
    if not name.strip() or set(name) & set("/:'\""):
        words = re.sub(r"[/:'\"\s]+", "_", name).strip("_")
        raise InvalidInputError(
            "a registered model's name is a word without /, : and quotes",
            received=repr(name),
            fix=f"Write {words}." if words else "Give it a name.",
        )
