"""What the parameters of a search over decoders ask for."""

import json
from dataclasses import replace

from ib_mlflow import __version__
from ib_mlflow.studies.decoding.settings import DecoderSettings
from ib_mlflow.studies.searching.decoders import DecoderTarget, DecoderTrials
from ib_mlflow.studies.searching.sought import Search
from ib_mlflow.studies.study import EXPERIMENT
from ib_mlflow.tracking import StudyHandle, handle_ahead
from ib_mlflow.tuning import Space
from ib_mlflow.tuning.parameters import Value
from .decoder_configuration import Configuration
from .jobs import pairs, place_of

USUAL = "usual decoder"


def check_decoders(configuration: Configuration) -> None:
    """Refuse a search that could not be begun, before there is a run of it.

    Arguments:
        configuration: the study's parameters.

    Raises:
        ConfigurationError: no trial of it could be computed, or the usual decoder not.
        StorageError: the storage does not answer, or holds another search of this name.
    """
    job = decoder_job(configuration, handle_ahead(EXPERIMENT))
    DecoderSettings.of(pairs(configuration.usual)).head_of(job.target.parts)
    job.check()


def decoder_job(configuration: Configuration, handle: StudyHandle) -> Search[DecoderTarget]:
    """What is sought, in a store and an experiment.

    Arguments:
        configuration: the study's parameters.
        handle: of the study's run.
    """
    target = configuration.target
    space = configuration.space_of(target.parts)
    tracking = handle.tracking_uri
    images = {part: dataset.digest for part, dataset in target.parts.datasets}
    search_plan = replace(
        configuration.plan_for(configuration.objective), first=usual_point(configuration, space)
    )
    plan = target.fit(USUAL, DecoderSettings.of({})).plan.settings()
    sought = {
        **place_of(handle),
        "version": __version__,
        "images": json.dumps(images),
        "plan": json.dumps(plan),
        "context": target.context,
        "given": ";".join(f"{name}={value}" for name, value in sorted(target.given.items())),
    }
    what = {**sought, "space": space, "for": configuration.objective}
    return Search(
        configuration.name_of("tune_decoder", search_plan, what),
        target,
        space,
        configuration.objective,
        search_plan,
        configuration.storage_uri(tracking),
        tracking,
        trials=DecoderTrials,
        sought=sought,
    )


def usual_point(configuration: Configuration, space: str) -> tuple[tuple[str, Value], ...]:
    """The usual decoder as the first trial, which the best is then never worse than.

    Arguments:
        configuration: the study's parameters.
        space: that is searched.

    Returns:
        Its point; none where no point of the space is that decoder.
    """
    usual = DecoderSettings.of(pairs(configuration.usual))
    searched = Space.parse(space)
    first = searched.holding(usual.model_dump())
    there = {**pairs(configuration.given), **searched.read(dict(first))} if first else {}
    return first if DecoderSettings.of(there) == usual else ()
