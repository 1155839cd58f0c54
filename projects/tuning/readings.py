"""What is read of a search that has ended: what won, and by how much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.verdicts import Judgement
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.searching.searched import Searched
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.tuning import Comparison, contenders
from ib_mlflow.tuning.candidates import NETWORKS
from .configuration import SearchConfiguration
from .search_remarks import on_failures, on_sampler
from .tables import unmet, values_of

if TYPE_CHECKING:
    import pandas as pd

OF_NETWORKS = (
    "A trial is one child run: the point's networks, one a seed. Brackets hold the 95 % t interval "
    "over them, of each trial by itself; of fewer than five networks ± is their standard error. "
    "The error of a share is at least that of counting it on "
    "its rows, and networks that tie to the bit, as those that collapsed do, have the spread of "
    "other trials' networks: that they tie tells nothing of the next.",
    "Diverged networks are left out of a trial's value; where all have diverged the trial failed.",
)
CHOSEN = (
    "That the best was chosen for its value is allowed for: the intervals of what it is better by "
    "hold together over all pairs of trials."
)


@dataclass(frozen=True, eq=False)
class SearchReadings:
    """A search, as claims, tables and the report read it.

    Arguments:
        configuration: the search's parameters.
        searched: its trials.
        planes: by name the information plane of the trials that won.
    """

    configuration: SearchConfiguration
    searched: Searched[Any]
    planes: Mapping[str, Trajectory]

    @classmethod
    def of(
        cls, runner: Runner, configuration: SearchConfiguration, searched: Searched[Any]
    ) -> Self:
        """Read the winners' planes, and leave Optuna's figures on the run of the search.

        Raises:
            ConfigurationError: no trial has a value.
        """
        planes = {}
        for number in winners(runner, searched)["number"][:3]:
            (group,) = searched.trained(runner.study, int(number)).groups
            planes[f"trial {number}: {searched.short_words(int(number))}"] = group.plane()
        return cls(configuration, searched, planes)

    @property
    def comparisons(self) -> Iterator[Comparison]:
        """The best trial beside the others, where there is one objective."""
        comparison = self.searched.comparison
        if comparison is not None and comparison.rivals:
            yield comparison

    @property
    def remarks(self) -> list[str]:
        """How the search went."""
        outcome = self.searched.outcome
        plan = self.searched.job.plan
        return [
            f"Of {outcome.asked} trials {outcome.complete} have values, {outcome.pruned} were "
            f"stopped by the pruner ({plan.pruner}) and {outcome.failed} failed. Points were drawn "
            f"by {plan.sampler}, {plan.batch} at a time, in {plan.workers} "
            f"process{'es' * (plan.workers > 1)}.",
            *on_sampler(self.searched, self.configuration),
            *on_failures(self.searched),
            *self._on_its_end,
            *self._on_races,
            *self._on_importances,
            f"The search is called “{self.searched.job.name}” in its storage.",
        ]

    @property
    def _on_its_end(self) -> Iterator[str]:
        outcome = self.searched.outcome
        if len(outcome.trials) < outcome.asked:
            yield (
                f"The search ended after {len(outcome.trials)} trials: what is left to gain is "
                "less than the standard error of the best value, as Optuna's Terminator has it."
            )

    @property
    def _on_races(self) -> Iterator[str]:
        """How many networks the trials took, and those that were trained after them."""
        searched = self.searched
        race = getattr(searched.job.target, "race", 0)
        if race:
            trials = searched.outcome.trials.values()
            count = sum(
                len(t.user_attrs.get(NETWORKS, ())) or max(t.intermediate_values, default=0)
                for t in trials
            )
            yield (
                f"Points raced, {race} networks at a time: one that the Wilcoxon pruner found "
                "worse than the best so far, seed by seed, was trained no further. "
                f"{len(trials)} points took {count} networks; planes show the first {race}."
            )
        if searched.further:
            of = ", ".join(
                f"{len(values)} of trial {number}"
                for number, values in sorted(searched.further.items())
            )
            yield (
                "After the trials more networks were trained, each of the point whose value and "
                f"one standard error was best, and count in all numbers here but the curves: {of}."
            )

    @property
    def _on_importances(self) -> Iterator[str]:
        if self.searched.importances:
            yield (
                "The importance of a parameter is the share of an objective's variance between "
                f"{len(self.searched.complete)} trials that it explains, by itself and with "
                "others, by a random forest (fANOVA). Samplers crowd where trials are good, and of "
                "few trials it says little."
            )

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        table = self.searched.table
        objectives = self.searched.study.objectives.objectives
        best = {
            f"summary/best_{place}": float(
                (np.nanmax if objective.direction == "max" else np.nanmin)(table[objective.name])
            )
            for place, objective in enumerate(objectives, start=1)
        }
        return Evidence(
            summary=f"{len(table)} trials ended",
            over="networks of each trial",
            opening=self._opening,
            planes=self.planes,
            learning=self.planes,
            tables={"trials.parquet": table},
            files=list(self.searched.figures),
            metrics=best,
        )

    @property
    def _opening(self) -> str:
        """What won, and beside what, before all else."""
        front = self.searched.study.objectives.several
        won = self.searched.front if front else self.searched.complete[:1]
        kind = f"On the front{unmet(self.searched)}" if front else "Best"
        names = self.searched.study.objectives.names
        lines = []
        for _, row in won[:5].iterrows():
            pairs = zip(names, values_of(row, names), strict=True)
            results = ", ".join(f"{name} = {value}" for name, value in pairs)
            number = int(row["number"])
            lines.append(
                f"**{kind}: trial {number}**, {self.searched.short_words(number)}: {results}."
            )
        return "\n\n".join([*lines, *self.beside])

    @property
    def beside(self) -> list[str]:
        """How the best stands to the others, a sentence each."""
        return [str(is_the_best(comparison).words[0]) for comparison in self.comparisons]


def winners(runner: Runner, searched: Searched[Any]) -> "pd.DataFrame":
    """The best trial, or the front; Optuna's figures are left on the run of the search.

    Raises:
        ConfigurationError: no trial has a value.
    """
    for name, page in searched.figures.items():
        runner.study.log_text(page, name)
    won = searched.front if searched.study.objectives.several else searched.complete[:1]
    if won.empty:
        failed = searched.table[searched.table["state"] == "FAIL"]
        raise ConfigurationError(
            "one trial or more must have a value",
            received=f"{len(searched.table)} trials, of which {len(failed)} failed. "
            + " ".join(on_failures(searched)),
            fix="Search where the study learns.",
        )
    numbers = [int(number) for number in won["number"]]
    words = "; ".join(f"trial {number}: {searched.short_words(number)}" for number in numbers[:5])
    runner.study.log_tags({"best": words})
    return won


def is_the_best(comparison: Comparison) -> Judgement:
    """Whether the best trial is better than all others, with intervals that hold together."""
    rest = len(contenders(comparison)) - 1
    words = comparison.sentence(comparison.rivals[0])
    if not rest:
        return Judgement("agrees", (f"{words}; the others are further away.",))
    return Judgement(
        "undecided", (f"{rest} of {len(comparison.rivals)} cannot be told from it: {words}.",)
    )


BEST: Claim[SearchReadings, Comparison] = Claim(
    "trial {of.best.number} is better than every other point that was tried",
    "this search",
    is_the_best,
    lambda readings: readings.comparisons,
)


def network_remarks(readings: SearchReadings) -> list[str]:
    """What a reader must know of trials whose networks differ in their seeds, and of the best."""
    several = readings.searched.study.objectives.several
    return [*OF_NETWORKS, *([] if several else [CHOSEN]), *readings.remarks]
