"""What decoders, their networks and their samples take, for a forecast of a study."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch

from ib_mlflow.studies.decoding.amortised_fit import AmortisedFit
from ib_mlflow.studies.decoding.decoded import TOGETHER
from ib_mlflow.studies.decoding.fitting import DecoderFit
from ib_mlflow.studies.decoding.memory import check_decoder
from ib_mlflow.studies.decoding.stages import StagedFit, stage_evaluations
from ib_mlflow.studies.forecast import Work, work_of
from ib_mlflow.training.fitting import Fitted, Plan

FEW = 200
"""Test images that are measured on."""


def fit_work(job: Any, name: str, count: int) -> Work:
    """Networks that are fitted, as `work_of`, measured on a few test images.

    Arguments:
        job: one of them.
        name: of the kind.
        count: how many there are.

    Raises:
        InvalidInputError: it is a decoder whose training would not fit in memory.
    """
    if isinstance(job, DecoderFit | AmortisedFit):
        check_decoder(job)
    return work_of(job, name, count, images=FEW)


def staged_work(fit: StagedFit[Any], name: str, count: int) -> Work:
    """Networks that are kept at several stages of their training.

    Arguments:
        fit: one of them.
        name: of the kind.
        count: how many there are.
    """

    def fits(plan: Plan) -> Iterator[Fitted]:
        short = replace(fit, plan=plan)
        return stage_evaluations(short, short.start(), None)

    return Work(name, count, fit.plan, fits, kept=len(fit.plan.evaluations))


def sample_work(job: DecoderFit, name: str, count: int, *, samples: int, kept: bool = True) -> Work:
    """Samples from decoders of a layer.

    Arguments:
        job: one of the decoders, of a context that is computed from images.
        name: of the kind.
        count: how many decoders are drawn from.
        samples: images that are drawn from each.
        kept: whether they stay on disk.
    """
    together = min(samples, TOGETHER)

    def draw(_: Fitted | None) -> None:
        decoder = job.network().eval()
        images = torch.tensor(job.parts.evaluation.inputs[:1], device=decoder.device)
        assert job.context.encode is not None
        with torch.no_grad():
            h = job.context.encode(images)
            decoder.sample(h.repeat_interleave(together, dim=0), seed=0)

    size = samples * job.parts.dimensions if kept else 0
    return Work(name, count, None, None, draw, share=together / samples, results=size)
