"""A search with a cheap objective, and real processes, forked from one that has imported all."""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from ib_mlflow.tuning import (
    Candidate,
    Objectives,
    Outcome,
    Result,
    SearchPlan,
    Space,
    TuningStudy,
    open_optuna_study,
    open_storage,
    search,
)
from ib_mlflow.tuning.ledger import NUMBER

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["searched"])
TEXT = "x=0..1.0;y=1..10;z=0.1..1:log"
GRID = "x=0..1:step=0.25;y=1..5;z=0.5..1:step=0.5"
STEPS = (1, 2, 3, 4, 5)


def opened(
    uri: str, space: str = TEXT, objectives: str = "loss:min", *, name: str = "searched"
) -> TuningStudy:
    storage = open_storage(uri)
    return open_optuna_study(storage, name, Space.parse(space), Objectives.parse(objectives))


def loss(candidate: Candidate) -> float:
    values = [float(value) for value in candidate.parameters.values()]
    return (values[0] - 0.3) ** 2 + 0.01 * abs(values[1] - 4) + values[2]


def computed(batch: Sequence[Candidate], pause: float = 0.0) -> list[Result]:
    """Train a batch in step, as an ensemble; those that are stopped leave it."""
    for step in STEPS:
        for candidate in batch:
            if candidate.stopped is None:
                candidate.note(run_id=f"run{candidate.number}", checkpoint=f"epoch{step}")
                candidate.report(step, loss(candidate) + 1 / step)
        time.sleep(pause)
    return [Result(() if c.stopped is not None else (loss(c),), (0.1,), degrees=4.0) for c in batch]


def table(outcome: Outcome) -> list[tuple[object, ...]]:
    """What must be the same bit for bit, whatever was killed."""
    return [
        (n, t.state.name, t.values, t.params, t.intermediate_values, t.user_attrs.get("run_id"))
        for n, t in outcome.trials.items()
    ]


def run(
    uri: str, plan: SearchPlan, *, space: str = TEXT, log: str = "", pause: float = 0.0
) -> None:
    """Search, as a process of its own does; write down what is computed."""

    def evaluate(batch: Sequence[Candidate]) -> list[Result]:
        with open(log or os.devnull, "a", encoding="utf-8") as file:
            file.writelines(f"{c.number} {','.join(c.parameters.values())}\n" for c in batch)
        return computed(batch, pause)

    search(opened(uri, space), plan, evaluate)


def start(target: Callable[..., object], *arguments: object, **options: Any) -> BaseProcess:
    """Run a function in a process of its own."""
    with pytest.MonkeyPatch.context() as patch:
        # What the server imports beforehand it finds by this, and not by sys.path.
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        patch.setenv("OMP_NUM_THREADS", "1")
        process = CONTEXT.Process(target=target, args=arguments, kwargs=options)
        process.start()
    return process


def kill(process: BaseProcess) -> None:
    process.kill()
    process.join()


def exit_codes(processes: Sequence[BaseProcess], seconds: float = 300.0) -> list[int | None]:
    for process in processes:
        process.join(seconds)
    return [process.exitcode for process in processes]


def meet(uri: str, gate: Path, answer: Path) -> None:
    """Open a storage as soon as the gate is there, and write down what was opened."""
    while not gate.exists():
        time.sleep(0.001)
    space, objectives = Space.parse("x=0..1.0"), Objectives.parse("loss:min")
    study = open_optuna_study(open_storage(uri), "s", space, objectives)
    answer.write_text(f"{study.study_id} {study.optuna_study.user_attrs}", encoding="utf-8")


def check(uri: str, plan: SearchPlan, space: str = TEXT) -> Outcome:
    """Let this process finish what is left, and hold every count against what was asked for."""
    study = opened(uri, space)
    outcome = search(study, plan, computed)
    trials = study.optuna_study.trials
    study.close()
    assert outcome.complete + outcome.pruned == plan.trials
    assert list(outcome.trials) == list(range(plan.trials))
    assert {trial.state for trial in trials} <= {
        TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL
    }  # fmt: skip
    ended = Counter(t.user_attrs[NUMBER] for t in trials if t.state is not TrialState.FAIL)
    assert set(ended.values()) == {1}
    return outcome
