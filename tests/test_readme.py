"""What the README prints works as it is printed."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient
from mlflow.entities import Run

from projects.pages import readme_table
from projects.registry import STUDIES as STUDY_MODULES
from projects.registry import load_study

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
SPEED = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
PAGES = [TEXT, *(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))]
ENTRIES = yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))["entry_points"]
PROGRAMS = ("make", "mlflow", "python", ".", "export")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def lines() -> list[str]:
    """Every shell line of the code blocks and of the tables' cells."""
    printed = [
        line.partition(" #")[0].strip() for block in blocks("sh") for line in block.split("\n")
    ]
    return [line for line in dict.fromkeys(printed) if line.split(" ")[0] in PROGRAMS]


LINES = lines()
STUDIES = [line for line in LINES if line.startswith("mlflow run")]
BENCHMARKS = re.findall(r"`(python benchmarks/[^`]+)`", SPEED)
FOUND = re.findall(r"^`(mlflow run [^`]+)`$", RESULTS, re.MULTILINE)
REPORTS = {
    path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs/results").glob("*.md")
}
COMMAND = re.compile(r"^`(mlflow run [^`]+)` \(", re.MULTILINE)
ACTIVATE = ". .venv/bin/activate"
EXPERIMENT = "export MLFLOW_EXPERIMENT_NAME=ib_mlflow"


def entry_of(line: str) -> tuple[str, list[str]]:
    """The entry point and the given parameters of a line of `mlflow run`."""
    program, command, where, *options = shlex.split(line)
    assert (program, command, where) == ("mlflow", "run", ".")
    pairs = list(zip(options[::2], options[1::2], strict=True))
    assert ("--env-manager", "local") in pairs, f"{line}: MLflow would look for conda"
    assert {option for option, _ in pairs} <= {"--env-manager", "-e", "-P"}
    return dict(pairs)["-e"], [value for option, value in pairs if option == "-P"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the lines' runs go: one store, for its tables take seconds."""
    return tmp_path_factory.mktemp("readme")


def shell(line: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Type a line in a shell that knows nothing but what the README says."""
    activate = Path(sys.prefix, "bin", "activate")
    if not (activate.exists() and activate.with_name("mlflow").exists()):
        pytest.skip("the tests do not run in an environment that can be activated")
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "OMP_NUM_THREADS": "1",
        # The compiled kernels of the suite; else each line would compile its own.
        **{key: value for key, value in os.environ.items() if key.startswith("NUMBA_")},
    }
    return subprocess.run(
        ["bash", "-c", f". {shlex.quote(str(activate))}\n{EXPERIMENT}\n{line}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def runs_of(folder: Path) -> list[Run]:
    """All runs, which are those of the experiment that the README names: none is elsewhere."""
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    names = {e.experiment_id: e.name for e in client.search_experiments()}
    runs = list(client.search_runs(list(names)))
    assert {names[run.info.experiment_id] for run in runs} == {EXPERIMENT.partition("=")[2]}
    return runs


def test_every_kind_of_line_is_met() -> None:
    assert len(STUDIES) == 3
    assert set(LINES) - set(STUDIES) == {"make run", "make test", ACTIVATE, EXPERIMENT}
    assert TEXT.index(ACTIVATE) < TEXT.index(EXPERIMENT) < TEXT.index(STUDIES[0])
    assert {entry_of(line)[0] for line in FOUND} == set(ENTRIES) - {"list"}
    assert BENCHMARKS


def test_the_front_page_is_a_screen_and_a_line_a_study() -> None:
    table = readme_table({name: load_study(name) for name in STUDY_MODULES})
    shown = set(re.findall(r'<a href="docs/results/(\w+)\.md"><img src="docs/results/\1\.', table))
    assert shown == {path.stem for path in (ROOT / "docs/results").glob("*.webp")}
    assert shown <= REPORTS.keys()
    head, _, rest = TEXT.partition("<!-- written by `python -m projects table` -->\n")
    written, _, tail = rest.partition("\n<!-- end -->")
    assert written == table.rstrip("\n")
    assert len((head + tail).split("\n")) <= 64
    for name in STUDY_MODULES:
        assert f"\n### {name}\n" in RESULTS


def test_every_report_of_a_run_is_shown() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert REPORTS.keys() <= STUDY_MODULES.keys()
    assert set(re.findall(r"\]\(results/(\w+)\.md\)", RESULTS)) == REPORTS.keys()
    for name, page in REPORTS.items():
        assert f"- {name}: results/{name}.md\n" in menu
        assert [entry_of(line)[0] for line in COMMAND.findall(page)] == [name]


@pytest.mark.parametrize(
    "line", [*STUDIES, *FOUND, *(COMMAND.findall(page)[0] for page in REPORTS.values())]
)
def test_a_study_is_there_with_its_parameters(line: str) -> None:
    entry, given = entry_of(line)
    pairs = dict(pair.split("=", 1) for pair in given)
    for scale in (pairs.pop("scale", "quick"), "toy"):
        words = [word for name, value in pairs.items() for word in (f"--{name}", value)]
        parsed = load_study(entry).configuration.parse([*words, "--scale", scale])
        assert pairs.keys() <= type(parsed).model_fields.keys()


def test_no_page_prints_a_line_that_needs_conda() -> None:
    printed = [code for page in PAGES for code in re.findall(r"`(mlflow run \.[^`]+)`", page)]
    assert printed
    assert all("--env-manager" in code for code in printed), printed


@pytest.mark.parametrize("line", STUDIES)
def test_a_study_is_typed_as_printed(line: str, folder: Path) -> None:
    before = {run.info.run_id for run in runs_of(folder)} if list(folder.iterdir()) else set()
    # `command -v`: what it prints last is a command of the same shell.
    done = shell(f"{line} -P scale=toy && command -v mlflow", folder)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^ +mlflow ui --backend-store-uri sqlite:", done.stdout, re.MULTILINE)
    new = [run for run in runs_of(folder) if run.info.run_id not in before]
    (study,) = (run for run in new if "mlflow.parentRunId" not in run.data.tags)
    assert study.info.status == "FINISHED"
    _, given = entry_of(line)
    assert dict(pair.split("=", 1) for pair in given).items() <= study.data.params.items()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_knows_its_targets_and_ends_with_what_its_last_lines_need() -> None:
    for line in (line for line in LINES if line.startswith("make")):
        # The suite is itself started by make, which would speak to a make below it.
        shell_of_a_user = {
            key: os.environ[key] for key in os.environ if not key.startswith(("MAKE", "MFLAGS"))
        }
        done = subprocess.run(
            ["make", "-n", *line.split()[1:]],
            cwd=ROOT,
            env=shell_of_a_user,
            capture_output=True,
            text=True,
            check=True,
        )
        if line == "make run":  # where the lines below it look for its children
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            assert f"\nrun: {EXPERIMENT.replace('=', ' ?= ')}\n" in makefile
            assert f". {ROOT}/.venv/bin/activate" in done.stdout.strip().split("\n")[-1]


@pytest.mark.parametrize("line", BENCHMARKS)
def test_a_benchmark_is_there_with_its_options(line: str) -> None:
    _, path, *options = line.split()
    source = (ROOT / path).read_text(encoding="utf-8")
    assert all(f'"{option}"' in source for option in options if option.startswith("--"))
