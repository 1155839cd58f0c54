"""What the conclusion of a study of inverted classifiers rests on."""

from collections.abc import Mapping, Sequence

from ib_mlflow.studies.decoding.configuration import DecodingConfiguration, ImageConfiguration
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.tuned import TunedDecoder
from ib_mlflow.studies.reporting.evidence import Evidence

ON_BOUNDS = (
    "Every decoder is evaluated on test images that neither it, nor the classifier, nor early "
    "stopping has seen. Intervals are of 95 %, over these images.",
    "E[ln q(x|h)] is a lower bound of −H(x|h), and so of I(x;h) up to H(x), which is the same for "
    "all layers and unknown. What differs between two layers, or between a layer and a decoder "
    "without context, is the difference of two bounds of unknown gaps, and no bound: it can exceed "
    "H(h). The differences are taken image by image, which makes their errors small.",
)
"""What a reader must know of all bounds by decoders."""


def decoding_evidence(
    tasks: Sequence[Parts],
    configuration: DecodingConfiguration,
    *,
    summary: str,
    metrics: Mapping[str, float],
    decoders: Mapping[str, TunedDecoder] | None = None,
    over: str = "test images",
) -> Evidence:
    """What a study of inverted classifiers leaves on its run beside its figures and tables.

    Arguments:
        tasks: what was inverted.
        configuration: the study's parameters.
        summary: what was computed, as the beginning of a sentence.
        metrics: end-of-run scalars for MLflow's comparison pages.
        decoders: by task, those that were tuned.
        over: what claims are judged over.
    """
    tuned = decoders or {}
    return Evidence(
        summary=summary,
        over=over,
        datasets=[dataset for parts in tasks for dataset in parts.datasets],
        metrics=metrics,
        remarks=[
            *(decoder.remark(configuration) for decoder in tuned.values()),
            *_on_reduction(tasks, configuration, tuned),
            *(remark for parts in tasks for remark in fewer_images(parts, configuration)),
            *ON_BOUNDS,
        ],
    )


def fewer_images(parts: Parts, configuration: ImageConfiguration) -> list[str]:
    """What says that there are fewer test images than were asked for."""
    if parts.evaluation.n >= configuration.evaluated:
        return []
    return [
        f"{configuration.evaluated} test images were asked for (evaluated), and {parts.name} has "
        f"{parts.evaluation.n}: numbers are of these."
    ]


def _on_reduction(
    tasks: Sequence[Parts],
    configuration: DecodingConfiguration,
    tuned: Mapping[str, TunedDecoder],
) -> list[str]:
    """What keeps the numbers of a small scale from being held against a paper's."""
    if configuration.scale == "paper":
        return []
    return [
        f"At scale={configuration.scale} the images of {parts.name} are {parts.shape[1]} × "
        f"{parts.shape[2]} of {parts.levels} levels and the decoders small "
        f"({_size(parts, configuration, tuned)}, "
        f"{configuration.decoder_updates} updates): their nats are of other images than the "
        "paper's, and only the order of layers and the bounds themselves can be compared."
        for parts in tasks
    ]


def _size(
    parts: Parts, configuration: DecodingConfiguration, tuned: Mapping[str, TunedDecoder]
) -> str:
    blocks, filters = configuration.blocks, configuration.filters_of(parts)
    if parts.name in tuned:
        settings = tuned[parts.name].settings
        blocks, filters = settings.blocks, settings.filters
    return f"{blocks} blocks a level, {filters} filters"
