"""The decoders that invert the layers of some classifiers, the usual ones or tuned ones."""

from collections.abc import Mapping
from dataclasses import replace

from ib_mlflow.data import DATASETS
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.contexts import Context, LabelContext, LayerContext, NoContext
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import DecoderFit
from ib_mlflow.studies.decoding.tuned import TunedDecoder, tuned_decoder
from ib_mlflow.studies.decoding.tuned_fit import TunedFit
from ib_mlflow.studies.decoding.warm import WARM
from ib_mlflow.studies.running.fits import FitJob, FittedNetwork, run_fit
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.training.fitting import Plan
from .configuration import ClassifyingConfiguration
from .networks import decoder_fit

LABEL, NOTHING = LabelContext.name, NoContext.name
WARM_SHARE = 0.5
"""Share of the updates that a decoder with a warm start takes at most."""


def warm_plan(plan: Plan) -> Plan:
    """The plan of a decoder with a warm start: fewer updates, as many evaluations."""
    shorter = {max(1, round(WARM_SHARE * updates)) for updates in plan.evaluations[1:]}
    updates = max(1, round(WARM_SHARE * plan.updates))
    return replace(plan, updates=updates, evaluate=tuple(sorted(shorter)))


def of_other_seed(
    job: DecoderFit | TunedFit, start: FittedNetwork[PixelCNN]
) -> DecoderFit | TunedFit:
    """A decoder of a classifier from another seed, with a warm start where that is fair.

    Where the division of the images follows from the seed, the first network's decoder has learnt
    images that this one is evaluated on: there it starts from scratch. The test part that authors
    have set aside is nobody's to learn from.

    Arguments:
        job: the decoder from scratch.
        start: of the same context of the first network.
    """
    name = f"{job.name}, seed {job.configuration.seed}"
    if not DATASETS[job.parts.name].parts:
        return replace(job, name=name)
    return job.warm(f"{name}, {WARM}", warm_plan(job.plan), start)


def tuned_decoders(
    runner: Runner, configuration: DecodingConfiguration, images: Mapping[str, Parts]
) -> dict[str, TunedDecoder]:
    """Find the decoders that were tuned for the tasks, before anything is computed.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters, of which `decoder` says whose settings they have.
        images: by task.

    Returns:
        By task; none of the usual ones.
    """
    decoders = {
        task: tuned_decoder(runner.study, configuration.decoder, parts, configuration)
        for task, parts in images.items()
    }
    return {task: decoder for task, decoder in decoders.items() if decoder is not None}


def fit_decoders(
    runner: Runner,
    configuration: ClassifyingConfiguration,
    images: Mapping[str, Parts],
    layers: Mapping[tuple[str, str], LayerContext],
    tuned: Mapping[str, TunedDecoder],
) -> dict[tuple[str, str], FittedNetwork[PixelCNN]]:
    """Fit a decoder of every layer, of the label, and one without context.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        images: by task.
        layers: by task and name.
        tuned: by task the decoder whose settings all of its decoders have.

    Returns:
        The decoders, by task and context.
    """
    contexts: dict[tuple[str, str], Context] = {**layers}
    for task, parts in images.items():
        contexts |= {(task, LABEL): LabelContext(parts.encoding.c), (task, NOTHING): NoContext()}

    fits: dict[tuple[str, str], FitJob[PixelCNN]] = {
        (task, name): decoder_job(f"{task} {name}", images[task], context, configuration, tuned)
        for (task, name), context in contexts.items()
    }
    return runner.spread_by_name(run_fit, fits)


def decoder_job(
    name: str,
    parts: Parts,
    context: Context,
    configuration: DecodingConfiguration,
    tuned: Mapping[str, TunedDecoder],
) -> DecoderFit | TunedFit:
    """A decoder to fit, with tuned settings where there are any.

    Arguments:
        name: of what it inverts.
        parts: the task.
        context: what it is conditioned on.
        configuration: the study's parameters.
        tuned: by task the decoder whose settings all of its decoders have.
    """
    usual = decoder_fit(name, parts, context, configuration)
    if parts.name not in tuned:
        return usual
    return tuned[parts.name].fit(usual.name, parts, context, configuration)
