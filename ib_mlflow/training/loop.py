"""Training as a generator of snapshots."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.memory import check_members
from ib_mlflow.networks.ensembles.independence import TOGETHER
from ib_mlflow.networks.ensembles.stacked import StackedEnsemble
from ib_mlflow.networks.perceptrons.perceptron import MLPEnsemble
from ib_mlflow.training.checkpoint import conditions, restore
from ib_mlflow.training.engines import compiled, functional, per_member
from ib_mlflow.training.engines.descent import Descent, DescentSettings, TrainingSet
from ib_mlflow.training.engines.gradients import Gradients
from ib_mlflow.training.every_epoch import EveryEpoch
from ib_mlflow.training.labels import digest_of, member_labels
from ib_mlflow.training.outputs import warn_of_probabilities
from ib_mlflow.training.progression import Training, snapshots
from ib_mlflow.training.rehearsal import rehearse
from ib_mlflow.training.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from ib_mlflow.data import Dataset
    from ib_mlflow.networks import Ensemble
    from ib_mlflow.training.augmentation import Augmentation
    from ib_mlflow.training.engines.descent import Advance
    from ib_mlflow.training.snapshot import Snapshot

COPIES = 3
"""Of its weights a training makes a copy that learns, velocities and gradients."""


def train(
    ensemble: Ensemble,
    dataset: Dataset,
    schedule: Schedule,
    *,
    learning_rate: ArrayLike,
    final_learning_rate: ArrayLike | None = None,
    momentum: ArrayLike = 0.0,
    weight_decay: ArrayLike = 0.0,
    orthonormality: ArrayLike = 0.0,
    batch_size: int = 256,
    augmentation: Augmentation | None = None,
    labels: ArrayLike | None = None,
    validation: Dataset | None = None,
    gradients: bool = False,
    every_epoch: bool = False,
    resume: Mapping[str, Any] | None = None,
) -> Iterator[Snapshot]:
    """Train all members at once by minibatch gradient descent on the cross-entropy.

    The ensemble is where training starts; it is not changed. Each member visits the samples in
    its own order, a function of its seed and the epoch (`ib_mlflow.training.data_order`). A member
    that diverges is logged, goes on as NaN, and does not touch the others.

    Arguments:
        ensemble: from `ib_mlflow.networks.mlp` or `stack`. On the CPU small fully connected
            networks are trained by compiled kernels and convolutional ones a thread each,
            everything else by torch.func.
        dataset: what is learnt. Images and sequences reach the networks in their own shape, and
            fully connected networks flatten them; ids reach networks of your own as int64.
        schedule: the epochs at which a snapshot is taken; training ends with the last.
        learning_rate: one number, or one for each member `(e,)`.
        final_learning_rate: of the last epoch; the learning rate falls to it by the same factor
            from each epoch to the next. One number or `(e,)`; None keeps the learning rate.
        momentum: as in `torch.optim.SGD`; one number or `(e,)`, below 1.
        weight_decay: as in `torch.optim.SGD`; one number or `(e,)`.
        orthonormality: α of W ← W − α (W Wᵀ − I) W after each step, for every weight matrix (the
            outputs by all that enters them); one number or `(e,)`. Cisse et al. (2017,
            arXiv:1704.08847); Goldfeld et al., supplement 9.1, took 5e-5.
        batch_size: samples of a step; the last step of an epoch takes what is left.
        augmentation: changes the images of each minibatch; losses and accuracies are those of the
            images as they are.
        labels: `(e, n)` what each member learns in place of the dataset's labels; training losses
            and accuracies are by these.
        validation: a set on which loss and accuracy are measured too.
        gradients: whether each snapshot carries how long the mean of the minibatch gradients of
            the epoch that it ends was, and how far they scattered (`gradient_rows`). It changes
            no bit of the training, and no checkpoint holds it.
        every_epoch: whether they are measured on it after every epoch, into `Snapshot.losses`;
            the bits of the training are the same.
        resume: a `Snapshot.checkpoint()` of a training with the same arguments; training goes on
            after its epoch, which is not yielded again, with the same bits on the CPU as if it
            had not been interrupted.

    Returns:
        Snapshots, one for each measured epoch, in order.

    Raises:
        InvalidInputError: if an argument is out of range, or the networks do not fit the data.
        CheckpointError: if `resume` belongs to another training.

    Example:
        >>> from ib_mlflow.data import load
        >>> from ib_mlflow.networks import mlp
        >>> from ib_mlflow.training import Schedule
        >>> ensemble = mlp((12, 10, 7, 5, 4, 3, 2), members=2)
        >>> for snapshot in train(ensemble, load("szt"), Schedule.of([1, 3]), learning_rate=0.2):
        ...     print(snapshot.epoch, snapshot.train_loss.shape)
        0 (2,)
        1 (2,)
        3 (2,)
    """
    if not isinstance(schedule, Schedule):
        raise InvalidInputError(
            "schedule must be a Schedule", received=repr(schedule), fix="Try Schedule.of([1, 10])."
        )
    if not isinstance(ensemble, StackedEnsemble):
        raise InvalidInputError(
            "an ensemble that learns is made by mlp or stack",
            received=type(ensemble).__name__,
            fix="Try stack(factory, seeds=range(20), layers=[...]).",
        )
    settings = DescentSettings(
        learning_rate, final_learning_rate, momentum, weight_decay, orthonormality, batch_size
    )
    descent = Descent.of(ensemble.members, settings, last=schedule.last)
    warn_of_probabilities(_outputs(ensemble, dataset, "dataset"))
    learnt = member_labels(labels, dataset, ensemble.members)
    images = dataset.inputs.ndim == 4 and dataset.inputs.dtype.kind != "i"
    if augmentation and not images:
        raise InvalidInputError(
            "augmentation is for images (n, channels, h, w)",
            received=f"{dataset.inputs.dtype} of shape {dataset.inputs.shape} in {dataset.name}",
            fix="Leave augmentation out.",
        )
    if validation is not None:
        _outputs(ensemble, validation, "validation")
    idle = _rehearsed(ensemble, dataset, batch_size)
    _check_memory(ensemble)
    ensemble = ensemble.copy()
    velocity = {
        name: torch.zeros_like(ensemble.parameters[name])
        for name, weight in ensemble.template.named_parameters()
        if weight.requires_grad and name not in idle
    }
    same = conditions(ensemble, digest_of(dataset, labels), descent, augmentation)
    done = -1 if resume is None else restore(resume, ensemble, velocity, same)
    own = torch.tensor(dataset.labels if labels is None else learnt, device=ensemble.device)
    samples = TrainingSet(
        _on_device(ensemble, network_inputs(dataset)),
        own.expand(ensemble.members, -1),  # one row in memory where all learn the same
        augmentation,
    )
    advance = _engine(ensemble, velocity, samples, descent)
    minibatches = -(-dataset.n // batch_size)
    if gradients:
        Gradients.of(velocity, minibatches)  # refuses networks without a layer of weights now
    steps = minibatches if gradients else None
    training = Training(ensemble, velocity, same, advance, done, steps)
    held_out = None if validation is None else (network_inputs(validation), validation.labels)
    watched = EveryEpoch(advance, ensemble, held_out) if every_epoch else None
    return snapshots(training, schedule, (network_inputs(dataset), learnt), held_out, watched)


def _check_memory(ensemble: StackedEnsemble) -> None:
    """Refuse what cannot learn: a copy of the weights, their velocities and their gradients."""
    if ensemble.device.type == "cpu":
        size = sum(weight.nbytes for weight in ensemble.parameters.values())
        check_members(
            ensemble.members,
            COPIES * size / ensemble.members,
            what="networks that learn, with a copy, velocities and gradients,",
            received=f"{ensemble.members} members with {size / 2**30:.3g} GiB of weights",
            smaller=lambda _: "Take narrower layers.",
        )


def network_inputs(dataset: Dataset) -> NDArray[Any]:
    """The features in the shape of the dataset's inputs, `(n, ...)`; ids are whole numbers."""
    return dataset.features().reshape(dataset.inputs.shape)


