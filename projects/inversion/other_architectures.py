"""The three architectures from other seeds of split, classifiers and decoders.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.2.
"""

from dataclasses import replace

from ib_mlflow.information import decoder_information
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.fitting import CLASS_LOG_PROBABILITIES, LOG_PROBABILITIES
from ib_mlflow.studies.running.fits import run_fit
from ib_mlflow.studies.running.runner import Runner
from .architectures import ARCHITECTURES, LAYER, Architectures, OtherArchitectures
from .configuration import ClassifyingConfiguration
from .decoders import decoder_job, of_other_seed
from .networks import classifier_fit


def with_other_architectures(runner: Runner, first: Architectures) -> Architectures:
    """Train the three classifiers from other seeds, and invert their FC3 by decoders.

    Arguments:
        runner: where it is computed.
        first: of the first network of each architecture.
    """
    others = [_other(runner, first, other) for other in first.configuration.others]
    return replace(first, others=others)


def _other(
    runner: Runner, first: Architectures, configuration: ClassifyingConfiguration
) -> OtherArchitectures:
    parts, seed = configuration.parts(first.parts.name), configuration.seed
    fits = {
        name: classifier_fit(parts, configuration, architecture)
        for architecture, name in ARCHITECTURES.items()
    }
    classifiers = runner.spread_by_name(
        run_fit, {name: replace(fit, name=f"{fit.name}, seed {seed}") for name, fit in fits.items()}
    )
    jobs = {}
    for name, classifier in classifiers.items():
        layer = LayerContext(classifier.network, LAYER, f"{parts.name} {name}")
        subject = f"{layer.subject} {LAYER}"
        job = decoder_job(subject, parts, layer, configuration, first.decoders)
        jobs[name] = of_other_seed(job, first.fitted[name])
    decoders = runner.spread_by_name(run_fit, jobs)
    labels = parts.evaluation.labels
    return OtherArchitectures(
        right={
            name: classifier.results[CLASS_LOG_PROBABILITIES].argmax(axis=1) == labels
            for name, classifier in classifiers.items()
        },
        information=decoder_information(
            {name: decoder.results[LOG_PROBABILITIES] for name, decoder in decoders.items()},
            dimensions=parts.dimensions,
        ),
    )
