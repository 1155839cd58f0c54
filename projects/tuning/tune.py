"""Tune: any study that trains networks, by any of its results.

A trial is one child run of the study, so that it is resumed and never computed twice, and several
trials are trained as one ensemble where they differ in what members may differ in.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Self

from pydantic import Field, model_validator

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.searching.finals import further_networks
from ib_mlflow.studies.searching.searched import run_search
from ib_mlflow.studies.searching.targets import Target
from ib_mlflow.studies.study import Study
from ..registry import load_study
from .configuration import SearchConfiguration
from .jobs import begun_job, check_search, pairs
from .readings import BEST, SearchReadings, network_remarks
from .tables import search_tables


class Configuration(SearchConfiguration):
    """Which parameters of a study make one of its results best."""

    presets: ClassVar[Presets] = {
        "toy": {"trials": 4, "given": "scale=toy"},
        "quick": {"trials": 20, "batch_trials": 10, "given": "members=5;epochs=300"},
        "paper": {"trials": 100, "batch_trials": 20, "given": "scale=paper"},
    }
    study: str = Field("main", description="that is tuned")
    space: str = Field(
        "learning_rate=0.01..1:log",
        description="of its parameters, with ; between them: low..high, low..high:log, "
        "low..high:step=0.1, or choices as tanh|relu",
    )
    objective: str = Field(
        "summary/val_accuracy:max", description="results as name:max or name:min, with commas"
    )
    given: str = Field(description="parameters of all trials, as members=5;epochs=300")
    setting: str = Field("", description="the child run, where the study has several")
    measured: int = Field(
        8, ge=0, le=1000, description="epochs of a trial that are measured, about; 0: the study's"
    )

    race: int = Field(
        0,
        ge=0,
        le=1000,
        description="networks of a point that are trained before the Wilcoxon pruner holds it "
        "against the best, seed by seed; 0: all at once, and pruners ask at measured epochs",
    )
    deciding: int = Field(
        0,
        ge=0,
        le=10_000,
        description="networks that are trained after the trials, each of the point that may be "
        "best",
    )

    @model_validator(mode="after")
    def _races_by_seeds(self) -> Self:
        if self.race and self.pruner != "wilcoxon":
            raise ConfigurationError(
                "a race has pruner=wilcoxon, which compares seed by seed",
                received=f"race={self.race} and pruner={self.pruner}",
                fix="Give pruner=wilcoxon, or leave race out.",
            )
        return self

    @property
    def target(self) -> Target:
        """What is computed at a point."""
        given = pairs(self.given)
        return Target(
            load_study, self.study, given, self.setting, self.measured, self.race, self.deciding
        )


def read(runner: Runner, configuration: Configuration, _: Sequence[Trained]) -> SearchReadings:
    """Search, and read what has won."""
    job = begun_job(configuration, runner.study.handle)
    searched = run_search(runner, job)
    further = further_networks(runner.study, searched)
    return SearchReadings.of(runner, configuration, replace(searched, further=further))


STUDY: Study[Configuration, SearchReadings] = Study(
    title="Tuning",
    question="Which parameters of a study make one of its results best?",
    paper="",
    configuration=Configuration,
    reads=read,
    claims=[BEST],
    tables=lambda readings: search_tables(readings.searched),
    remarks=network_remarks,
    minutes={"toy": 0.3, "quick": 0.4},
    checks=check_search,
)
