"""What the studies of residual networks would fit, for a forecast of what that takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import torch

from ib_mlflow.studies.decoding.decoded import TOGETHER
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.forward import HEAD, PROBE, Readers, StagedNetwork, reading_jobs
from ib_mlflow.studies.decoding.stages import stage_evaluations
from ib_mlflow.studies.forecast import Work, work_of
from ib_mlflow.training.fitting import Fitted, Plan
from .configuration import DensityConfiguration, EncodedConfiguration
from .decoded import DecodedConfiguration, LayersConfiguration, SamplesConfiguration
from .densities import density_fit
from .draws import judge_fit
from .encoders import Encoders, Objective, encoder_fit, updates_of
from .images import Place, layer_inversion
from .labels import head_plan, probe_plan

FEW = 200
"""Test images that are measured on."""


def layers_works(objective: Objective) -> Callable[[LayersConfiguration], Sequence[Work]]:
    """What a study of one objective's layers would fit.

    Arguments:
        objective: what the networks learn.
    """
    return partial(_layers_works, objective)


def _layers_works(objective: Objective, configuration: LayersConfiguration) -> list[Work]:
    parts = configuration.parts(configuration.task)
    return [
        encoder_work(configuration, parts, objective),
        *reader_works(configuration, parts, objective),
        *decoder_works(configuration, parts, objective, configuration.sizes),
        *price_works(configuration, parts, objective),
    ]


def samples_works(configuration: SamplesConfiguration) -> list[Work]:
    """What a study of samples would fit and draw."""
    parts, size = configuration.parts(configuration.task), max(configuration.sizes)
    return [
        encoder_work(configuration, parts, "classifier"),
        *decoder_works(configuration, parts, "classifier", (size,)),
        work_of(judge_fit(configuration, parts), "the judge of samples", 1, images=FEW),
        *(draw_work(configuration, parts, layer) for layer in configuration.layers),
    ]


def density_works(configuration: DensityConfiguration) -> list[Work]:
    """What a study of images without context would fit; three parts are evaluated."""
    parts = configuration.parts(configuration.task)
    works = []
    for size in configuration.sizes:
        fit = density_fit(configuration, parts, size)
        work = work_of(fit, f"without context, {size} filters", 1, images=FEW)
        works.append(replace(work, share=work.share / 3))
    return works


def encoder_work(configuration: EncodedConfiguration, parts: Parts, objective: Objective) -> Work:
    """The networks under study."""
    fit = encoder_fit(configuration, parts, objective, configuration.seed)

    def fits(plan: Plan) -> Iterator[Fitted]:
        short = replace(fit, plan=plan)
        return stage_evaluations(short, short.start(), None)

    kept = len(configuration.epochs)
    return Work(f"{objective}s", configuration.encoders, fit.plan, fits, kept=kept)


def reader_works(
    configuration: LayersConfiguration, parts: Parts, objective: Objective
) -> Iterator[Work]:
    """Heads and linear probes of every layer."""
    plans = head_plan(configuration, parts), probe_plan(configuration)
    readers = Readers(configuration.layer_names, *plans)
    encoders = untrained(configuration, parts, objective)
    network = encoders.networks[configuration.seed]
    first = StagedNetwork(network.subject, {0: network.stages[0]}, network.configuration)
    jobs = reading_jobs(parts, first, readers)
    for layer in configuration.layer_names:
        for reader in (HEAD, PROBE):
            count = configuration.encoders * len(configuration.epochs)
            yield work_of(jobs[0, layer, reader], f"{reader}s of {layer}", count, images=FEW)


def decoder_works(
    configuration: DecodedConfiguration,
    parts: Parts,
    objective: Objective,
    sizes: Sequence[int],
) -> Iterator[Work]:
    """The decoders of every layer that is inverted, by the way that was chosen."""
    encoders = untrained(configuration, parts, objective)
    way = configuration.decoders
    for layer in configuration.layers:
        for size in sizes:
            place = Place(configuration.seed, layer, size)
            inversion = layer_inversion(configuration, parts, encoders, place, way)
            amortised = way == "amortised"
            job = inversion.amortised() if amortised else inversion.of_epoch(0)
            count = configuration.encoders * (1 if amortised else len(configuration.epochs))
            yield work_of(job, f"decoders of {layer}, {size} filters", count, images=FEW)


def price_works(
    configuration: DecodedConfiguration, parts: Parts, objective: Objective
) -> Iterator[Work]:
    """Decoders from scratch that a cheap way is compared with, of two epochs of each layer."""
    if configuration.decoders == "scratch":
        return
    encoders, size = untrained(configuration, parts, objective), max(configuration.sizes)
    for layer in configuration.layers:
        place = Place(configuration.seed, layer, size)
        inversion = layer_inversion(configuration, parts, encoders, place, "scratch")
        # A warm series begins from scratch, and that decoder is not fitted twice.
        count = 1 if configuration.decoders == "warm" else 2
        yield work_of(inversion.of_epoch(0), f"{layer} from scratch", count, images=FEW)


def draw_work(configuration: SamplesConfiguration, parts: Parts, layer: str) -> Work:
    """Samples of a layer, of all networks and epochs."""
    encoders = untrained(configuration, parts, "classifier")
    place = Place(configuration.seed, layer, max(configuration.sizes))
    inversion = layer_inversion(configuration, parts, encoders, place, "scratch")
    total = min(configuration.compared, parts.evaluation.n) * configuration.samples
    count = min(total, TOGETHER)

    def draw(_: Fitted | None) -> None:
        decoder = inversion.of_epoch(0).network().eval()
        context = inversion.contexts[0]
        images = torch.tensor(parts.evaluation.inputs[:1], device=decoder.device)
        assert context.encode is not None
        with torch.no_grad():
            decoder.sample(context.encode(images).repeat_interleave(count, dim=0), seed=0)

    draws = configuration.encoders * len(configuration.sampled)
    size = total * parts.dimensions
    return Work(f"samples of {layer}", draws, None, None, draw, share=count / total, results=size)


def untrained(configuration: EncodedConfiguration, parts: Parts, objective: Objective) -> Encoders:
    """One network before training, in the place of each measured epoch: steps cost the same."""
    fit = encoder_fit(configuration, parts, objective, configuration.seed)
    updates = updates_of(configuration, parts)
    network = fit.start().eval()
    stages = dict.fromkeys(updates.values(), network)
    staged = StagedNetwork(fit.name, stages, fit.configuration)
    return Encoders(objective, {configuration.seed: staged}, updates)
