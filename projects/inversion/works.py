"""What the studies of inversion would fit, for a forecast of what that takes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ib_mlflow.data import DATASETS
from ib_mlflow.studies.decoding.configuration import USUAL
from ib_mlflow.studies.decoding.contexts import Context, LabelContext, LayerContext, NoContext
from ib_mlflow.studies.decoding.decoded import BESIDE, SHOWN
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.layer_fits import HeadFit, ReconstructionFit
from ib_mlflow.studies.decoding.works import fit_work, sample_work, staged_work
from ib_mlflow.studies.forecast import Work
from .architectures import ARCHITECTURES, LAYER
from .configuration import ClassifyingConfiguration, NetworksConfiguration
from .decoders import LABEL, NOTHING, warm_plan
from .dynamics import NETWORKS
from .inverted import READ
from .networks import classifier_fit, decoder_fit, staged_fit
from .paper import ALTERNATIVES, INPUTS


def tasks_works(
    configuration: ClassifyingConfiguration, tasks: Sequence[str], *, compared: int, pool: int
) -> list[Work]:
    """Classifiers of several tasks with all their layers inverted; the rest as `task_works`."""
    return [
        work
        for task in tasks
        for work in task_works(
            configuration, configuration.parts(task), compared=compared, pool=pool
        )
    ]


def task_works(
    configuration: ClassifyingConfiguration, parts: Parts, *, compared: int, pool: int
) -> Iterator[Work]:
    """A task's classifiers with all their layers inverted.

    Arguments:
        configuration: the study's parameters.
        parts: the task.
        compared: test images that are compared with what is drawn for them.
        pool: samples of which the nearest are shown.
    """
    fit = classifier_fit(parts, configuration)
    network = fit.network().eval()
    layers = {name: LayerContext(network, name, parts.name) for name in network.layer_names}
    yield fit_work(fit, f"classifiers of {parts.name}", configuration.networks)
    contexts: dict[str, Context] = {**layers, LABEL: LabelContext(parts.encoding.c)}
    for name, context in contexts.items():
        yield from decoder_works(configuration, parts, f"{parts.name} {name}", context)
    job = decoder_fit(NOTHING, parts, NoContext(), configuration)
    yield fit_work(job, f"decoders of {parts.name} {NOTHING}", 1)
    plan = configuration.helper_plan()
    for name, layer in layers.items():
        of = f"{parts.name} {name}"
        yield fit_work(HeadFit(parts, layer, configuration, plan), f"heads of {of}", 1)
        yield from layer_works(configuration, parts, of, layer, compared=compared)
    drawn = decoder_fit(READ, parts, layers[READ], configuration)
    samples = min(INPUTS, parts.evaluation.n) * pool
    yield sample_work(drawn, f"{pool} samples of {parts.name} {READ}", 1, samples=samples)


def architectures_works(
    configuration: ClassifyingConfiguration, parts: Parts, *, compared: int
) -> Iterator[Work]:
    """Classifiers of three architectures with their FC3 inverted.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        compared: test images that are compared with what is drawn for them.
    """
    for architecture, name in ARCHITECTURES.items():
        fit = classifier_fit(parts, configuration, architecture)
        layer = LayerContext(fit.network().eval(), LAYER, f"{parts.name} {name}")
        yield fit_work(fit, f"classifiers, {name}", configuration.networks)
        yield from decoder_works(configuration, parts, f"{LAYER}, {name}", layer)
        yield from layer_works(configuration, parts, name, layer, compared=compared)
    job = decoder_fit(NOTHING, parts, NoContext(), configuration)
    yield fit_work(job, f"decoders {NOTHING}", 1)


def dynamics_works(
    configuration: NetworksConfiguration,
    parts: Parts,
    layers: tuple[str, ...],
    stages: tuple[int, ...],
) -> Iterator[Work]:
    """Two classifiers with some layers inverted at every stage.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        layers: what is inverted.
        stages: numbers of updates of the classifiers, ascending.
    """
    fits = {network: staged_fit(parts, network, stages, configuration) for network in NETWORKS}
    for network, fit in fits.items():
        yield staged_work(fit, f"classifiers, {network}", configuration.networks)
    classifier = next(iter(fits.values())).start().eval()
    pictures = len(NETWORKS) * len(stages)
    # Before training both classifiers are the same, and so are their decoders.
    places = pictures - (0 in stages)
    plan = replace(configuration.helper_plan(), batch_size=configuration.decoder_batch)
    for name in layers:
        layer = LayerContext(classifier, name, parts.name)
        again = len(stages) - 1 if name == layers[-1] else 0
        yield from decoder_works(configuration, parts, name, layer, each=places, again=again)
        reconstruction = ReconstructionFit(parts, layer, configuration, plan)
        yield fit_work(reconstruction, f"reconstructions of {name}", places)
        job = decoder_fit(name, parts, layer, configuration)
        yield sample_work(job, f"samples of {name}", pictures, samples=SHOWN * BESIDE)


def decoder_works(
    configuration: NetworksConfiguration,
    parts: Parts,
    name: str,
    context: Context,
    *,
    each: int = 1,
    again: int = 0,
) -> Iterator[Work]:
    """The decoders of a context, of the first network and of those from other seeds.

    Tuned ones are left out: what they are stands in a store, and is read once the run is open.

    Arguments:
        configuration: the study's parameters.
        parts: the task.
        name: of what they invert.
        context: what they are conditioned on.
        each: how many of a network.
        again: how many of the first network are fitted once more, with a warm start.
    """
    if configuration.decoder != USUAL:
        return
    job = decoder_fit(name, parts, context, configuration)
    others = each * (configuration.networks - 1)
    # Decoders of other seeds start warm only where that is fair: see `of_other_seed`.
    warm = again + (others if DATASETS[parts.name].parts else 0)
    cold = each + (0 if DATASETS[parts.name].parts else others)
    yield fit_work(job, f"decoders of {name}", cold)
    if warm:
        shorter = replace(job, plan=warm_plan(job.plan))
        yield fit_work(shorter, f"decoders of {name}, warm", warm)


def layer_works(
    configuration: ClassifyingConfiguration,
    parts: Parts,
    name: str,
    layer: LayerContext,
    *,
    compared: int,
) -> Iterator[Work]:
    """The reconstruction and the samples of a layer."""
    reconstruction = ReconstructionFit(parts, layer, configuration, configuration.helper_plan())
    yield fit_work(reconstruction, f"reconstructions of {name}", 1)
    samples = min(compared, parts.evaluation.n) * ALTERNATIVES + SHOWN * BESIDE
    job = decoder_fit(name, parts, layer, configuration)
    yield sample_work(job, f"samples of {name}", 1, samples=samples)
