"""What is read of a search over decoders: the best, beside the others and beside the usual one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ib_mlflow.information import Estimate
from ib_mlflow.studies.decoding.settings import DecoderSettings
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.decoding.tuned import FILE, TunedDecoder
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.fits import run_fit
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.searching.decoders import DecoderTarget, fit_trial, image_losses
from ib_mlflow.studies.searching.searched import run_search
from ib_mlflow.studies.searching.trial_runs import trial_name
from ib_mlflow.units import Quantity, nats
from .decoder_configuration import Configuration
from .decoder_jobs import USUAL, decoder_job
from .jobs import pairs
from .readings import SearchReadings, winners

LEVEL = 0.05
REMARKS = (
    "A trial is one decoder of one seed. It learns what the decoders of a study learn, stops early "
    "and is pruned by what they stop by, and is compared on images of the classifier's part, which "
    "no bound rests on: what is estimated with the result never saw the search.",
    "One decoder is tuned for a dataset and used for every layer. To tune one for each layer would "
    "bias what is compared: a layer whose decoder was searched better would seem to keep more of "
    "the image. In the search decoders are given the label or nothing, and so no layer; what is "
    "dropped of the context is tuned for the label.",
    "Brackets hold 95 % intervals over images; differences are taken image by image. That the best "
    "was chosen for its value is allowed for: the intervals hold together for all trials "
    "(Bonferroni). What another seed of a decoder would change is not in them.",
)


def _quantity(gain: Estimate) -> Quantity:
    half = float(stats.norm.ppf(1 - LEVEL / 2) * gain.standard_error)
    return Quantity(gain.value, gain.value - half, gain.value + half, "nats", digits=None)


@dataclass(frozen=True)
class Pair:
    """The best decoder beside another.

    Arguments:
        best: number of its trial.
        other: what the other is called.
        gain: how much less the best loses of an image, in nats; its error is widened so that all
            pairs' intervals of 95 % hold together.
        rivals: how many others there are.
    """

    best: int
    other: str
    gain: Estimate
    rivals: int


@dataclass(frozen=True, eq=False)
class DecoderSearch(SearchReadings):
    """A search over decoders.

    Arguments:
        configuration: the study's parameters.
        losses: by the name of its child run, −ln q of each image of the tuning split, (n,) nats.
        run_ids: of the child runs, by the same.
    """

    configuration: Configuration
    losses: Mapping[str, NDArray[np.float64]]
    run_ids: Mapping[str, str]

    @cached_property
    def best(self) -> int:
        """The number of the best trial."""
        return int(self.searched.complete.iloc[0]["number"])

    @cached_property
    def pairs(self) -> list[Pair]:
        """The best beside every other trial of another loss, the nearest first, and the usual."""
        own = self.losses[trial_name(self.best)]
        others = {name: of for name, of in self.losses.items() if not np.array_equal(of, own)}
        count = len({of.tobytes() for of in others.values()})  # the usual may be a trial too
        wider = stats.norm.ppf(1 - LEVEL / 2 / max(1, count)) / stats.norm.ppf(1 - LEVEL / 2)
        gains = {name: mean_of(of - own) for name, of in others.items()}
        return [
            Pair(
                self.best,
                name,
                replace(gain, standard_error=float(gain.standard_error * wider)),
                count,
            )
            for name, gain in sorted(gains.items(), key=lambda pair: pair[1].value)
        ]

    @property
    def beside(self) -> list[str]:
        """How the best stands to the trial that is hardest to tell from it, image by image."""
        return [
            f"Trial {pair.best} says {gain.text(self.configuration.unit)} an image more than "
            f"{pair.other}, image by image, with intervals that hold together for all "
            f"{pair.rivals} decoders."
            for pair in nearest(self)
            for gain in [_quantity(pair.gain)]
        ]

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on; images are what is judged over."""
        evidence = super().evidence
        usual = {"summary/usual_loss_nats": float(self.losses[USUAL].mean())}
        target: DecoderTarget = self.searched.job.target
        changed = {
            "over": "images of the tuning split",
            "metrics": {**evidence.metrics, **usual},
            "files": [FILE, *evidence.files],
            "opening": f"{self._result}\n\n{evidence.opening}",
            "datasets": list(target.parts.datasets),
        }
        return Evidence(**{**vars(evidence), **changed})

    @property
    def chosen(self) -> str:
        """The child run whose settings are the result: the best trial's, or the usual one's."""
        return min((USUAL, trial_name(self.best)), key=lambda name: self.losses[name].mean())

    @property
    def _result(self) -> str:
        """Whose settings are the search's result, before all else."""
        loss = nats(self.losses[self.chosen].mean(), None).text(self.configuration.unit)
        words = f"**The result is the {self.chosen}**, `{FILE}`: {loss} an image"
        if self.chosen == USUAL:
            words += "; no other did better. Search longer, or elsewhere"
        return f"{words}."

    @property
    def tuned(self) -> TunedDecoder:
        """The result, as studies of decoders take it: the usual decoder where none is better."""
        target: DecoderTarget = self.searched.job.target
        name = self.chosen
        point = self.searched.study.space.read(self.searched.outcome.trials[self.best].params)
        usual = DecoderSettings.of(pairs(self.configuration.usual))
        loss = mean_of(self.losses[name])
        return TunedDecoder(
            task=target.task,
            shape=target.parts.shape,
            levels=target.parts.levels,
            seed=target.configuration.seed,
            updates=target.configuration.decoder_updates,
            context=target.context,
            settings=usual if name == USUAL else target.settings(point),
            loss_nats=loss.value,
            loss_se_nats=loss.standard_error,
            run_id=self.run_ids[name],
        )


def search_decoders(runner: Runner, configuration: Configuration) -> DecoderSearch:
    """Search, and leave the best decoder's settings on the run of the search.

    Arguments:
        runner: the run of the search, and its processes.
        configuration: the study's parameters.
    """
    searched = run_search(runner, decoder_job(configuration, runner.study.handle))
    winners(runner, searched)
    target = searched.job.target
    usual = {USUAL: target.fit(USUAL, DecoderSettings.of(pairs(configuration.usual)))}
    trials = {}
    for number in map(int, searched.complete["number"]):
        point = searched.study.space.read(searched.outcome.trials[number].params)
        name = trial_name(number)
        trials[name] = number, target.fit(name, target.settings(point))
    fitted = {
        **runner.spread_by_name(run_fit, usual),
        **runner.spread_by_name(fit_trial, trials),
    }
    losses = {name: image_losses(network) for name, network in fitted.items()}
    run_ids = {name: network.run_id for name, network in fitted.items()}
    readings = DecoderSearch(configuration, searched, {}, losses, run_ids)
    runner.study.log_text(readings.tuned.model_dump_json(indent=2), FILE)
    return readings


def nearest(readings: DecoderSearch) -> Iterator[Pair]:
    """The best beside the trial that is hardest to tell from it."""
    rivals = [pair for pair in readings.pairs if pair.other != USUAL]
    if rivals:
        yield min(rivals, key=lambda pair: pair.gain.value - 1.96 * pair.gain.standard_error)
