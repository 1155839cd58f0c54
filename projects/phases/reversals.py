"""Reversible networks: what is trained, how well it is undone, and what a linear probe reads.

Reference:
    Jacobsen, Smeulders & Oyallon (2018), "i-RevNet: Deep Invertible Networks", ICLR.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from numpy.typing import ArrayLike

from ib_mlflow.information import Estimate, classifier_information, entropy
from ib_mlflow.networks import Ensemble, Reversible, stack
from ib_mlflow.studies.running.children import child_of
from ib_mlflow.studies.running.fits import Arrays, run_computation
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.tracking import ChildSpec, StudyRun
from ib_mlflow.trajectory.members import Numbers

if TYPE_CHECKING:
    from ib_mlflow.networks.ensembles.ensemble import SeparableEnsemble

ROWS = 500
"""Images that are undone at once."""


def reversible_ensemble(
    shape: tuple[int, ...],
    classes: int,
    blocks: int,
    hidden: int,
    *,
    seeds: Sequence[int],
    device: str | torch.device,
    **_: ArrayLike,
) -> Ensemble:
    """Reversible networks without noise, as they are before training.

    Arguments:
        shape: of an image.
        classes: c.
        blocks: how many.
        hidden: units inside each.
        seeds: one a member.
        device: as for `stack`.
    """
    make = partial(Reversible, shape, classes=classes, blocks=blocks, hidden=hidden)
    return stack(make, seeds=seeds, layers=Reversible.layers(blocks), device=device)


def parity_of(task: Task) -> Task:
    """The same images, of which only has to be told whether their digit is odd.

    What a linear map reads of the images themselves leaves room for deeper layers then.

    Arguments:
        task: of digits, measured on what is learnt.
    """
    train_set, validation_set = (
        replace(part, name=f"{part.name}_parity", labels=part.labels % 2, classes=("even", "odd"))
        for part in (task.train_set, task.validation_set)
    )
    return Task(f"{task.name}_parity", train_set, validation_set, train_set)


def examine(study: StudyRun, trained: Trained) -> "Examined":
    """Undo the trained networks and probe their blocks, in a child run; or read what it holds.

    Arguments:
        study: the study's run.
        trained: the reversible networks.

    Returns:
        What was found.
    """
    epochs = (trained.trajectory.epochs[0], trained.trajectory.epochs[-1])
    identity = {
        "of": [child_of(trained.spec, group).digest for group in trained.spec.groups],
        "examined": epochs,
    }
    spec = ChildSpec("probes and inverses", {"epochs": epochs[-1]}, identity)
    arrays = run_computation(study, spec, lambda: _examined(trained, epochs))
    return Examined(trained, arrays)


@dataclass(frozen=True, eq=False)
class Examined:
    """What was found of reversible networks.

    Arguments:
        trained: the networks.
        arrays: by name, a row a member; NaN for one that diverged. `inverse_64` and `inverse_32`
            (e,): the largest error of a pixel, as a share of its range; `distinct` (e, l): the
            entropy of the rows of each layer, the output last, in nats; `first` and `last`
            (e, 1 + blocks): what a linear probe reads of Y before and after training, from the
            images and from every block, in nats; `first_accuracy` and `last_accuracy` likewise.
    """

    trained: Trained
    arrays: Mapping[str, Numbers]

    @property
    def name(self) -> str:
        """The ensemble's name."""
        return self.trained.name

    @property
    def blocks(self) -> int:
        """How many blocks a network has."""
        return int(self.arrays["last"].shape[1]) - 1


