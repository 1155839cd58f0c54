"""What the studies of residual networks would fit, for a forecast of what that takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.forward import HEAD, PROBE, Readers, StagedNetwork, reading_jobs
from ib_mlflow.studies.decoding.ways import priced_epochs
from ib_mlflow.studies.decoding.works import fit_work, sample_work, staged_work
from ib_mlflow.studies.forecast import Work
from .configuration import DensityConfiguration, EncodedConfiguration
from .decoded import DecodedConfiguration, LayersConfiguration, SamplesConfiguration
from .densities import density_fit
from .draws import judge_fit
from .encoders import Encoders, Objective, encoder_fit, updates_of
from .labels import head_plan, probe_plan
from .places import Place
from .way import layer_inversion


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
        *price_works(configuration, parts, "classifier"),
        fit_work(judge_fit(configuration, parts), "the judge of samples", 1),
        *(draw_work(configuration, parts, layer) for layer in configuration.layers),
    ]


def density_works(configuration: DensityConfiguration) -> list[Work]:
    """What a study of images without context would fit; three parts are evaluated."""
    parts = configuration.parts(configuration.task)
    works = []
    for size in configuration.sizes:
        fit = density_fit(configuration, parts, size)
        work = fit_work(fit, f"without context, {size} filters", 1)
        works.append(replace(work, share=work.share / 3))
    return works


def encoder_work(configuration: EncodedConfiguration, parts: Parts, objective: Objective) -> Work:
    """The networks under study."""
    fit = encoder_fit(configuration, parts, objective, configuration.seed)
    return staged_work(fit, f"{objective}s", configuration.encoders)


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
            yield fit_work(jobs[0, layer, reader], f"{reader}s of {layer}", count)


def decoder_works(
    configuration: DecodedConfiguration,
    parts: Parts,
    objective: Objective,
    sizes: Sequence[int],
) -> Iterator[Work]:
    """The decoders of every layer that is inverted, by the way that was chosen.

    By auto as from scratch, the dearest way: what a cheap one costs is known when it is measured.
    """
    encoders = untrained(configuration, parts, objective)
    way = "scratch" if configuration.decoders == "auto" else configuration.decoders
    for layer in configuration.layers:
        for size in sizes:
            place = Place(configuration.seed, layer, size)
            inversion = layer_inversion(configuration, parts, encoders, place, way)
            amortised = way == "amortised"
            job = inversion.amortised() if amortised else inversion.of_epoch(0)
            count = configuration.encoders * (1 if amortised else len(configuration.epochs))
            yield fit_work(job, f"{way} decoders of {layer}, {size} filters", count)


def price_works(
    configuration: DecodedConfiguration, parts: Parts, objective: Objective
) -> Iterator[Work]:
    """What says how much a cheap way costs, of each layer of one network.

    By auto that is an amortised decoder beside those from scratch, which are fitted anyway; else
    decoders from scratch beside those of the cheap way.
    """
    way = configuration.decoders
    if way == "scratch":
        return
    encoders, size = untrained(configuration, parts, objective), max(configuration.sizes)
    for layer in configuration.layers:
        place = Place(configuration.seed, layer, size)
        if way == "auto":
            inversion = layer_inversion(configuration, parts, encoders, place, "amortised")
            yield fit_work(inversion.amortised(), f"{layer} amortised", 1)
            continue
        inversion = layer_inversion(configuration, parts, encoders, place, "scratch")
        # A warm series begins from scratch, and that decoder is not fitted twice.
        count = len(priced_epochs(configuration.epochs)) - (way == "warm")
        yield fit_work(inversion.of_epoch(0), f"{layer} from scratch", count)


def draw_work(configuration: SamplesConfiguration, parts: Parts, layer: str) -> Work:
    """Samples of a layer, of all networks and epochs."""
    encoders = untrained(configuration, parts, "classifier")
    place = Place(configuration.seed, layer, max(configuration.sizes))
    inversion = layer_inversion(configuration, parts, encoders, place, "scratch")
    samples = min(configuration.compared, parts.evaluation.n) * configuration.samples
    draws = configuration.encoders * len(configuration.sampled)
    return sample_work(inversion.of_epoch(0), f"samples of {layer}", draws, samples=samples)


def untrained(configuration: EncodedConfiguration, parts: Parts, objective: Objective) -> Encoders:
    """One network before training, in the place of each measured epoch: steps cost the same."""
    fit = encoder_fit(configuration, parts, objective, configuration.seed)
    updates = updates_of(configuration, parts)
    network = fit.start().eval()
    stages = dict.fromkeys(updates.values(), network)
    staged = StagedNetwork(fit.name, stages, fit.configuration)
    return Encoders(objective, {configuration.seed: staged}, updates)
