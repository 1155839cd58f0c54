"""The parameters of a search: where it is kept, how points are drawn, and how many."""

import hashlib
import json
import os
from collections.abc import Mapping

from pydantic import Field, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ib_mlflow.secrecy import without_secrets
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.parsing import AUTO
from ib_mlflow.tracking.places import sqlite_file
from ib_mlflow.tuning import Objectives, SearchPlan
from ib_mlflow.tuning.samplers import usual_sampler

STORAGE = "IB_STORAGE"
"""The environment's variable that may hold the storage, with its password."""


class SearchConfiguration(StudyConfiguration):
    """What all searches have in common."""

    trials: int = Field(ge=1, le=100_000, description="that shall end, earlier commands' included")
    batch_trials: int = Field(
        1, ge=1, le=1000, description="that are asked for at a time, and trained as one ensemble"
    )
    sampler: str = Field(
        AUTO,
        description="tpe, gp, nsga2, cmaes, qmc, random, grid or bruteforce; auto: that which the "
        "search was begun by; at first gp where up to 200 trials are asked for in batches, with "
        "one objective and no pruner, else tpe",
    )
    pruner: str = Field("none", description="none, median, hyperband or wilcoxon")
    enough: bool = Field(
        False,
        description="true: the search ends before all trials once less is left to gain than the "
        "standard error of the best value, of one objective and 20 trials or more",
    )
    storage: str = Field(
        AUTO,
        min_length=1,
        description="sqlite:///file or postgresql://user@host/database; auto: IB_STORAGE of the "
        "environment, or optuna.db beside MLflow's file",
    )
    search: str = Field(
        AUTO, min_length=1, description="the search's name in its storage; auto: by what is sought"
    )

    @field_validator("storage")
    @classmethod
    def _without_password(cls, storage: str) -> str:
        try:
            password = make_url(storage).password
        except (ArgumentError, ValueError):  # which is said where it is opened
            password = None
        # One may stand among the address's options too, as ?password=….
        if password or without_secrets(storage) != storage:
            raise ValueError(
                "holds a password, which MLflow would show: leave it out, and put it into "
                f"PGPASSWORD or the whole address into {STORAGE}"
            )
        return storage

    def storage_uri(self, tracking: str) -> str:
        """Where trials are kept; a password may be in it.

        Arguments:
            tracking: where MLflow keeps its runs; beside a file of SQLite lies optuna.db.
        """
        if self.storage != AUTO:
            return self.storage
        file = sqlite_file(tracking) if tracking.startswith("sqlite:") else None
        beside = "optuna.db" if file is None else str(file.resolve().with_name("optuna.db"))
        return os.environ.get(STORAGE) or f"sqlite:///{beside}"

    def plan_for(self, objective: str) -> SearchPlan:
        """How the search goes.

        Arguments:
            objective: results with their directions.
        """
        sampler = self.sampler
        if sampler == AUTO:
            sampler = usual_sampler(
                Objectives.parse(objective),
                trials=self.trials,
                batch=self.batch_trials,
                pruner=self.pruner,
            )
        return SearchPlan(
            self.trials,
            sampler,
            self.pruner,
            batch=self.batch_trials,
            seed=self.seed,
            enough=self.enough,
        )

    def name_of(self, what: str, plan: SearchPlan, sought: Mapping[str, str]) -> str:
        """The search's name in its storage: as given, or of what is sought.

        Arguments:
            what: is searched, in a word.
            plan: how the search goes.
            sought: all that makes it another search, by name.
        """
        if self.search != AUTO:
            return self.search
        text = json.dumps([*sought.items(), plan.sampler, plan.pruner, plan.seed])
        return f"{what} {hashlib.sha256(text.encode()).hexdigest()[:12]}"