def _examined(trained: Trained, epochs: tuple[int, int]) -> Arrays:
    task, e = trained.spec.task, len(trained.trajectory.members)
    arrays: Arrays = {}
    for name, epoch in zip(("first", "last"), epochs, strict=True):
        network = trained.at(epoch)
        learnt, held_out = (_layers(network, trained, of) for of in ("train", "validation"))
        hidden = trained.spec.hidden_layers
        estimates = {
            member: [
                probe(learnt[layer][member], task.train_set.labels, held_out[layer][member],
                      task.validation_set.labels)
                for layer in (0, *hidden)
            ]
            for member in trained.sound
        }  # fmt: skip
        arrays[name], arrays[f"{name}_accuracy"] = (
            _rows(e, {member: [read(of) for of in row] for member, row in estimates.items()})
            for read in (float, _accuracy)
        )
    ensemble = cast("SeparableEnsemble", trained.at(epochs[1]))
    networks = {member: ensemble.member(member) for member in trained.sound}
    images = torch.from_numpy(np.array(trained.spec.inputs))
    for name, kind in (("inverse_64", torch.float64), ("inverse_32", torch.float32)):
        errors = {
            member: [inverse_error(network.cpu().to(kind), images)]
            for member, network in networks.items()
        }
        arrays[name] = _rows(e, errors)[:, 0]
    distinct = dict(ensemble.activations(trained.spec.inputs))
    arrays["distinct"] = _rows(
        e,
        {
            member: [float(row_entropy(layer[member])) for layer in distinct.values()]
            for member in trained.sound
        },
    )
    return arrays


def _layers(ensemble: Ensemble, trained: Trained, part: str) -> dict[int, Any]:
    """Activations (e, n, d) of a part by layer; 0 for the images themselves."""
    data = getattr(trained.spec.task, f"{part}_set")
    inputs = data.features().reshape(data.inputs.shape)
    images = np.broadcast_to(data.features(), (ensemble.members, data.n, data.m))
    return {0: images, **dict(ensemble.activations(inputs))}


def _accuracy(estimate: Estimate) -> float:
    return float(estimate.diagnostics["accuracy"])


def _rows(e: int, of: Mapping[int, Sequence[float]]) -> Numbers:
    """(e, k): the numbers of each member, NaN for the others."""
    rows = np.full((e, len(next(iter(of.values())))), np.nan)
    for member, numbers in of.items():
        rows[member] = numbers
    return rows


def probe(
    rows: Numbers, labels: ArrayLike, held_out: Numbers, held_out_labels: ArrayLike
) -> Estimate:
    """What a linear classifier reads of the label: a lower bound of I(T;Y).

    Arguments:
        rows: (n, d) to fit a logistic regression to, scaled to unit variance.
        labels: (n,) theirs.
        held_out: (k, d) to estimate from.
        held_out_labels: (k,) theirs.

    Returns:
        The bound in nats, with the accuracy as a diagnostic.

    Example:
        >>> rows = np.array([[-1.0], [-2.0], [1.0], [2.0]])
        >>> probe(rows, [0, 0, 1, 1], rows, [0, 0, 1, 1]).diagnostics["accuracy"]
        1.0
    """
    # scikit-learn takes a second to import, and no other study needs it.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(np.asarray(rows, np.float64), labels)
    likelihoods = model.predict_log_proba(np.asarray(held_out, np.float64))
    return classifier_information(likelihoods, held_out_labels)


def inverse_error(network: Any, images: torch.Tensor) -> float:
    """The largest error of a pixel after a network's blocks are gone through and undone.

    Arguments:
        network: a `Reversible`, whose precision is that of the arithmetic.
        images: (n, *shape), pixels in [0, 1].

    Returns:
        As a share of the range of a pixel.
    """
    kind = network.readout.weight.dtype
    with torch.no_grad():
        errors = [
            (network.decode(network.encode(some.to(kind))) - some.to(kind)).abs().max().item()
            for some in (images[k : k + ROWS] for k in range(0, len(images), ROWS))
        ]
    return float(max(errors))


def row_entropy(rows: Numbers) -> float:
    """The entropy of the distinct rows (n, d), each sample equally likely, in nats.

    Example:
        >>> round(row_entropy(np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 2.0], [1.0, 0.0]])), 4)
        1.0397
    """
    _, which = np.unique(np.asarray(rows), axis=0, return_inverse=True)
    return float(entropy(which.ravel()))
