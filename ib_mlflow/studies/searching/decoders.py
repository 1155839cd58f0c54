"""A search over decoders: a trial is one decoder, fitted in a child run of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.data import head
from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.networks.members import checked_device
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.configuration import ImageConfiguration
from ib_mlflow.studies.decoding.contexts import Context, LabelContext, NoContext
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import LOG_PROBABILITIES
from ib_mlflow.studies.decoding.settings import DecoderSettings
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.decoding.tuned_fit import TunedFit, tuning_parts
from ib_mlflow.studies.running.fits import FittedNetwork, run_fit
from ib_mlflow.studies.searching.trial_runs import STATES, refused, trial_name
from ib_mlflow.tracking import Job, Stopped, StudyRun
from ib_mlflow.training.fitting import Fitted
from ib_mlflow.tuning import Candidate, Failure, Objectives, Result, Space
from ib_mlflow.tuning.edges import at_edges

LOSS, LOSS_SE = "summary/tuning_loss_nats", "summary/tuning_loss_se_nats"
"""−ln q(x|h) of an image of the tuning split, on average, and its standard error over images."""
INSTANCES = 50
"""Held-out images by which the Wilcoxon pruner compares two decoders."""
WITH_EFFECT = {
    "forgetting": "search or give schedule=geometric",
    "mixtures": "take images of more than two levels and search or give head=logistic",
    "context_dropout": "take context=label",
}
"""What gives a setting its effect."""


@dataclass(frozen=True)
class DecoderTarget:
    """What a search over decoders computes at a point.

    Arguments:
        task: whose images are decoded.
        context: what decoders are conditioned on in the search: "label" or "nothing".
        given: settings that are the same in every trial.
        configuration: the study's parameters.
        tuned_on: images of the tuning split, at most.
        instances: held-out images whose single losses the pruner compares; 0 for their mean alone.
    """

    task: str
    context: str
    given: Mapping[str, str]
    configuration: ImageConfiguration
    tuned_on: int
    instances: int = 0

    @property
    def parts(self) -> Parts:
        """The images; `evaluation` is the tuning split."""
        return _parts(self.configuration, self.task, self.tuned_on)

    def check(self, space: Space, objectives: Objectives, pruner: str = "none") -> None:
        """Refuse a search that no trial of could be computed, before any is.

        Arguments:
            space: that is searched.
            objectives: what for.
            pruner: that may stop its trials.

        Raises:
            ConfigurationError: a setting or a result is unknown, a setting stands in two places
                or has no effect, a choice or an end of its range is refused, or the pruner has no
                single images to hold decoders against each other by.
        """
        space.known(DecoderSettings.model_fields)
        objectives.known([LOSS])
        both = sorted(set(space.names) & set(self.given))
        if both:
            raise ConfigurationError(
                "a setting is searched or given", received=f"{both[0]} in both", fix="Take one out."
            )
        if pruner == "wilcoxon" and not self.instances:
            raise ConfigurationError(
                "pruner=wilcoxon holds decoders against each other image by image",
                received="instances=0",
                fix=f"Give instances={INSTANCES}, or take another pruner.",
            )
        idle = set.intersection(*(set(of) for of in at_edges(space, self._idle)))
        without = next((name for name in space.names if name in idle), None)
        if without is not None:
            raise ConfigurationError(
                f"{without} is searched where it has an effect",
                received=f"{without}={space.description[without]}, and no point where it has one",
                fix=f"Leave {without} out of the space, or {WITH_EFFECT[without]}.",
            )

    def _idle(self, point: Mapping[str, str]) -> list[str]:
        """The settings that change nothing at a point."""
        settings = self.settings(point)
        effects = {
            "forgetting": settings.schedule == "geometric",
            "mixtures": settings.head_of(self.parts) == "logistic",
            "context_dropout": self.context != "nothing",
        }
        return [name for name, effect in effects.items() if not effect]

    def settings(self, parameters: Mapping[str, str]) -> DecoderSettings:
        """The settings at a point."""
        return DecoderSettings.of({**self.given, **parameters})

    def fit(self, name: str, settings: DecoderSettings) -> TunedFit:
        """The decoder with some settings, to be fitted in a child run of this name."""
        context: Context = NoContext()
        if self.context == "label":
            context = LabelContext(self.parts.encoding.c)
        return TunedFit(name, self.parts, context, settings, self.configuration, every_class=False)


class DecoderTrials:
    """Computes the points of a search over decoders, each in a child run of its own.

    Arguments:
        study: the run of the search.
        target: what is computed at a point.
        objectives: the loss.
        reports: whether a pruner waits for what a trial is worth at each evaluation. Where single
            losses are kept, trials report without one, for pruners to be compared afterwards.
    """

    def __init__(
        self, study: StudyRun, target: DecoderTarget, objectives: Objectives, *, reports: bool
    ) -> None:
        objectives.known([LOSS])
        self._study, self._target = study, target
        self._reports = reports or target.instances > 0

    def __call__(self, batch: Sequence[Candidate]) -> list[Result | Failure]:
        """Compute a batch, as `ib_mlflow.tuning.Evaluate` says."""
        return [self._result(candidate) for candidate in batch]

    def _result(self, candidate: Candidate) -> Result | Failure:
        if candidate.stopped is not None:  # by an attempt that died before it could say so
            return Result(run_id=candidate.run_id)
        try:
            settings = self._target.settings(candidate.parameters)
            fit = self._target.fit(trial_name(candidate.number), settings)
            watch = _Watch(candidate, fit, self._target.instances, reports=self._reports)
            fitted = run_fit(self._study, fit, watch)
        except Stopped:
            return Result(run_id=candidate.run_id)
        except (ConfigurationError, InvalidInputError) as error:
            if candidate.run_id is None:
                return refused(self._study, candidate, error)
            return Failure(str(error), final=True, run_id=candidate.run_id)
        loss = mean_of(image_losses(fitted))
        steps = {update: of for update, of in fitted.losses.items() if update}
        return Result(
            [loss.value],
            [loss.standard_error],
            fitted.run_id,
            intermediate=steps if self._reports else {},
        )


class _Watch:
    """What a trial's run is told, and the pruner."""

    def __init__(
        self, candidate: Candidate, fit: TunedFit, instances: int, *, reports: bool
    ) -> None:
        self._candidate, self._fit, self._reports = candidate, fit, reports
        self._instances = instances

    def stops(self, child: Job, fitted: Fitted) -> bool:
        """Report an evaluation; a trial that is stopped says so in its run."""
        candidate = self._candidate
        candidate.note(run_id=child.run_id, checkpoint=str(fitted.update))
        if not self._reports or not fitted.update:
            return False
        losses = self._single_losses(fitted) if self._instances else []
        if not candidate.report(fitted.update, fitted.val_loss, by_seed=losses):
            return False
        self._tag(child, "stopped")
        return True

    def ended(self, child: Job, fitted: FittedNetwork[PixelCNN]) -> None:
        """Log what the trial came to, for MLflow's comparison pages."""
        self._candidate.note(run_id=child.run_id, checkpoint=str(fitted.updates))
        loss = mean_of(image_losses(fitted))
        child.log_metrics({LOSS: loss.value, LOSS_SE: loss.standard_error})
        self._tag(child, "complete")

    def _tag(self, child: Job, state: str) -> None:
        child.log_tags({"trial": str(self._candidate.number), "trial_state": STATES[state]})

    def _single_losses(self, fitted: Fitted) -> list[float]:
        held_out = self._fit.parts.validation
        images = head(held_out, min(self._instances, held_out.n))
        device = checked_device(self._fit.configuration.device)
        network = fitted.model().to(device)
        losses: list[float] = (-self._fit.own(network, images)).tolist()
        return losses


def fit_trial(study: StudyRun, trial: tuple[int, TunedFit]) -> FittedNetwork[PixelCNN]:
    """The decoder of a complete trial, read back; where a light child shows it, that is tagged.

    Arguments:
        study: the run of the search.
        trial: its number, and the decoder.
    """
    number, fit = trial
    return run_fit(study, fit, _Watch(Candidate(number, {}), fit, instances=0, reports=False))


def image_losses(fitted: FittedNetwork[PixelCNN]) -> NDArray[np.float64]:
    """−ln q(x|h) of each image of the tuning split, given its own context: (n,) nats."""
    losses: NDArray[np.float64] = -fitted.results[LOG_PROBABILITIES]
    return losses


@lru_cache(maxsize=2)
def _parts(configuration: ImageConfiguration, task: str, tuned_on: int) -> Parts:
    return tuning_parts(configuration.parts(task), tuned_on=tuned_on)
