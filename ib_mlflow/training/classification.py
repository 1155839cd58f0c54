"""How classifiers learn by Adam: of images, or of what a layer holds of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.nn.functional import cross_entropy, log_softmax

from ib_mlflow.training.decoders.pairs import context_of, fingerprint
from ib_mlflow.training.fitting import Samples, fit, outputs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor, nn

    from ib_mlflow.data import Dataset
    from ib_mlflow.training.decoders.pairs import Encode
    from ib_mlflow.training.fitting import Fitted, Plan


def train_classifier(
    model: nn.Module,
    training: Dataset,
    *,
    validation: Dataset,
    encode: Encode | None = None,
    plan: Plan,
    seed: int,
    resume: Mapping[str, Any] | None = None,
) -> Iterator[Fitted]:
    """Fit a classifier by the cross-entropy.

    Arguments:
        model: maps images `(b, channels, h, w)` uint8, or what `encode` makes of them, to logits
            `(b, c)`; it is not changed.
        training: what is learnt.
        validation: held out, for early stopping.
        encode: a frozen layer, for a head that reads the class from it; None for the images.
        plan: updates, rates, averaging, early stopping.
        seed: of the order of the images and of dropout.
        resume: a `Fitted.checkpoint()` of a training with the same arguments.

    Returns:
        A `Fitted` for each evaluation; losses are cross-entropies in nats.

    Raises:
        InvalidInputError: an argument is out of range, or does not fit the model.
        CheckpointError: `resume` is not a checkpoint of this training.

    Example:
        >>> from ib_mlflow.data import load, split
        >>> from ib_mlflow.networks import classifier
        >>> from ib_mlflow.training.fitting import Plan
        >>> train, held_out = split(load("digits"), test_fraction=0.2, seed=0)
        >>> network = classifier((1, 8, 8), classes=10, architecture="fully_connected", levels=17)
        >>> plan = Plan(updates=1, evaluate=1)
        >>> [fitted.update for fitted in train_classifier(network, train, validation=held_out,
        ...                                               plan=plan, seed=0)]
        [0, 1]
    """

    def objective(model: Any, images: Tensor, labels: Tensor) -> Tensor:
        return cross_entropy(model(context_of(encode or _same, images)), labels, reduction="none")

    return fit(
        model,
        objective,
        (training.inputs, training.labels),
        validation=(validation.inputs, validation.labels),
        plan=plan,
        seed=seed,
        contexts=lambda batch: fingerprint(encode, batch[0]),
        resume=resume,
    )


def class_log_probabilities(
    model: nn.Module, images: ArrayLike, *, encode: Encode | None = None, batch_size: int = 512
) -> NDArray[np.float64]:
    """What a classifier makes of images: ln q(y'|x) of every class.

    Arguments:
        model: from `train_classifier`; it is put into evaluation mode.
        images: (n, channels, h, w) uint8.
        encode: as for `train_classifier`.
        batch_size: images of a forward pass.

    Returns:
        `(n, c)` nats, for `ib_mlflow.information.classifier_information`.

    Example:
        >>> class_log_probabilities(network, test.inputs).argmax(axis=1)  # doctest: +SKIP
        array([7, 2, 1, ...])
    """
    samples = Samples([images], next(iter(model.parameters())).device)

    def outputs(model: Any, images: Tensor) -> Tensor:
        return log_softmax(model(context_of(encode or _same, images)).double(), dim=1)

    return outputs_of(model, outputs, samples, batch_size=batch_size)


def _same(images: Tensor) -> Tensor:
    return images
