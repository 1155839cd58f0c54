"""What is written on a run beside its curves: scalars, figures, texts, pictures, a table."""

from __future__ import annotations

import json
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking.artifacts import Artifacts
from ib_mlflow.tracking.images import Images
from ib_mlflow.tracking.metrics import DIGEST_LENGTH, calls
from ib_mlflow.tracking.places import check_artifact_name
from ib_mlflow.tracking.registry import register
from ib_mlflow.tracking.scalars import check_description, check_scalars, scalar_entries
from ib_mlflow.trajectory import LossCurves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import torch
    from matplotlib.figure import Figure
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from ib_mlflow.tracking.interrupts import Interrupts
    from ib_mlflow.trajectory import Trajectory

TABLE = "trajectory.parquet"
OWN_FOLDERS = ("checkpoints", "images", "results")
OWN_FILES = ("config.yaml", "identity.json", TABLE)
"""What this package and MLflow keep in a run, and read back from there."""


class RunWriter:
    """Write on one run: a study's, or a child's.

    Arguments:
        client: the store's client.
        run: the run.
        interrupts: what holds signals back during a write.
        light: the light child that shows it, where it stays with another study: tags go there.
    """

    def __init__(
        self, client: MlflowClient, run: Run, interrupts: Interrupts, light: Run | None = None
    ) -> None:
        self.run_id = str(run.info.run_id)
        """The run's id."""
        self.artifacts = Artifacts(client, self.run_id, run.info.artifact_uri)
        """The run's artifacts."""
        self._client = client
        self._interrupts = interrupts
        self._tagged = str((light or run).info.run_id)
        self._images = Images(client, self.run_id, self.artifacts)

    def log_metrics(self, values: Mapping[str, float]) -> None:
        """Log what the run came to, for the comparison pages.

        A value that is not finite is an answer too (a time that was never reached): it is left
        out, for MLflow would store another number, and its name is kept under a tag. A value
        that the run has already is not logged again.

        Arguments:
            values: scalars by names that begin with `summary/`, the unit in the name.

        Raises:
            InvalidInputError: a name is not valid.

        Example:
            >>> study.log_metrics({"summary/compression_nats.layer_3": 1.2})  # doctest: +SKIP
        """
        check_scalars(values)
        with self._interrupts.held():
            there = self._client.get_run(self.run_id).data.metrics
            for part, labels in calls(*scalar_entries(values, {}, there)):
                self._client.log_batch(self.run_id, metrics=part, tags=labels)

    def log_figure(self, figure: Figure, name: str, *, dpi: int = 150) -> None:
        """Save a figure as an artifact.

        Arguments:
            figure: a matplotlib figure.
            name: the artifact, with the suffix of the format.
            dpi: dots per inch of a bitmap.

        Raises:
            InvalidInputError: the name leads out of the run's folder, or is the package's own.

        Example:
            >>> study.log_figure(figure, "information_plane.png")  # doctest: +SKIP
        """

        def write(path: Path) -> None:
            figure.savefig(path, dpi=dpi)

        self._put(name, write)

    def log_text(self, text: str, name: str) -> None:
        """Save a text (a report, a page) as an artifact, in UTF-8.

        Raises:
            InvalidInputError: the name leads out of the run's folder, or is the package's own.

        Example:
            >>> study.log_text("# What was found", "report.md")  # doctest: +SKIP
        """

        def write(path: Path) -> None:
            path.write_text(text, encoding="utf-8")

        self._put(name, write)

    def describe(self, text: str) -> None:
        """Set the description that MLflow shows on the run's page, in Markdown.

        Raises:
            InvalidInputError: it is longer than MLflow keeps.

        Example:
            >>> study.describe("Layers compress in 20 of 20 networks.")  # doctest: +SKIP
        """
        check_description(text)
        with self._interrupts.held():
            self._client.set_tag(self.run_id, MLFLOW_RUN_NOTE, text)

    def log_tags(self, values: Mapping[str, str]) -> None:
        """Set tags of this package's own, `ib.<name>`, for searching and for people.

        Example:
            >>> child.log_tags({"trial": "3", "trial_state": "COMPLETE"})  # doctest: +SKIP
        """
        with self._interrupts.held():
            for _, labels in calls(*scalar_entries({}, values, {})):
                self._client.log_batch(self._tagged, tags=labels)

    def register(self, name: str, module: torch.nn.Module, example: npt.NDArray[np.float32]) -> int:
        """Register networks of this run, as `ib_mlflow.tracking.registry.register` does."""
        with self._interrupts.held():
            run = self._client.get_run(self.run_id)
            return register(self._client, run, name, module, example)

    def log_trajectory(self, trajectory: Trajectory, name: str = TABLE) -> None:
        """Save a trajectory as a parquet artifact.

        Raises:
            InvalidInputError: the name leads out of the run's folder, or is the package's own.

        Example:
            >>> study.log_trajectory(recording.trajectory)  # doctest: +SKIP
        """
        self._put(name, trajectory.save, table=True)

    def log_table(self, table: pd.DataFrame | LossCurves, name: str) -> None:
        """Save a table as a parquet artifact; loss curves so that `LossCurves.load` reads them.

        Raises:
            InvalidInputError: the name leads out of the run's folder, or is the package's own.

        Example:
            >>> study.log_table(gradient_rows(snapshot), "gradients.parquet")  # doctest: +SKIP
        """
        if isinstance(table, LossCurves):
            self._put(name, table.save)
        else:
            self._put(name, partial(table.to_parquet, index=False))

    def log_image(self, image: npt.NDArray[np.uint8], key: str, step: int) -> None:
        """Log a picture of an epoch, for MLflow's step slider; one that is there stays.

        Arguments:
            image: (h, w, 3) or (h, w, 4), 0 to 255.
            key: the slider's name.
            step: the epoch.

        Raises:
            InvalidInputError: the array is of another kind, or the name or step is not valid.

        Example:
            >>> study.log_image(pixels, "information plane", 100)  # doctest: +SKIP
        """
        with self._interrupts.held():
            self._images.log(image, key, step)

    def has_image(self, key: str, step: int) -> bool:
        """Whether a picture of an epoch is there, whole.

        Example:
            >>> study.has_image("information plane", 100)  # doctest: +SKIP
            True
        """
        return self._images.has(key, step)

    def log_dataset(
        self,
        name: str,
        *,
        digest: str,
        source: str,
        context: str,
        profile: Mapping[str, object] | None = None,
    ) -> None:
        """Log a dataset as an input of the run.

        Arguments:
            name: its name.
            digest: sha256; MLflow's column keeps the first 36 digits, the profile all.
            source: where it came from, in words.
            context: what it was used for: "training", "validation", "measuring".
            profile: counts and entropies, for people.

        Example:
            >>> study.log_dataset(data.name, digest=data.digest, source=data.source,
            ...     context="training", profile={"rows": data.n})  # doctest: +SKIP
        """
        content = {"digest": digest, **(profile or {})}
        dataset = Dataset(
            name=name,
            digest=digest[:DIGEST_LENGTH],
            source_type="code",
            source=json.dumps({"tags": {"source": source}}),
            profile=json.dumps(content),
        )
        entry = DatasetInput(dataset, [InputTag("mlflow.data.context", context)])
        with self._interrupts.held():
            self._client.log_inputs(self.run_id, datasets=[entry])

    def _put(self, name: str, write: Callable[[Path], object], *, table: bool = False) -> None:
        check_artifact_name(name)
        own = name in OWN_FILES and not (table and name == TABLE)
        if own or PurePosixPath(name).parts[0] in OWN_FOLDERS:
            raise InvalidInputError(
                "a run is resumed from files that only this package writes",
                received=name,
                fix=f"Choose a name outside of the folders {', '.join(OWN_FOLDERS)}, and not "
                f"{', '.join(OWN_FILES)}.",
            )
        with self._interrupts.held():
            self.artifacts.put(name, write)
