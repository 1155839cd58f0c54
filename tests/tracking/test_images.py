import numpy as np
import pytest
from mlflow import MlflowClient

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking.artifacts import Artifacts
from ib_mlflow.tracking.images import Images

PIXELS = np.zeros((4, 6, 4), dtype=np.uint8)


def images(store: MlflowClient, run_id: str) -> Images:
    return Images(store, run_id, Artifacts(store, run_id, store.get_run(run_id).info.artifact_uri))


def test_each_step_is_there_once_also_after_a_restart(store: MlflowClient, run_id: str) -> None:
    first = images(store, run_id)
    for key, step in (("plane", 0), ("plane", 10), ("plane/fine", 0), ("plane", 10)):
        first.log(PIXELS, key, step)
    images(store, run_id).log(PIXELS, "plane", 0)
    images(store, run_id).log(PIXELS, "plane/fine", 0)
    images(store, run_id).log(PIXELS, "plane", 20)
    names = [file.path for file in store.list_artifacts(run_id, "images")]
    assert len([name for name in names if name.endswith(".png")]) == 4
    assert len([name for name in names if name.endswith(".webp")]) == 4
    assert store.get_run(run_id).data.tags["mlflow.loggedImages"] == "True"


@pytest.mark.parametrize(
    ("image", "key", "step"),
    [
        (PIXELS[..., 0], "plane", 0),
        (PIXELS[..., :2], "plane", 0),
        (PIXELS.astype(np.float64), "plane", 0),
        (PIXELS, "plane", -1),
        (PIXELS, "plane=1", 0),
    ],
)
def test_what_is_no_picture_is_refused(
    store: MlflowClient, run_id: str, image: np.ndarray, key: str, step: int
) -> None:
    with pytest.raises(InvalidInputError):
        images(store, run_id).log(image, key, step)
