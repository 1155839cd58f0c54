"""Pictures of epochs, which MLflow shows under a slider."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking.artifacts import unwritten
from ib_mlflow.tracking.metrics import check_names

if TYPE_CHECKING:
    import numpy.typing as npt
    from mlflow import MlflowClient

    from ib_mlflow.tracking.artifacts import Artifacts

FOLDER = "images"


class Images:
    """Log each picture of a run once.

    Arguments:
        client: the store's client.
        run_id: the run.
        artifacts: its artifacts.
    """

    def __init__(self, client: MlflowClient, run_id: str, artifacts: Artifacts) -> None:
        self._client, self._run_id = client, run_id
        self._artifacts = artifacts
        self._there: set[tuple[str, int]] | None = None

    def log(self, image: npt.NDArray[np.uint8], key: str, step: int) -> None:
        """Log a picture, unless its step is there.

        Arguments:
            image: (h, w, 3) or (h, w, 4), 0 to 255.
            key: the slider's name.
            step: the epoch.

        Raises:
            InvalidInputError: the array is of another kind, or the name or step is not valid.
            TrackingError: there is no room, or no right, to write it.
        """
        check_names([key])
        right = image.dtype == np.uint8 and image.ndim == 3 and image.shape[-1] in (3, 4)
        if not right or step < 0:
            raise InvalidInputError(
                "a picture must be (h, w, 3) or (h, w, 4) of uint8, at a step of at least 0",
                received=f"{image.dtype} of shape {image.shape} at step {step}",
                fix="Take the figure's rgba buffer.",
            )
        there = self._known()
        if (key, step) not in there:
            self._write(image, key, step)
            there.add((key, step))

    def has(self, key: str, step: int) -> bool:
        """Whether the picture of a step is there, whole."""
        return (key, step) in self._known()

    def _known(self) -> set[tuple[str, int]]:
        if self._there is None:
            self._there = _steps(self._artifacts.names(FOLDER))
        return self._there

    def _write(self, image: npt.NDArray[np.uint8], key: str, step: int) -> None:
        try:
            self._client.log_image(self._run_id, image, key=key, step=step)
        except OSError as error:
            raise unwritten(f"the picture {key!r} of step {step}", self._run_id, error) from error


def _steps(names: list[str]) -> set[tuple[str, int]]:
    """Read key and step back from the names that MLflow gives, in which `~` stands for a slash."""
    # The small copy for the slider is written last: without it the picture is not whole.
    matches = (re.fullmatch(r"(.+)\+step\+(\d+)\+.*\+compressed\.webp", name) for name in names)
    return {(match[1].replace("~", "/"), int(match[2])) for match in matches if match}
