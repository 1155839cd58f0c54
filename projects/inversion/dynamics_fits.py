"""Both classifiers trained, and their layers inverted at every stage.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ib_mlflow import figures
from ib_mlflow.information import decoder_information
from ib_mlflow.networks.images.reconstruction import Reconstruction
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.decoded import (
    BESIDE,
    DecodedLayer,
    reconstruct_images,
    sample_images,
    scaled,
)
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import LOG_PROBABILITIES, DecoderFit
from ib_mlflow.studies.decoding.layer_fits import ReconstructionFit
from ib_mlflow.studies.decoding.stages import classifier_stages
from ib_mlflow.studies.decoding.tuned_fit import TunedFit
from ib_mlflow.studies.decoding.warm import warm_decoders
from ib_mlflow.studies.running.fits import FittedNetwork, run_fit
from ib_mlflow.studies.running.runner import Runner
from .decoders import decoder_job, tuned_decoders
from .dynamics import (
    NETWORKS,
    WARM_SHARE,
    BoundDynamics,
    Decoder,
    Place,
    places,
)
from .networks import NORMAL, staged_fit


def read_dynamics(
    runner: Runner,
    configuration: DecodingConfiguration,
    parts: Parts,
    layers: Sequence[str],
    stages: tuple[int, ...],
) -> BoundDynamics:
    """Train both classifiers, and invert their layers at every stage.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        parts: the images.
        layers: what is inverted.
        stages: numbers of updates of the classifiers, ascending.
    """
    tuned = tuned_decoders(runner, configuration, {parts.name: parts})
    classifiers = runner.spread_by_name(
        classifier_stages,
        {network: staged_fit(parts, network, stages, configuration) for network in NETWORKS},
    )
    contexts = {
        place: LayerContext(
            classifiers[place.network][place.updates].classifier,
            place.layer,
            f"{parts.name} {place.network}, {place.updates} updates,",
        )
        for place in places(layers, stages)
    }
    jobs = {
        place: decoder_job(f"{of.subject} {of.name}", parts, of, configuration, tuned)
        for place, of in contexts.items()
    }
    decoders = runner.spread_by_name(run_fit, jobs)
    # There are many of them, and they are only looked at: batches no larger than the decoders'.
    plan = replace(configuration.helper_plan(), batch_size=configuration.decoder_batch)
    reconstructions = runner.spread_by_name(
        run_fit,
        {
            place: ReconstructionFit(parts, layer, configuration, plan)
            for place, layer in contexts.items()
        },
    )
    for place, layer in contexts.items():
        decoded = DecodedLayer(parts, layer, decoders[place], configuration)
        _log_samples(runner, place, decoded, reconstructions[place])
    warm_places = [Place(NORMAL, layers[-1], updates) for updates in stages]
    warm = _warm_decoders(runner, warm_places, jobs, decoders)
    terms = {place.name: each.results[LOG_PROBABILITIES] for place, each in decoders.items()}
    terms |= {place.warm_name: each.results[LOG_PROBABILITIES] for place, each in warm.items()}
    return BoundDynamics(
        configuration=configuration,
        parts=parts,
        layers=layers,
        stages=stages,
        information=decoder_information(terms, dimensions=parts.dimensions),
        accuracies={
            (network, updates): classifiers[network][updates].accuracy
            for network in NETWORKS
            for updates in stages
        },
        decoders=decoders,
        warm=warm,
        tuned=tuned,
    )


def _warm_decoders(
    runner: Runner,
    along: Sequence[Place],
    jobs: Mapping[Place, DecoderFit | TunedFit],
    decoders: Mapping[Place, Decoder],
) -> dict[Place, Decoder]:
    """Decoders of one layer, each of which starts from that of the stage before."""
    first, *later = along
    plan = jobs[first].plan
    shorter = {max(1, round(WARM_SHARE * updates)) for updates in plan.evaluations[1:]}
    plan = replace(
        plan,
        updates=max(1, round(WARM_SHARE * plan.updates)),
        evaluate=tuple(sorted(shorter)),
    )
    return warm_decoders(
        runner.study, {place: jobs[place] for place in later}, decoders[first], plan
    )


def _log_samples(
    runner: Runner,
    place: Place,
    decoded: DecodedLayer,
    reconstruction: FittedNetwork[Reconstruction],
) -> None:
    """Inputs, what is drawn from a layer at one stage, and its mean, under MLflow's slider."""
    parts, inputs = decoded.parts, decoded.shown
    samples = sample_images(decoded, inputs, BESIDE, seed=decoded.configuration.seed)
    grid = figures.image_grid(
        {
            "input": scaled(inputs[:, None], parts),
            f"{place.layer}, {place.updates} updates": scaled(samples, parts),
            f"{place.layer} MSE": reconstruct_images(decoded.layer, reconstruction, inputs)[
                :, None
            ],
        }
    )
    key = f"samples {place.network} {place.layer}"
    runner.study.log_image(figures.pixels(grid), key, place.updates)
