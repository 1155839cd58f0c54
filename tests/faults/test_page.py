"""The page *What survives what* says what the tests beside it assert, and nothing else.

`python tests/faults/test_page.py` writes it.
"""

import ast
from pathlib import Path

from known import FAULTS, POSTGRES, SERVERS, SPREAD, Fault

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "what-survives-what.md"
HEAD = """\
# What survives what

A search (`tune`, one worker, the sampler `random`; of the last two rows `grid`) on SQLite, in a
process of its own, and what happened to it. Where the command was ended, the same command
completed the job. In each case but the last two the table of trials and every trial's trajectory
were in the end those of a search that was left alone, bit for bit; every trial counted once, no
metric had a step twice, and no run was left RUNNING. A test after a comma is slow, and says more
than the one before it, which runs at every change.

| what happens | exit code | the run at work | its trial in Optuna | tests |
|---|---|---|---|---|
"""
SERVED = """
A study (`main`) at a tracking server:

| what happens | exit code | the study's run | its child run | tests |
|---|---|---|---|---|
"""
APART = """
A study whose child runs are spread over processes, or over a Dask cluster:

| what happens | exit code | the study's run | the child run | tests |
|---|---|---|---|---|
"""
SHARED = """
A study and searches on PostgreSQL, the searches by the sampler `qmc`:

| what happens | exit code | runs | its trials in Optuna | tests |
|---|---|---|---|---|
"""
FOOT = """
MLflow's database is waited for during 60 s where it is away or locked, Optuna's during 180 s, a
tracking server during 240 s; a line says so when the wait begins and when it ends. Then one line
says what the matter was and what to do, and for 60 s more the runs are tried to be ended as FAILED.
A process that is told to stop waits for 3 s. Who sets `MLFLOW_HTTP_REQUEST_MAX_RETRIES` leaves the
waiting for a server to MLflow, which says nothing and hears no signal.

Beside a database that is a file 256 KiB are kept free by each study, `.<name>.reserve-<process>`:
given back when the disk is full, they let its runs end as FAILED. What a killed process left
half written (`.partial-<process>-…`, and such a reserve) is removed when its run is taken up
again, or the next study meets the store.

## See one

A study is told to stop as it learns, and the same command is given again; half a minute of
processor time, once the kernels are there:

```python
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow

command = [sys.executable, "-m", "ib_mlflow", "main", "--scale", "toy", "--epochs", "300"]
study = subprocess.Popen(command, stderr=subprocess.DEVNULL)
while study.poll() is None and not list(Path("mlruns").rglob("epoch_000010.pt")):
    time.sleep(0.1)
study.send_signal(signal.SIGTERM)
print("stopped, exit code", study.wait())
again = subprocess.run(command, capture_output=True)
print("the same command, exit code", again.returncode)
for run in mlflow.search_runs(
    experiment_names=["ib_mlflow"], order_by=["attributes.start_time"], output_format="list"
):
    kind = "child" if "mlflow.parentRunId" in run.data.tags else "study"
    points = mlflow.MlflowClient().get_metric_history(run.info.run_id, "val_accuracy")
    epochs = {point.step for point in points}
    print(kind, run.info.status, f"{len(points)} points of {len(epochs)} epochs")
```

```text
stopped, exit code 143
the same command, exit code 0
study KILLED 0 points of 0 epochs
child FINISHED 88 points of 88 epochs
study FINISHED 0 points of 0 epochs
```

The tables are written by `python tests/faults/test_page.py`, from what these tests assert; the slow
ones run by `pytest -m slow tests/faults`. How to go on: [after an interruption](resume.md).
"""


TABLES = ((HEAD, FAULTS), (SERVED, SERVERS), (APART, SPREAD), (SHARED, POSTGRES))


def split(test: str) -> tuple[Path, str]:
    """Where a test stands, and its name."""
    file, _, name = test.partition("::")
    return (Path(__file__).parent / file).resolve(), name


def files_of(fault: Fault) -> str:
    """Its tests' files, as the page names them."""
    files = dict.fromkeys(
        split(test)[0].relative_to(ROOT / "tests") for test in (fault.quick, fault.slow) if test
    )
    return ", ".join(f"`{file}`" for file in files)


def page() -> str:
    """The page, as the faults say it."""
    parts = []
    for head, faults in TABLES:
        rows = [
            f"| {f.what} | {f.exit_code} | {f.run} | {f.trial} | {files_of(f)} |\n" for f in faults
        ]
        parts += [head, *rows]
    return "".join([*parts, FOOT])


def is_slow(test: str) -> bool:
    """Whether a test, which must be there, is slow whatever its parameters are."""
    file, name = split(test)
    tree = ast.parse(file.read_text(encoding="utf-8"))
    module = [ast.unparse(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    (function,) = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    marks = [*map(ast.unparse, function.decorator_list), *module]
    return "pytest.mark.slow" in marks


def test_the_page_says_what_the_faults_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it: python tests/faults/test_page.py"


def test_every_fault_has_a_test_at_every_change_and_a_slow_one_is_slow() -> None:
    for _, faults in TABLES:
        for fault in faults:
            assert not is_slow(fault.quick), fault.quick
            assert not fault.slow or is_slow(fault.slow), fault.slow


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
