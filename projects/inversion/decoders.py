"""The decoders that invert the layers of some classifiers, the usual ones or tuned ones."""

from collections.abc import Mapping

from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.contexts import Context, LabelContext, LayerContext, NoContext
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.tuned import TunedDecoder, tuned_decoder
from ib_mlflow.studies.running.fits import FitJob, FittedNetwork, run_fit
from ib_mlflow.studies.running.runner import Runner
from .configuration import ClassifyingConfiguration
from .networks import decoder_fit

LABEL, NOTHING = LabelContext.name, NoContext.name


def tuned_decoders(
    runner: Runner, configuration: ClassifyingConfiguration, images: Mapping[str, Parts], given: str
) -> dict[str, TunedDecoder]:
    """Find the decoders that were tuned for the tasks, before anything is computed.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        images: by task.
        given: as `tuned_decoder` takes it.

    Returns:
        By task; none of the usual ones.
    """
    decoders = {
        task: tuned_decoder(runner.study, given, parts, configuration)
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

    def fit(task: str, name: str, context: Context) -> FitJob[PixelCNN]:
        usual = decoder_fit(f"{task} {name}", images[task], context, configuration)
        if task not in tuned:
            return usual
        return tuned[task].fit(usual.name, images[task], context, configuration)

    fits = {place: fit(*place, context) for place, context in contexts.items()}
    return runner.spread_by_name(run_fit, fits)
