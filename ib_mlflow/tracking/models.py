"""Logged models: the ensemble at a few epochs, ranked by its metrics in MLflow's model pages."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from mlflow.entities import LoggedModelOutput

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking import tags
from ib_mlflow.tracking.artifacts import unwritten
from ib_mlflow.tracking.metrics import DIGEST_LENGTH, DatasetName, curve_points
from ib_mlflow.tracking.milestones import best_epoch, is_milestone
from ib_mlflow.tracking.server_log import silence_remarks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

    from ib_mlflow.tracking.buffer import MetricBuffer
    from ib_mlflow.tracking.children import Child

_PACKAGES = ("mlflow", "numpy", "torch")


@dataclass(frozen=True, eq=False)
class Models:
    """How the models of a training are made.

    Arguments:
        restore: makes a new module, (n, …) to (e, n, c), of a checkpoint's state. It is called
            during the training and after it, so it must not touch the ensemble that learns.
        example: inputs of shape (b, …) with b > 1, float32 or int64 ids, from which the graph is
            traced.
        datasets: by use, "training", "validation" and, unless it is what was learnt, "measured",
            the name and digest of the data that a model's metrics are of.

    Raises:
        InvalidInputError: the example is of another type, not finite, or has fewer than two rows.

    Example:
        >>> Models(restore=lambda state: torch.nn.Identity(), example=np.zeros((1, 12)))
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: a model's example must be finite, float32 ...
    """

    restore: Callable[[Mapping[str, Any]], torch.nn.Module]
    example: npt.NDArray[Any]
    datasets: Mapping[str, DatasetName] = field(default_factory=dict)

    def __post_init__(self) -> None:
        example = self.example
        # A batch of one would become a constant of the traced graph.
        right = example.dtype in (np.float32, np.int64) and example.ndim > 1 and len(example) > 1
        if not right or not np.isfinite(example).all():
            raise InvalidInputError(
                "a model's example must be finite, float32 or int64, of at least two rows",
                received=f"{example.dtype} of shape {example.shape}",
                fix="Take the first rows of the dataset's features().",
            )

    def dataset_of(self, metric: str) -> DatasetName | None:
        """The name and the digest, as runs have it, of what a metric was computed on.

        Arguments:
            metric: its name; losses and accuracies begin with their part of the data, and the
                others are of the layers.
        """
        use = {"train": "training", "val": "validation"}.get(metric.partition("_")[0], "measured")
        named = self.datasets.get(use, self.datasets.get("training"))
        return None if named is None else (named[0], named[1][:DIGEST_LENGTH])


class ModelLog:
    """Log an epoch's ensemble once, tied to its metrics.

    `mlflow.pytorch.log_model` reads the run's whole metric history for each model and infers its
    requirements by running it; the same steps are taken here without these two.

    Arguments:
        client: the store's client.
        buffer: through which the metrics go.
        models: how models are made.
        children: all children of the training; the models belong to the first unfinished one.
    """

    def __init__(
        self,
        client: MlflowClient,
        buffer: MetricBuffer,
        models: Models,
        children: Sequence[Child],
    ) -> None:
        self._client, self._buffer, self._models = client, buffer, models
        self._lead = next(child for child in children if not child.finished)
        self._logged: dict[int, str] = {}
        for child in children:
            for model in self._of(child):
                if str(model.status) == "READY":
                    self._logged[int(model.tags[tags.EPOCH])] = model.model_id
                else:
                    client.delete_logged_model(model.model_id)

    def _of(self, child: Child) -> list[LoggedModel]:
        if not child.finished and not child.resumed:
            return []
        models = self._client.search_logged_models(
            [child.run.info.experiment_id], f"source_run_id = '{child.run_id}'"
        )
        return [model for model in models if tags.EPOCH in model.tags]

    def log(
        self, rows: pd.DataFrame, state: Callable[[], Mapping[str, Any]], chosen_as: str
    ) -> None:
        """Log one epoch's model, unless it is logged, and say why it was chosen.

        Arguments:
            rows: the rows of that epoch.
            state: gives the state of its checkpoint.
            chosen_as: "milestone", "best" or "last".
        """
        epoch = int(rows["epoch"].iloc[0])
        if epoch not in self._logged:
            self._logged[epoch] = self._create(epoch, rows, state())
        self._client.set_logged_model_tags(
            self._logged[epoch], {f"{tags.CHOSEN_AS}.{chosen_as}": "true"}
        )

    def complete(
        self, frames: Mapping[int, pd.DataFrame], state: Callable[[int], Mapping[str, Any]]
    ) -> None:
        """Log the best and the last model, and those that an earlier process did not come to.

        Arguments:
            frames: the rows of each measured epoch.
            state: gives the state of an epoch's checkpoint.
        """
        logged = [
            (epoch, "milestone")
            for previous, epoch in pairwise([None, *frames])
            if epoch is not None and is_milestone(epoch, previous)
        ]
        best = best_epoch(pd.concat(list(frames.values())))
        if best is not None:
            logged.append((best, "best"))
        for epoch, chosen_as in [*logged, (max(frames), "last")]:
            self.log(frames[epoch], partial(state, epoch), chosen_as)

    def _name(self, epoch: int) -> str:
        """Study, network and epoch, in the characters that MLflow takes."""
        study = self._lead.run.data.tags.get(tags.STUDY, "")
        return re.sub(r"[^\w-]+", "-", f"{study}-{self._lead.spec.name}-epoch-{epoch}").strip("-")

    def _create(self, epoch: int, rows: pd.DataFrame, state: Mapping[str, Any]) -> str:
        run = self._lead.run.info
        parameters = {name: str(value) for name, value in self._lead.spec.parameters.items()}
        model = self._client.create_logged_model(
            run.experiment_id,
            name=self._name(epoch),
            source_run_id=run.run_id,
            params=parameters | {"epoch": str(epoch)},
            tags={tags.EPOCH: str(epoch), tags.IDENTITY: self._lead.spec.digest},
        )
        upload(self._client, model, self._models.restore(state), self._models.example)
        # The same points as those of the run's curves, once for both.
        points, _ = curve_points(self._lead.spec.curve_rows(rows))
        known = {point.key: self._models.dataset_of(point.key) for point in points}
        self._buffer.send(run.run_id, points, model_id=model.model_id, datasets=known)
        self._client.log_outputs(run.run_id, [LoggedModelOutput(model.model_id, step=epoch)])
        self._client.finalize_logged_model(model.model_id, "READY")
        return str(model.model_id)


def upload(
    client: MlflowClient,
    model: LoggedModel,
    module: torch.nn.Module,
    example: npt.NDArray[Any],
) -> None:
    """Save a module, with its signature, as the files of a logged model that was created.

    Arguments:
        client: the store's client.
        model: that was created, of a run.
        module: (n, …) to (e, n, c).
        example: as of `Models`.

    Raises:
        TrackingError: there is no room, or no right, to write it.
    """
    try:
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary, "model")
            _save(module, example, path, model)
            client.log_model_artifacts(model.model_id, str(path))
    except (OSError, RuntimeError) as error:  # torch says the latter of a full disk
        if isinstance(error, RuntimeError) and "write" not in str(error):
            raise
        cause = error if isinstance(error, OSError) else OSError(str(error))
        raise unwritten(f"the model {model.name}", str(model.source_run_id), cause) from error


def _save(
    module: torch.nn.Module, example: npt.NDArray[Any], path: Path, model: LoggedModel
) -> None:
    with silence_remarks():
        # Imported with the first model: it takes seconds, and many studies' tests log none.
        import mlflow.pyfunc
        import mlflow.pytorch
        from mlflow.models import Model, ModelSignature
        from mlflow.types import Schema, TensorSpec
    module = module.eval().cpu()
    # Members may be views into one block; the archive wants each tensor whole.
    whole = {name: value.detach().clone() for name, value in module.state_dict().items()}
    module.load_state_dict(whole, assign=True)
    with torch.no_grad():
        outputs = module(torch.from_numpy(example)).numpy()
    members, _, *rest = outputs.shape
    mlflow.pytorch.save_model(
        module,
        str(path),
        mlflow_model=Model(
            artifact_path=model.artifact_location,
            model_uuid=model.model_id,
            model_id=model.model_id,
            run_id=model.source_run_id,
        ),
        signature=ModelSignature(
            inputs=Schema([TensorSpec(example.dtype, (-1, *example.shape[1:]))]),
            outputs=Schema([TensorSpec(outputs.dtype, (members, -1, *rest))]),
        ),
        input_example=example,
        pip_requirements=[f"{name}=={version(name).partition('+')[0]}" for name in _PACKAGES],
        serialization_format="pt2",
    )