def _rehearsed(ensemble: StackedEnsemble, dataset: Dataset, batch_size: int) -> set[str]:
    """The parameters that never get a gradient, found out by steps of both sizes."""
    if isinstance(ensemble, MLPEnsemble):
        return set()
    sizes = {min(batch_size, dataset.n), dataset.n % batch_size or min(batch_size, dataset.n)}
    rows = network_inputs(dataset)
    idle = [rehearse(ensemble, _on_device(ensemble, rows[:size])) for size in sizes]
    # members that are computed one by one may take another way at every step
    return set() if ensemble.one_by_one else set.intersection(*idle)


def _on_device(ensemble: Ensemble, rows: NDArray[Any]) -> Tensor:
    """Rows where the ensemble is and in its precision; ids stay whole numbers."""
    kind = torch.int64 if rows.dtype.kind == "i" else ensemble.dtype
    return torch.tensor(rows, dtype=kind, device=ensemble.device)


def _engine(
    ensemble: StackedEnsemble, velocity: dict[str, Tensor], samples: TrainingSet, descent: Descent
) -> Callable[[range, Gradients | None], None]:
    everything = len(velocity) == len(ensemble.parameters)  # the kernels know of nothing frozen
    plain = everything and not samples.augmentation
    if isinstance(ensemble, MLPEnsemble) and ensemble.compiled and plain:
        return partial(compiled.advance, ensemble, velocity, samples, descent)
    alone = per_member.possible(ensemble, samples.inputs)
    advance: Advance[StackedEnsemble] = per_member.advance if alone else functional.advance
    return partial(advance, ensemble, velocity, samples, descent)


def _outputs(ensemble: Ensemble, dataset: Dataset, name: str) -> NDArray[Any]:
    """The first outputs, if there is one for each class."""
    outputs = ensemble.logits(network_inputs(dataset)[:TOGETHER])
    classes = outputs.shape[2]
    if dataset.c > classes:
        raise InvalidInputError(
            f"the networks must have an output for each class of the {name}",
            received=f"{classes} outputs for the {dataset.c} classes of {dataset.name}",
            fix="Choose the last width for the dataset: (dataset.m, ..., dataset.c).",
        )
    return outputs
