"""A folder with stores of the test's own, the commands that search there, and what they leave."""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import optuna
import pandas as pd
from commands import Begin, Command
from mlflow import MlflowClient
from mlflow.entities import Run

from ib_mlflow.tracking.tags import REUSED_FROM

TRIALS = 12
SEARCH = {
    "scale": "toy",
    "sampler": "random",
    "trials": TRIALS,
    "measured": 3,
    "given": "scale=toy;members=2;epochs=40;hidden=4,3",
}
CURVES = "trajectory.parquet"


class Place:
    """A folder with MLflow's and Optuna's stores, and commands that search there.

    Arguments:
        folder: where commands are typed, and artifacts lie.
        tracking: address of MLflow's store, which is there.
        storage: address of Optuna's.
        begin: how a command is begun: by `spawn` as in a shell, or by `fork` at once.
    """

    def __init__(self, folder: Path, tracking: str, storage: str, begin: Begin) -> None:
        self.folder, self._tracking, self._storage, self._begin = folder, tracking, storage, begin
        self.client = MlflowClient(tracking)
        artifacts = str(folder / "artifacts")
        self.experiment = self.client.create_experiment(str(folder), artifact_location=artifacts)

    @property
    def database(self) -> Path:
        """MLflow's, where it is a file."""
        return self.folder / "mlflow.db"

    def start(
        self, *, trouble: Mapping[str, object] | None = None, **parameters: object
    ) -> Command:
        """Type the command, which meets with trouble as `fork` and `spawn` know it."""
        words = [
            str(w) for pair in (SEARCH | parameters).items() for w in (f"--{pair[0]}", pair[1])
        ]
        environment = os.environ | {
            "MLFLOW_TRACKING_URI": self._tracking,
            "MLFLOW_EXPERIMENT_ID": self.experiment,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "IB_STORAGE": self._storage,
            "OMP_NUM_THREADS": "1",
        }
        return self._begin(["tune", *words], self.folder, environment, **(trouble or {}))

    def run(self, **options: object) -> tuple[int | None, str]:
        """Type the command, and wait for its end: its exit code, and what it printed."""
        process = self.start(**options)  # type: ignore[arg-type]
        printed, _ = process.communicate(timeout=600)
        return process.returncode, printed

    def wait_for(self, condition: Callable[[], bool], process: Command) -> None:
        """Wait until something is so, while the command is at work."""
        deadline = time.monotonic() + 300
        while not condition():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def runs(self) -> list[Run]:
        return list(self.client.search_runs([self.experiment], max_results=10_000))

    def children(self) -> list[Run]:
        """The runs of trials; of two studies with the same, the one that ran."""
        children = [run for run in self.runs() if "mlflow.parentRunId" in run.data.tags]
        return [run for run in children if REUSED_FROM not in run.data.tags]

    def finished(self) -> list[Run]:
        """Those that came to their end."""
        return [run for run in self.children() if run.info.status == "FINISHED"]

    def studies(self) -> list[Run]:
        """The runs of the commands, the last first."""
        return [run for run in self.runs() if "mlflow.parentRunId" not in run.data.tags]

    def trials(self) -> list[optuna.trial.FrozenTrial]:
        """What Optuna holds, every attempt."""
        storage = optuna.storages.RDBStorage(self._storage)
        try:
            (name,) = optuna.get_all_study_names(storage)
            return optuna.load_study(study_name=name, storage=storage).get_trials()
        finally:
            storage.remove_session()
            storage.engine.dispose()

    def attempts(self) -> int:
        """How many attempts Optuna holds, asked of its file alone, which takes no time."""
        file = self.folder / "optuna.db"
        if not file.exists():
            return 0
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            try:
                ((count,),) = connection.execute("SELECT count(*) FROM trials")
            except sqlite3.OperationalError:  # it has no tables yet
                return 0
        return int(count)

    def states(self) -> Counter[str]:
        return Counter(trial.state.name for trial in self.trials())

    def table(self, study: Run) -> pd.DataFrame:
        """A command's table of trials, without the runs' ids."""
        folder = Path(study.info.artifact_uri.removeprefix("file://"))
        return pd.read_parquet(folder / "trials.parquet").drop(columns="run_id")

    def curves(self) -> dict[str, pd.DataFrame]:
        """Every finished trial's trajectory by its name."""
        folders = {
            run.info.run_name: Path(run.info.artifact_uri.removeprefix("file://"))
            for run in self.finished()
        }
        return {name: pd.read_parquet(folder / CURVES) for name, folder in folders.items()}


def check_complete(place: Place, undisturbed: Place, trials: int = TRIALS) -> None:
    """Check that nothing is missing, doubled or different in a place whose job is done.

    Arguments:
        place: where something happened.
        undisturbed: where the same command was left alone.
        trials: that were asked for.
    """
    (whole,) = undisturbed.studies()
    done = [study for study in place.studies() if study.info.status == "FINISHED"]
    assert done
    for study in done:
        pd.testing.assert_frame_equal(place.table(study), undisturbed.table(whole))
    assert not [run for run in place.runs() if run.info.status == "RUNNING"]
    names = Counter(run.info.run_name for run in place.finished())
    assert names == Counter(f"trial {number}" for number in range(trials))
    curves = undisturbed.curves()
    for name, table in place.curves().items():
        pd.testing.assert_frame_equal(table, curves[name])
    for run in place.finished():
        for key in run.data.metrics:
            steps = [point.step for point in place.client.get_metric_history(run.info.run_id, key)]
            assert len(steps) == len(set(steps)), f"{key} of {run.info.run_name} is doubled"
    ended = [trial for trial in place.trials() if trial.state.name != "FAIL"]
    assert {trial.state.name for trial in ended} == {"COMPLETE"}
    assert sorted(trial.user_attrs["number"] for trial in ended) == list(range(trials))
