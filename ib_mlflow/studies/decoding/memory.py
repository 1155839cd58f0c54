"""What the training of a decoder takes in memory, foretold from passes of small ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from ib_mlflow.memory import check_memory, memory_left
from ib_mlflow.networks.members import checked_device
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.amortised_fit import AmortisedFit
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration, new_decoder
from ib_mlflow.studies.decoding.fitting import DecoderFit

FILTERS = (4, 8, 12)
"""Of the small decoders: weights are a quadratic of the filters, what a pass keeps a line."""
PASSING = 1.5
"""Of what a pass keeps: with the slopes that flow back, and what operations take in between."""
LIBRARIES = 128 * 2**20
"""Bytes that the first pass of a process loads and sets aside, whatever the decoder."""
WEIGHTS = 8
"""Numbers for each weight: itself, its average and the best, its slope, two moments, and as it is
normalised; a checkpoint has copies."""


@dataclass(frozen=True)
class DecoderMemory:
    """Bytes that the training of decoders of one architecture takes, by filters and batch.

    Arguments:
        weights: a decoder's weights, as a polynomial of its filters.
        kept: bytes that a pass keeps of an image to go back, likewise.
    """

    weights: np.polynomial.Polynomial
    kept: np.polynomial.Polynomial

    def needed(self, filters: int, batch: int) -> float:
        """Bytes of an update."""
        passing = PASSING * batch * float(self.kept(filters))
        return LIBRARIES + 4 * WEIGHTS * float(self.weights(filters)) + passing


def decoder_memory(job: DecoderFit | AmortisedFit) -> DecoderMemory:
    """Measure the passes of small decoders like one that is to be fitted.

    Arguments:
        job: the decoder.

    Example:
        >>> decoder_memory(job).needed(filters=160, batch=16) / 2**30  # doctest: +SKIP
        2.7
    """
    small = [_small(job, filters) for filters in FILTERS]
    weights = [sum(part.numel() for part in decoder.parameters()) for decoder in small]
    kept = [_kept(decoder, 3) - _kept(decoder, 2) for decoder in small]
    fit = np.polynomial.Polynomial.fit
    return DecoderMemory(fit(FILTERS, weights, 2).convert(), fit(FILTERS, kept, 1).convert())


def check_decoder(job: DecoderFit | AmortisedFit) -> None:
    """Refuse a decoder whose training would not fit in memory, before anything is trained.

    Arguments:
        job: the decoder, which is not made; on a GPU nothing is refused.

    Raises:
        InvalidInputError: it does not fit; with the largest batch that does, or size.
    """
    if checked_device(job.configuration.device).type != "cpu":
        return
    memory, batch = decoder_memory(job), job.plan.batch_size
    filters = job.configuration.filters_of(job.parts)
    left = memory_left()
    most = _largest(partial(memory.needed, filters), batch, left)
    fix = f"Lower decoder_batch to {most} or less."
    if not most:
        size = _largest(lambda smaller: memory.needed(smaller, batch), filters, left)
        fix = f"Take decoders of {size} filters or fewer." if size else "Take smaller images."
    check_memory(
        memory.needed(filters, batch),
        what="an update of a decoder",
        received=f"{filters} filters and decoder_batch={batch}",
        fix=fix,
    )


def _small(job: DecoderFit | AmortisedFit, filters: int) -> PixelCNN:
    context = job.context if isinstance(job, DecoderFit) else next(iter(job.at.values()))
    update = {"filters": filters, "colour_filters": filters, "device": "cpu"}
    configuration: DecodingConfiguration = job.configuration.model_copy(update=update)
    return new_decoder(job.parts, context, configuration, conditioning=job.conditioning)


def _kept(decoder: PixelCNN, batch: int) -> int:
    """Bytes that autograd keeps of a pass, weights aside, each tensor once."""
    weights = {part.untyped_storage().data_ptr() for part in decoder.parameters()}
    sizes: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    images = torch.zeros(batch, *decoder.shape, dtype=torch.uint8)
    given: Sequence[torch.Tensor] = (
        () if decoder.context is None else (torch.zeros(batch, *decoder.context),)
    )
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        losses = decoder.train().log_prob(images, *given)
    # Until here everything that was kept lies where it lay.
    assert losses.requires_grad
    return sum(sizes.values())


def _largest(needed: Callable[[int], float], most: int, left: float) -> int:
    """The largest number up to one that fits; 0 for none. What is needed grows with it."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if needed(middle) <= left else (low, middle - 1)
    return low
