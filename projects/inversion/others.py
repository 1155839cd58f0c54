"""The same inversions from other seeds: what a claim needs that speaks of networks.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.1, whose numbers are of one network each.
"""

from dataclasses import replace

from ib_mlflow.information import decoder_information
from ib_mlflow.studies.decoding.contexts import Context, LabelContext, LayerContext
from ib_mlflow.studies.decoding.fitting import LOG_PROBABILITIES
from ib_mlflow.studies.running.fits import run_fit
from ib_mlflow.studies.running.runner import Runner
from .configuration import ClassifyingConfiguration
from .decoders import LABEL, decoder_job, of_other_seed
from .inverted import Inversion, InvertedTask
from .networks import classifier_fit
from .other_network import OtherNetwork, label_information


def with_other_networks(runner: Runner, inversion: Inversion) -> Inversion:
    """Invert the layers of further classifiers of each task, from other seeds.

    Arguments:
        runner: where it is computed.
        inversion: of the first network.
    """
    tasks = []
    for task in inversion.tasks:
        others = [
            _other_network(runner, inversion, task, configuration)
            for configuration in inversion.configuration.others
        ]
        tasks.append(replace(task, others=others))
    return replace(inversion, tasks=tasks)


def _other_network(
    runner: Runner,
    inversion: Inversion,
    task: InvertedTask,
    configuration: ClassifyingConfiguration,
) -> OtherNetwork:
    parts = configuration.parts(task.name)
    fit = classifier_fit(parts, configuration)
    seed = configuration.seed
    named = replace(fit, name=f"{fit.name}, seed {seed}")
    classifier = runner.spread_by_name(run_fit, {task.name: named})[task.name]
    contexts: dict[str, Context] = {
        name: LayerContext(classifier.network, name, task.name) for name in task.layers
    }
    contexts[LABEL] = LabelContext(parts.encoding.c)
    jobs = {
        name: of_other_seed(
            decoder_job(f"{task.name} {name}", parts, context, configuration, inversion.decoders),
            inversion.fitted[task.name, name],
        )
        for name, context in contexts.items()
    }
    decoders = runner.spread_by_name(run_fit, jobs)
    return OtherNetwork(
        seed=seed,
        classifier=label_information(classifier, parts),
        information=decoder_information(
            {name: decoder.results[LOG_PROBABILITIES] for name, decoder in decoders.items()},
            dimensions=parts.dimensions,
            values=parts.evaluation.labels,
        ),
    )
