"""Noise, dropout and clusters in a convolutional network on images.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 2 and 5, supplement 9.3; Table 1, Fig. 3,
    7 and 8.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field, model_validator

from ib_mlflow import figures
from ib_mlflow.studies.configuration import BinSize, CommaList, LearningConfiguration
from ib_mlflow.studies.judging.claims import plane_table, scale_of
from ib_mlflow.studies.reporting.conclusion import conclude
from ib_mlflow.studies.running.ensembles import Condition
from ib_mlflow.studies.running.training import Trained, run_network
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from ib_mlflow.trajectory import Trajectory
from projects.noise.mnist_noise.claims import (
    injective_findings,
    overlap_findings,
    similarity_findings,
    slope_findings,
)
from projects.noise.mnist_noise.errors import errors_findings, errors_table
from projects.noise.mnist_noise.measures import Looks, look
from projects.noise.mnist_noise.networks import HIDDEN, ImageNetwork, image_task, versions, views
from projects.noise.networks import GOLDFELD, Beta

DROPOUT = "dropout"
PAPER_RATES = (0.005, 5e-4)
"""Learning rates of the first and of the last epoch: supplement 9.3."""
REMARKS = (
    "I(X;T) on the plane is H(Bin T) with two bins, negative or not, of the held-out images; all "
    "versions are measured without their noise and dropout, as they classify.",
    "Layers 1 and 2 are the pooled convolutions, 3 the full layer of 128 units, 4 the logits, as "
    "in the paper.",
    "The paper learns from 60,000 images for 128 epochs and counts errors on 10,000; where fewer "
    "are used here, numbers of errors cannot be compared with its Table 1, only their order.",
    "Slopes of single units are fitted to epochs at equal distances up to the last, as the paper's "
    "are to its epochs 1 to 128.",
)
DECISIVE = (
    "task", "images", "held_out", "epochs", "learning_rate", "final_learning_rate", "batch_size",
    "dropout", "augmented",
)  # fmt: skip
"""What the number of errors depends on."""


class Configuration(LearningConfiguration):
    """Noise, dropout and clusters in a convolutional network on images."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {
            "members": 2, "epochs": 3, "task": "fashion_mnist", "images": 200, "held_out": 100,
            "betas": (0.5,), "learning_rate": 0.05, "final_learning_rate": 0.005, "measured": 4,
        },
        "quick": {
            "members": 4, "epochs": 16, "task": "mnist", "images": 2000, "held_out": 1000,
            "betas": (0.05, 0.1, 0.2, 0.5), "learning_rate": 0.05, "final_learning_rate": 0.005,
            "measured": 16,
        },
        "paper": {
            "members": 8, "epochs": 128, "task": "mnist", "images": 60_000, "held_out": 10_000,
            "betas": (0.05, 0.1, 0.2, 0.5), "learning_rate": 0.005, "final_learning_rate": 5e-4,
            "measured": 32,
        },
    }  # fmt: skip
    task: Literal["mnist", "fashion_mnist"] = Field(description="mnist or fashion_mnist")
    epochs: int = Field(
        ge=3, le=10_000_000, description="passes over the training set; a slope is fitted to three"
    )
    images: int = Field(ge=20, le=60_000, multiple_of=10, description="images to learn from")
    held_out: int = Field(ge=20, le=10_000, multiple_of=10, description="images to measure on")
    betas: CommaList[Beta] = Field(description="standard deviations of the noise; a child for each")
    dropout: float = Field(0.2, gt=0, lt=1, description="probability of dropping a unit")
    learning_rate: float = Field(gt=0, le=100, description="step size of the first epoch")
    final_learning_rate: float = Field(gt=0, le=100, description="step size of the last epoch")
    batch_size: int = Field(32, ge=1, description="images in a minibatch")
    augmented: bool = Field(True, description="learn from moved, turned and sheared images")
    measured: int = Field(ge=3, le=1000, description="epochs that are measured, about")
    bin_sizes: CommaList[BinSize] = Field(
        (1e-4, 1e-3, 1e-2, 1e-1), description="widths of a bin for single units of layer 3"
    )

    @model_validator(mode="after")
    def _falls(self) -> "Configuration":
        if self.final_learning_rate > self.learning_rate:
            raise ValueError("final_learning_rate: must not exceed learning_rate")
        return self

    @property
    def on_learning_rate(self) -> str:
        """The learning rate beside the paper's, as a remark of the report."""
        ours = (self.learning_rate, self.final_learning_rate)
        first, last = PAPER_RATES
        said = f"The paper's learning rate falls geometrically from {first:g} to {last:g}; "
        if ours == PAPER_RATES:
            return f"{said}so does that used here."
        return f"{said}here it falls from {ours[0]:g} to {ours[1]:g}."

    @property
    def as_in_the_paper(self) -> bool:
        """Whether numbers of errors can be compared with those of Table 1."""
        paper = Configuration.model_validate({"scale": "paper"})
        return all(getattr(self, name) == getattr(paper, name) for name in DECISIVE)


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train all versions from the same seeds and minibatches, and compare their layers."""
    task = image_task(chosen.task, chosen, images=chosen.images, held_out=chosen.held_out)
    shared: dict[str, Any] = {
        "task": task,
        "hidden": HIDDEN,
        "activations": ("tanh",) * len(HIDDEN),
        "initialisation": "torch",
        "measured": chosen.measured,
        "final_learning_rate": chosen.final_learning_rate,
        "augmented": chosen.augmented,
    }
    noisy = versions(chosen.betas)
    networks = [
        ImageNetwork(
            name="noise",
            views=views(noisy, chosen.members, 0.0),
            conditions=tuple(noisy.values()),
            **shared,
        ),
        ImageNetwork(
            name=DROPOUT,
            views=views({DROPOUT: Condition()}, chosen.members, chosen.dropout),
            dropout=chosen.dropout,
            **shared,
        ),
    ]
    trained = [run_network(study, network, chosen) for network in networks]
    even = networks[-1].even_epochs(chosen)
    found = look(trained, chosen, bin_sizes=chosen.bin_sizes, even=even)
    planes = {name: plane for one in trained for name, plane in one.planes().items()}
    first = found.slopes["member"].min()
    _log(trained, found)
    conclude(
        study,
        trained,
        title="Noise, dropout and clusters in a convolutional network",
        findings=[
            *errors_findings(planes, chosen.held_out, full=chosen.as_in_the_paper),
            *similarity_findings(found.similarities),
            *injective_findings(planes[DROPOUT], found.input_entropy),
            *slope_findings(found.slopes),
            *overlap_findings(found.overlaps),
        ],
        tables={"Table 1 of the paper": errors_table(planes, chosen.held_out)}
        | {name: plane_table(plane, chosen.unit, output=False) for name, plane in planes.items()},
        chosen=chosen,
        extra={
            "similarities.png": figures.similarity_histograms(
                found.cosines, reference="deterministic twin"
            ),
            "unit_slopes.png": figures.unit_slopes(
                pd.concat(
                    [
                        rows.assign(setting=f"bin size {size:g}")
                        for size, rows in found.slopes[found.slopes["member"] == first].groupby(
                            "bin_size"
                        )
                    ]
                ),
                unit=chosen.unit,
            ),
            "distances.png": figures.distance_histograms(found.histograms),
            "bin_entropy.png": _two_bins(planes[DROPOUT], found.input_entropy, chosen.unit),
        },
        paper=GOLDFELD,
        remarks=REMARKS,
    )


def _two_bins(plane: Trajectory, input_entropy: float, unit: str) -> Figure:
    """Draw H(Bin T) as in Fig. 7, without the logits: ten of them hold less by far."""
    means = plane.frame.groupby(["layer", "epoch"])["i_x"].mean().unstack("layer")
    curves = {"input": np.full(len(means), input_entropy)}
    curves |= {f"layer {layer}": means[layer].to_numpy() for layer in plane.layers[:-1]}
    return figures.family_curves(
        plane.epochs,
        {name: curve * scale_of(unit) for name, curve in curves.items()},
        label=f"H(Bin T), two bins [{unit}]",
        x_label="epoch",
    )


def _log(trained: list[Trained], found: Looks) -> None:
    """Put each version's mean similarities on its run, for the comparison pages."""
    for one in trained:
        for view in one.network.views:
            rows = found.similarities[found.similarities["version"] == view.name]
            one.recording.child(view.name).log_metrics(
                {
                    f"summary/cosine_to_deterministic.layer_{layer}": float(of["cosine"].mean())
                    for layer, of in rows.groupby("layer")
                }
            )


if __name__ == "__main__":
    enter("mnist_noise", Configuration, run)
