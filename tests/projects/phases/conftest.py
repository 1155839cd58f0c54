"""Groups of networks that were never trained, whose curves are known."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import Guides, Trajectory

GUIDES = Guides(h_x=8.0, h_y=0.69, i_xy=0.69)
EPOCHS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
ROWS = 1000


@pytest.fixture(scope="session")
def plane() -> Callable[..., Trajectory]:
    """Curves of two hidden layers and an output; the last hidden one as it is asked for."""

    def build(
        i_x: Any, losses: Any = None, accuracies: Any = None, epochs: Sequence[int] = EPOCHS
    ) -> Trajectory:
        deepest = np.atleast_2d(np.asarray(i_x, np.float64))
        layers = [np.full_like(deepest, 7.0), deepest, np.full_like(deepest, 0.7)]
        learning = {"val_loss": losses, "train_loss": losses, "val_accuracy": accuracies}
        return Trajectory.from_arrays(
            np.stack(layers, axis=-1),
            np.stack(layers, axis=-1) / 20,
            epochs=epochs,
            n=3000,
            guides=GUIDES,
            estimator="binned",
            setting="bin_size=0.07",
            learning={name: of for name, of in learning.items() if of is not None},
        )

    return build


@pytest.fixture(scope="session")
def group() -> Callable[..., TrainedGroup]:
    """A group with a plane, in an ensemble of its own."""

    def build(name: str, plane: Trajectory, batch_size: int = 64, **parameters: Any):
        seeds = plane.members
        own = Group(name, seeds, {PLANE: SimpleNamespace()}, parameters=parameters)
        spec = SimpleNamespace(
            name=name,
            task=SimpleNamespace(name="szt", guides=GUIDES, train_set=SimpleNamespace(n=ROWS)),
            hidden_layers=(1, 2),
            descent=SimpleNamespace(batch_size=batch_size),
            schedule=SimpleNamespace(last=plane.epochs[-1]),
            groups=[own],
            plane=lambda *_: plane,
        )
        return TrainedGroup(Trained(spec, plane, SimpleNamespace()), own)

    return build


@pytest.fixture(scope="session")
def turning() -> Callable[..., Any]:
    """A curve that rises to an epoch, and falls after it: (t,) nats."""

    def build(epoch: float, *, lost: float = 3.0, until: float = 512) -> Any:
        at = np.array(EPOCHS, np.float64)
        rise = 4 + np.minimum(at, epoch) / epoch
        fallen = np.clip((at - epoch) / (until - epoch), 0, 1) if until > epoch else 0 * at
        return rise - lost * fallen

    return build
