"""Studies of this repository, in a store of the test's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

sys.path.insert(0, str(Path(__file__).parent))  # for the modules that tests share

ROOT = Path(__file__).parents[2]


class Store:
    """A tracking store in a folder of its own, and what studies leave in it."""

    def __init__(self, folder: Path, repository: Path = ROOT) -> None:
        self._repository = repository
        folder.mkdir(exist_ok=True)
        self.uri = f"sqlite:///{folder / 'mlflow.db'}"
        self.client = MlflowClient(self.uri)
        self.experiment = self.client.create_experiment(
            "studies", artifact_location=str(folder / "mlruns")
        )
        paths = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
        self._where = {
            "cwd": folder,
            "env": os.environ
            | {
                "PATH": os.pathsep.join(paths),
                "PYTHONPATH": str(repository),
                "MLFLOW_TRACKING_URI": self.uri,
                "MLFLOW_EXPERIMENT_NAME": "studies",
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "OMP_NUM_THREADS": "1",
            },
        }

    def run(self, entry: str, **parameters: object) -> tuple[int, str]:
        """Run a study by its entry point's command: its exit code, and what it printed.

        `mlflow run` does so too, and takes seconds of a processor more.
        """
        pairs = [word for key, value in parameters.items() for word in (f"--{key}", str(value))]
        return _ended(self._begin("projects", entry, *pairs))

    def launch(self, entry: str, **parameters: object) -> tuple[int, str]:
        """Run a study through `mlflow run`: its exit code, and what was printed."""
        return _ended(self.start(entry, **parameters))

    def start(self, entry: str, **parameters: object) -> "subprocess.Popen[str]":
        """Begin a study through `mlflow run`."""
        pairs = [word for key, value in parameters.items() for word in ("-P", f"{key}={value}")]
        project = ["run", str(self._repository), "-e", entry, "--env-manager", "local"]
        return self._begin("mlflow", *project, *pairs)

    def _begin(self, module: str, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **self._where,
        )

    def runs(self, where: str = "") -> list:
        return self.client.search_runs(
            [self.experiment], where, order_by=["attributes.start_time DESC"]
        )

    def study(self, entry: str):
        return self.studies(entry)[0]

    def studies(self, entry: str) -> list:
        tagged = self.runs(f"tags.`ib.study` = '{entry}'")
        return [run for run in tagged if "mlflow.parentRunId" not in run.data.tags]

    def children(self, study) -> list:
        return self.runs(f"tags.`mlflow.parentRunId` = '{study.info.run_id}'")

    def artifact(self, run, name: str) -> Path:
        return Path(run.info.artifact_uri.removeprefix("file://")) / name


def _ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    printed, _ = process.communicate(timeout=600)
    return process.returncode, printed


@pytest.fixture(scope="session")
def store_at() -> type[Store]:
    """Makes a store in a folder."""
    return Store


@pytest.fixture(scope="session")
def store(tmp_path_factory) -> Store:
    """The store that the tests share."""
    return Store(tmp_path_factory.mktemp("store"))
