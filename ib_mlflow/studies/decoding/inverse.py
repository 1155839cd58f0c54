"""What a layer keeps of the image over its network's training, by decoders that invert it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import DecoderInformation, Estimate, decoder_information
from ib_mlflow.networks.pixelcnn import AmortisedPixelCNN, PixelCNN
from ib_mlflow.studies.decoding.amortised_fit import EpochContext
from ib_mlflow.studies.decoding.contexts import Context
from ib_mlflow.studies.decoding.decoded import samples_given
from ib_mlflow.studies.decoding.fitting import LOG_PROBABILITIES
from ib_mlflow.studies.decoding.layer_inversion import LayerInversion
from ib_mlflow.studies.decoding.warm import warm_decoders
from ib_mlflow.studies.running.fits import FittedNetwork, run_fit
from ib_mlflow.tracking import StudyRun
from ib_mlflow.training.fitting import has_converged, has_diverged, last_fall

Decoder = FittedNetwork[PixelCNN] | FittedNetwork[AmortisedPixelCNN]


@dataclass(frozen=True, eq=False)
class InverseCurve:
    """Lower bounds of −H(x|h) of a layer over training, all of the same test images.

    Arguments:
        inversion: what was asked for.
        terms: (n,) ln q(x|h) in nats by measured epoch.
        decoders: by epoch; the same one at every epoch where it is amortised.
        contexts: what the decoder takes, by epoch.
    """

    inversion: LayerInversion
    terms: Mapping[int, NDArray[np.float64]]
    decoders: Mapping[int, Decoder]
    contexts: Mapping[int, Context | EpochContext]

    @property
    def epochs(self) -> tuple[int, ...]:
        """The measured epochs."""
        return tuple(self.terms)

    @cached_property
    def information(self) -> DecoderInformation:
        """The bounds, by the epochs' numbers as texts."""
        terms = {str(epoch): part for epoch, part in self.terms.items()}
        return decoder_information(terms, dimensions=self.inversion.parts.dimensions)

    def bound(self, epoch: int) -> Estimate:
        """The negative cross-entropy at an epoch: I(x;h) from below, up to H(x), in nats."""
        return self.information.negative_cross_entropy[self._measured(epoch)]

    def change(self, before: int, after: int) -> Estimate:
        """How much the bound grew between two epochs, in pairs, image by image.

        A difference of two bounds is no bound: their gaps may have changed.

        Arguments:
            before: a measured epoch.
            after: another.

        Returns:
            The mean of ln q(x|h after) − ln q(x|h before), in nats, and its error over images.

        Raises:
            InvalidInputError: an epoch was not measured.
        """
        return self.information.difference(self._measured(after), self._measured(before))

    @property
    def falls(self) -> dict[int, float]:
        """By how many nats an image the held-out loss of each decoder still fell, by epoch."""
        return {epoch: last_fall(decoder.losses) for epoch, decoder in self.decoders.items()}

    @property
    def converged(self) -> dict[int, bool]:
        """Whether the decoder of each epoch has converged as the plan says."""
        least = self.inversion.plan.least_fall
        assert least is not None
        return {
            epoch: has_converged(decoder.losses, least) for epoch, decoder in self.decoders.items()
        }

    @property
    def diverged(self) -> dict[int, bool]:
        """Whether the held-out loss of the decoder of each epoch has risen again, and stayed."""
        least = self.inversion.plan.least_fall
        assert least is not None
        return {
            epoch: has_diverged(decoder.losses, least) for epoch, decoder in self.decoders.items()
        }

    @property
    def halfway(self) -> dict[int, NDArray[np.float64]] | None:
        """The terms as decoders of half the updates give them, by epoch; None where not known.

        A decoder that has converged before gives what it gave at its end.
        """
        terms = {}
        for number, (epoch, decoder) in enumerate(self.decoders.items()):
            if decoder.halfway is not None:
                rows = decoder.halfway.results[LOG_PROBABILITIES]
                terms[epoch] = rows[number] if rows.ndim == 2 else rows
            elif self.converged[epoch]:
                terms[epoch] = self.terms[epoch]
            else:
                return None
        return terms

    @property
    def updates(self) -> int:
        """Updates of all decoders together; an amortised one counts once."""
        fits = {id(decoder): decoder.updates for decoder in self.decoders.values()}
        return sum(fits.values())

    def samples(
        self, epoch: int, images: NDArray[np.uint8], count: int, *, seed: int
    ) -> NDArray[np.uint8]:
        """Images from the decoder, given what the layer holds of others at an epoch.

        Arguments:
            epoch: a measured epoch.
            images: (n, channels, h, w), whose contexts are computed from them.
            count: how many for each.
            seed: of the samples.

        Returns:
            (n, count, channels, h, w) uint8.

        Raises:
            InvalidInputError: the epoch was not measured, or the contexts are not computed.
        """
        self._measured(epoch)
        context, decoder = self.contexts[epoch], self.decoders[epoch].network
        if self.inversion.contexts[epoch].encode is None or context.encode is None:
            raise InvalidInputError(
                "samples are of images whose contexts are computed from them",
                received=f"contexts of {context.name} that are given",
                fix="Give a LayerContext.",
            )
        with torch.no_grad():
            contexts = context.encode(torch.tensor(images, device=decoder.device))
        return samples_given(decoder, contexts, count, seed=seed)

    def _measured(self, epoch: int) -> str:
        if epoch not in self.terms:
            near = min(self.terms, key=lambda other: abs(other - epoch))
            raise InvalidInputError(
                f"an epoch must be one of {', '.join(map(str, self.terms))}",
                received=epoch,
                fix=f"Did you mean {near}?",
            )
        return str(epoch)


def inverse_curve(study: StudyRun, inversion: LayerInversion) -> InverseCurve:
    """Invert a layer at every measured epoch, in child runs.

    Every decoder learns until its held-out loss over the last tenth of its updates falls by less
    than the plan says, or to the cap: in place of undertraining, all ways are compared at equal
    convergence. A decoder that another way or study has fitted is read, and not fitted again.

    Reference:
        "What Information Does a ResNet Compress", ICLR 2019 submission, sections 4.1 and 5.

    Arguments:
        study: the study's run; `runner.spread(inverse_curve, inversions)` spreads layers.
        inversion: the layer, its epochs, and the way.

    Returns:
        The curve, with the decoders.

    Raises:
        InvalidInputError: contexts differ in shape, or do not fit the conditioning.
    """
    epochs = tuple(inversion.contexts)
    if inversion.way == "amortised":
        job = inversion.amortised()
        fitted = run_fit(study, job)
        rows = fitted.results[LOG_PROBABILITIES]
        return InverseCurve(
            inversion,
            dict(zip(epochs, rows, strict=True)),
            dict.fromkeys(epochs, fitted),
            job.at,
        )
    first, *later = epochs
    decoders = {first: run_fit(study, inversion.of_epoch(first))}
    rest = {epoch: inversion.of_epoch(epoch, inversion.way) for epoch in later}
    if inversion.way == "warm":
        decoders |= warm_decoders(study, rest, decoders[first], inversion.plan)
    else:
        decoders |= {epoch: run_fit(study, job) for epoch, job in rest.items()}
    terms = {epoch: decoder.results[LOG_PROBABILITIES] for epoch, decoder in decoders.items()}
    return InverseCurve(inversion, terms, decoders, inversion.contexts)
