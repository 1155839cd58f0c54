"""A search at work in a process of its own, on stores of the test's own, and what they hold."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import optuna
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from ib_mlflow.tracking import ensure_store
from ib_mlflow.tracking.tags import REUSED_FROM

ROOT = Path(__file__).parents[2]
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
    """A folder with MLflow's and Optuna's files, and commands that search there."""

    def __init__(self, folder: Path, template: Path) -> None:
        folder.mkdir()
        self.folder, self.database = folder, folder / "mlflow.db"
        shutil.copy(template, self.database)
        self.client = MlflowClient(f"sqlite:///{self.database}")
        artifacts = str(folder / "artifacts")
        self._experiment = self.client.create_experiment("faults", artifact_location=artifacts)

    def start(self, *, largest: int | None = None, **parameters: object) -> "subprocess.Popen[str]":
        """Type the command; `largest`: no file may grow beyond so many bytes."""
        words = [
            str(w) for pair in (SEARCH | parameters).items() for w in (f"--{pair[0]}", pair[1])
        ]

        def limit() -> None:
            if largest is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

        return subprocess.Popen(
            [sys.executable, "-m", "projects", "tune", *words],
            cwd=self.folder,
            env=os.environ
            | {
                "PYTHONPATH": str(ROOT),
                "MLFLOW_TRACKING_URI": f"sqlite:///{self.database}",
                "MLFLOW_EXPERIMENT_ID": self._experiment,
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "OMP_NUM_THREADS": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=limit,
        )

    def run(self, **parameters: object) -> tuple[int, str]:
        """Type the command, and wait for its end: its exit code, and what it printed."""
        process = self.start(**parameters)
        printed, _ = process.communicate(timeout=600)
        return process.returncode, printed

    def wait_for(self, condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
        """Wait until something is so, while the command is at work."""
        deadline = time.monotonic() + 300
        while not condition():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def runs(self) -> list[Run]:
        return list(self.client.search_runs([self._experiment]))

    def children(self) -> list[Run]:
        return [run for run in self.runs() if "mlflow.parentRunId" in run.data.tags]

    def finished(self) -> list[Run]:
        """The child runs that came to their end; of two studies with the same, the one that ran."""
        done = [run for run in self.children() if run.info.status == "FINISHED"]
        return [run for run in done if REUSED_FROM not in run.data.tags]

    def studies(self) -> list[Run]:
        """The runs of the commands, the last first."""
        return [run for run in self.runs() if "mlflow.parentRunId" not in run.data.tags]

    def trials(self) -> list[optuna.trial.FrozenTrial]:
        """What Optuna holds, every attempt."""
        storage = optuna.storages.RDBStorage(f"sqlite:///{self.folder / 'optuna.db'}")
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


@pytest.fixture(scope="session")
def place_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Place]:
    """Makes a place; MLflow's tables are made once, for that takes seconds."""
    file = tmp_path_factory.mktemp("template") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
        patch.chdir(file.parent)
        ensure_store()
    return lambda folder: Place(folder, file)


@pytest.fixture
def place(tmp_path: Path, place_in: Callable[[Path], Place]) -> Place:
    """A place of the test's own."""
    return place_in(tmp_path / "place")


@pytest.fixture(scope="session")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, place_in: Callable[[Path], Place]
) -> Place:
    """Where the command was left alone."""
    whole = place_in(tmp_path_factory.mktemp("undisturbed") / "place")
    code, printed = whole.run()
    assert code == 0, printed
    return whole


@pytest.fixture
def complete(undisturbed: Place) -> Callable[[Place], None]:
    """Checks that nothing is missing, doubled or different in a place whose job is done."""

    def check(place: Place) -> None:
        (whole,) = undisturbed.studies()
        done = [study for study in place.studies() if study.info.status == "FINISHED"]
        assert done
        for study in done:
            pd.testing.assert_frame_equal(place.table(study), undisturbed.table(whole))
        assert not [run for run in place.runs() if run.info.status == "RUNNING"]
        names = Counter(run.info.run_name for run in place.finished())
        assert names == Counter(f"trial {number}" for number in range(TRIALS))
        curves = undisturbed.curves()
        for name, table in place.curves().items():
            pd.testing.assert_frame_equal(table, curves[name])
        for run in place.finished():
            for key in run.data.metrics:
                steps = [
                    point.step for point in place.client.get_metric_history(run.info.run_id, key)
                ]
                assert len(steps) == len(set(steps)), f"{key} of {run.info.run_name} is doubled"
        ended = [trial for trial in place.trials() if trial.state.name != "FAIL"]
        assert {trial.state.name for trial in ended} == {"COMPLETE"}
        assert sorted(trial.user_attrs["number"] for trial in ended) == list(range(TRIALS))

    return check
