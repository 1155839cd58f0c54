"""Groups of networks that were never trained, whose curves are known."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.studies.running.records import RECORDED, packed
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import Guides, Trajectory

GUIDES = Guides(h_x=8.0, h_y=0.69, i_xy=0.69)
EPOCHS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
ROWS = 1000
FEW = (0, 1, 10, 20, 100, 200, 1000)
MEMBERS = 12
SHIFT = np.linspace(-0.004, 0.004, MEMBERS)
GROWN = 1 + SHIFT


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

    def build(
        name: str,
        plane: Trajectory,
        batch_size: int = 64,
        gradients: pd.DataFrame | None = None,
        **parameters: Any,
    ):
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
        spec.members_of = lambda _: plane.members
        spec.gradients, spec.every_epoch = gradients is not None, False
        trained = Trained(spec, plane, SimpleNamespace())
        if gradients is not None:
            trained.__dict__["_records"] = [{RECORDED: packed({"gradients": gradients})}]
        return TrainedGroup(trained, own)

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


@pytest.fixture(scope="session")
def gradients() -> Callable[..., pd.DataFrame]:
    """Norms of gradients whose ratio falls from 3 to 0.1 about an epoch of each member's own."""

    def build(epochs: Sequence[float], layers: Sequence[int] = (1, 2, 3)) -> pd.DataFrame:
        at = np.array(EPOCHS[1:], np.float64)
        return pd.concat(
            pd.DataFrame(
                {
                    "member": member,
                    "epoch": EPOCHS[1:],
                    "layer": layer,
                    "gradient_mean": np.where(
                        at < epoch, 3 + member / 1000, np.where(at > epoch, 0.1, 1.5)
                    ),
                    "gradient_std": 1.0,
                    "weight_norm": 2.0,
                }
            )
            for member, epoch in enumerate(epochs)
            for layer in layers
        )

    return build


@pytest.fixture(scope="session")
def alike():
    """Two hidden layers alike and an output, of twelve members that differ a little."""

    def build(i_x, i_y, *, lost=(), last_layer=None, **learning):
        curves = [np.broadcast_to(np.asarray(of, np.float64), len(FEW)) for of in (i_x, i_y)]
        i_x, i_y = (
            np.repeat(curve[None, :, None] * GROWN[:, None, None], 3, axis=2) for curve in curves
        )
        for member in lost:
            i_x[member, -1] = i_y[member, -1] = np.nan
        scores = {
            name: np.broadcast_to(np.asarray(of, np.float64), len(FEW)) + SHIFT[:, None] / 10
            for name, of in learning.items()
        }
        return Trajectory.from_arrays(
            i_x,
            i_y,
            epochs=FEW,
            n=4096,
            guides=Guides(8.3, 0.69, 0.69),
            estimator="binned",
            setting="bin_size=0.07",
            learning=scores,
        )

    return build


@pytest.fixture(scope="session")
def group_of():
    """A group whose plane is given."""

    def build(name, plane, **group):
        task = SimpleNamespace(train_set=SimpleNamespace(n=200, c=2))
        return SimpleNamespace(
            name=name,
            last_hidden=2,
            plane=lambda: plane,
            group=SimpleNamespace(**group),
            trained=SimpleNamespace(spec=SimpleNamespace(task=task)),
        )

    return build
