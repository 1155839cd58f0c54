"""A training in miniature: three members descend a quadratic, each step written out."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from ib_mlflow.tracking import ChildSpec, open_study
from ib_mlflow.trajectory import Guides, Trajectory

GUIDES = Guides(h_x=3.0, h_y=0.7, i_xy=0.6)
MEMBERS, INPUTS, LAYERS = 3, 4, 2
SETTINGS = {"fine": 0.07, "coarse": 0.3}


@dataclass(frozen=True)
class Step:
    epoch: int
    weights: torch.Tensor

    def state(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "weights": self.weights.clone()}


class Net(torch.nn.Module):
    """(n, 4) to (3, n, 2)."""

    def __init__(self, weights: torch.Tensor) -> None:
        super().__init__()
        self.weights = torch.nn.Parameter(weights.to(torch.float32)[..., :2])

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return torch.tanh(inputs @ self.weights)


def restore(state: Mapping[str, Any]) -> Net:
    return Net(state["weights"])


def train(epochs: int, *, resume: Mapping[str, Any] | None = None) -> Iterator[Step]:
    first = 0
    weights = torch.linspace(-1, 1, MEMBERS * INPUTS * 3, dtype=torch.float64)
    weights = weights.reshape(MEMBERS, INPUTS, 3)
    if resume is None:
        yield Step(0, weights)
    else:
        first, weights = resume["epoch"], resume["weights"]
    for epoch in range(first + 1, epochs + 1):
        # Noise of (seed, epoch) only, as in training: a resumed run meets the same.
        noise = torch.randn(
            weights.shape, generator=torch.Generator().manual_seed(epoch), dtype=torch.float64
        )
        weights = weights - 0.05 * (weights - torch.sin(weights * 3)) + 0.01 * noise
        yield Step(epoch, weights)


def measure(step: Step, settings: Mapping[str, float] = SETTINGS) -> pd.DataFrame:
    size = step.weights.abs().mean(dim=(1, 2)).numpy()
    setting, member, layer = (
        index.ravel() for index in np.indices((len(settings), MEMBERS, LAYERS))
    )
    widths = np.array(list(settings.values()))[setting]
    i_x = np.exp(-widths) * size[member] * np.array([2.0, 1.0])[layer]
    columns = {
        "member": member,
        "epoch": step.epoch,
        "layer": layer + 1,
        "estimator": "binned",
        "setting": [f"bin_size={width}" for width in widths],
        "i_x": i_x,
        "i_x_se": np.nan,
        "i_y": 0.1 * i_x,
        "i_y_se": np.nan,
        "n": 8,
        "kind": "point",
        "saturated": False,
        "reliable": True,
        "train_loss": size[member],
        "train_accuracy": 1 / (1 + size[member]),
        "val_loss": 1.1 * size[member],
        "val_accuracy": abs(np.sin(0.3 * step.epoch)) / (1 + size[member]),
    }
    return pd.DataFrame(columns)


def child(name: str = "fine", **more: object) -> ChildSpec:
    width = SETTINGS[name]
    return ChildSpec(
        name,
        {"bin_size": width},
        {"bin_size": width, "members": MEMBERS, **more},
        selects={"setting": [f"bin_size={width}"]},
    )


def run(
    *,
    epochs: int = 12,
    names: tuple[str, ...] = ("fine",),
    fresh: bool = False,
    delay: float = 0.0,
    patience: float = 0.0,
    stop_at: int | None = None,
    error: BaseException | None = None,
) -> tuple[Trajectory, str]:
    """The study as a researcher would write it; the table, and the study's run id."""
    with open_study("synthetic", {"epochs": epochs, "names": list(names)}, fresh=fresh) as study:
        with study.record(
            [child(name, epochs=epochs) for name in names], guides=GUIDES, patience=patience
        ) as recording:
            if not recording.finished:
                for step in train(epochs, resume=recording.checkpoint):
                    recording.log(measure(step), checkpoint=step.state())
                    time.sleep(delay)
                    if error is not None and step.epoch == stop_at:
                        raise error
            table = recording.trajectory
        study.log_trajectory(table)
        return table, study.run_id


def run_job(
    *,
    updates: int = 6,
    fresh: bool = False,
    patience: float = 0.0,
    stop_at: int | None = None,
    error: BaseException | None = None,
) -> tuple[np.ndarray, str]:
    """A study whose child descends as above, but has no trajectory; its result, its run id."""
    with open_study("synthetic", {"updates": updates}, fresh=fresh) as study:
        spec = ChildSpec("descent", {"updates": updates}, {"descent": updates})
        with study.job(spec, patience=patience) as job:
            if not job.finished:
                for step in train(updates, resume=job.checkpoint):
                    size = float(step.weights.abs().mean())
                    job.log(step.epoch, {"size": size, "nothing": np.nan}, step.state())
                    if error is not None and step.epoch == stop_at:
                        raise error
                job.save_results("weights", {"weights": step.weights.numpy()})
            results = job.results("weights")
        assert results is not None
        return results["weights"], study.run_id
