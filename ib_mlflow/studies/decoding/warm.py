"""Decoders of one layer, each of which starts from that of the stage before."""

from collections.abc import Mapping
from typing import TypeVar

from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.fitting import DecoderFit
from ib_mlflow.studies.decoding.tuned_fit import TunedFit
from ib_mlflow.studies.running.fits import FittedNetwork, run_fit
from ib_mlflow.tracking import StudyRun
from ib_mlflow.training.fitting import Plan

WARM = "warm start"
"""What the name of such a decoder's child run ends with."""
Stage = TypeVar("Stage")


def warm_decoders(
    study: StudyRun,
    jobs: Mapping[Stage, DecoderFit | TunedFit],
    start: FittedNetwork[PixelCNN],
    plan: Plan,
) -> dict[Stage, FittedNetwork[PixelCNN]]:
    """Fit decoders one after the other, each from the weights of the one before.

    Arguments:
        study: the study's run.
        jobs: as they would be from scratch, in the order of the stages.
        start: the decoder that the first of them starts from.
        plan: how each is fitted.

    Returns:
        The decoders, by stage.
    """
    decoders: dict[Stage, FittedNetwork[PixelCNN]] = {}
    before = start
    for stage, job in jobs.items():
        fit = job.warm(f"{job.name}, {WARM}", plan, before)
        before = decoders[stage] = run_fit(study, fit)
    return decoders
