"""Trials a minute: a batch trained as one ensemble, our own trials one by one, and PyTorch loops.

A trial is a 12-10-7-5-4-3-2 tanh network on SZT, batch 256, whose learning rate Optuna draws at
random. Ours go through `run_search` as `tune` does, with their runs, curves, checkpoints and tables
in MLflow and their trials in Optuna: a batch at a time as one ensemble, or one at a time, in each
of two processes. The PyTorch objectives run in two processes as well, with a DataLoader or a tight
loop, and keep their trials in an Optuna study on SQLite and nothing in MLflow. The ways alternate;
processes have started before they are timed, and the shortest times are compared, since other
processes only ever add to a time. Beside them stand processor seconds a trial, of all processes,
which other programs disturb less. What bookkeeping takes is the processor time of a batch in this
process without that of training and measuring the same ensemble.

    python benchmarks/tuning.py [--trials 20] [--epochs 300] [--rounds 2] [--loops 4]
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from ib_mlflow.data import load, split
from ib_mlflow.execution import LocalExecutor
from ib_mlflow.networks import mlp
from ib_mlflow.studies.running.groups import spaced
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.searching.searched import run_search
from ib_mlflow.studies.searching.sought import Search
from ib_mlflow.studies.searching.targets import Target, only_group
from ib_mlflow.tracking import open_study
from ib_mlflow.training import measure, train
from ib_mlflow.tuning import SearchPlan

# `projects` lies beside this folder, and is not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from projects.registry import load_study

if TYPE_CHECKING:
    from collections.abc import Callable

    from ib_mlflow.tracking import StudyRun

WIDTHS, BATCH, PROCESSES = (12, 10, 7, 5, 4, 3, 2), 256, 2
LOW, HIGH = 0.01, 1.0
MEASURED = 2
AT_LEAST = {"one by one": 1.7, "DataLoader": 15.0, "tight loop": 8.0}
BOOKKEEPING_AT_MOST = 0.1
BATCHED = "ensembles"


def tightly(inputs: torch.Tensor, labels: torch.Tensor) -> Callable[[], object]:
    """Minibatches by indexing."""
    return lambda: (
        (inputs[rows], labels[rows]) for rows in torch.randperm(len(labels)).split(BATCH)
    )


def by_loader(inputs: torch.Tensor, labels: torch.Tensor) -> Callable[[], object]:
    """Minibatches as most programs make them."""
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=BATCH, shuffle=True)
    return lambda: iter(loader)


WAYS = {"DataLoader": by_loader, "tight loop": tightly}


@dataclass(frozen=True)
class Loop:
    """Trials that one process makes of a PyTorch objective.

    Arguments:
        way: how minibatches are made.
        storage: of the Optuna study.
        name: of the Optuna study.
        trials: how many.
        epochs: of each.
        seed: of the sampler, another one in each process.
    """

    way: str
    storage: str
    name: str
    trials: int
    epochs: int
    seed: int


def optimise(loop: Loop) -> None:
    """What a user of PyTorch and Optuna writes."""
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    training, validation = split(load("szt"), test_fraction=0.2, seed=42)
    inputs, labels = torch.tensor(training.features()), torch.tensor(training.labels)
    held_out = torch.tensor(validation.features())
    minibatches = WAYS[loop.way](inputs, labels)

    def objective(trial: optuna.Trial) -> float:
        layers: list[nn.Module] = []
        for before, after in pairwise(WIDTHS):
            layers += [nn.Linear(before, after), nn.Tanh()]
        model = nn.Sequential(*layers[:-1])
        rate = trial.suggest_float("learning_rate", LOW, HIGH, log=True)
        optimiser = torch.optim.SGD(model.parameters(), lr=rate)
        for _ in range(loop.epochs):
            for rows, classes in minibatches():
                optimiser.zero_grad()
                cross_entropy(model(rows), classes).backward()
                optimiser.step()
        with torch.no_grad():
            answers = model(held_out).argmax(dim=1).numpy()
        return float((answers == validation.labels).mean())

    sampler = optuna.samplers.RandomSampler(loop.seed)
    study = optuna.load_study(study_name=loop.name, storage=loop.storage, sampler=sampler)
    study.optimize(objective, n_trials=loop.trials)


def loops(executor: LocalExecutor, way: str, folder: str, trials: int, epochs: int) -> None:
    """Trials of a PyTorch objective, shared out between the processes."""
    storage, name = f"sqlite:///{folder}/loops.db", f"{way} {time.time_ns()}"
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.create_study(study_name=name, storage=storage, direction="maximize")
    share = math.ceil(trials / PROCESSES)
    items = [Loop(way, storage, name, share, epochs, seed) for seed in range(PROCESSES)]
    list(executor.map(optimise, items))


def target(epochs: int) -> Target:
    """A network of the study `main`, measured at its beginning and its end."""
    given = {"scale": "toy", "members": "1", "epochs": str(epochs)}
    return Target(load_study, "main", given, measured=MEASURED)


def searched(runner: Runner, plan: SearchPlan, folder: str, epochs: int) -> None:
    """A search as the entry point `tune` makes it."""
    search = Search(
        f"search {plan.seed}",
        target(epochs),
        f"learning_rate={LOW}..{HIGH}:log",
        "summary/val_accuracy:max",
        plan,
        f"sqlite:///{folder}/optuna.db",
        os.environ["MLFLOW_TRACKING_URI"],
    )
    outcome = run_search(runner, search).outcome
    assert outcome.complete == plan.trials, f"{outcome.complete} of {plan.trials} trials ended"


def alone(trials: int, epochs: int) -> None:
    """Training and measuring as many networks as one ensemble, and keeping nothing."""
    spec = target(epochs).spec("alone", {"learning_rate": "0.1"})
    ensemble = mlp(WIDTHS, activation="tanh", members=trials)
    estimators = only_group(spec).estimators.values()
    training = spec.training() | {"learning_rate": [0.1] * trials}
    for snapshot in train(
        ensemble,
        spec.task.train_set,
        spaced(epochs, MEASURED),
        validation=spec.task.validation_set,
        **training,
    ):
        measure(snapshot, list(estimators), spec.task.measured)


def processor_seconds() -> float:
    """Of this process and its workers, as far as the system tells (Linux does)."""
    spent = time.process_time()
    for worker in multiprocessing.active_children():
        stat = Path(f"/proc/{worker.pid}/stat")
        if not stat.exists():
            return math.nan
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        spent += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return spent


def compare(study: StudyRun, folder: str, options: argparse.Namespace) -> bool:
    """Time the ways in turn, print them, and tell whether a target was missed."""
    seconds: dict[str, list[float]] = {}
    processors: dict[str, list[float]] = {}
    books: list[float] = []
    trials, epochs, seed = options.trials, options.epochs, 0
    with LocalExecutor(1) as here, LocalExecutor(PROCESSES) as there:

        def ours(name: str, number: int, length: int) -> None:
            nonlocal seed
            seed += 1
            batch = 1 if name == "one by one" else trials
            workers, executor = (1, here) if name == "here" else (PROCESSES, there)
            plan = SearchPlan(number, "random", batch=batch, workers=workers, seed=seed)
            searched(Runner(study, executor), plan, folder, length)

        def timed(name: str, run: Callable[[], None], number: int) -> None:
            start, before = time.perf_counter(), processor_seconds()
            run()
            spent = (time.perf_counter() - start) * trials / number
            seconds.setdefault(name, []).append(spent)
            processors.setdefault(name, []).append((processor_seconds() - before) / number)

        def processor(run: Callable[[], None]) -> float:
            start = time.process_time()
            run()
            return time.process_time() - start

        # Processes start, libraries are imported and kernels compiled before anything is timed.
        for name in ("one by one", BATCHED, "here"):
            ours(name, 2 * PROCESSES, 2)
        for way in WAYS:
            loops(there, way, folder, PROCESSES, 1)
        alone(trials, 2)
        number, both = PROCESSES * math.ceil(options.loops / PROCESSES), PROCESSES * trials
        for _ in range(options.rounds):
            timed("one by one", lambda: ours("one by one", trials, epochs), trials)
            timed(BATCHED, lambda: ours(BATCHED, both, epochs), both)
            kept = processor(lambda: ours("here", trials, epochs))
            books.append((kept - processor(lambda: alone(trials, epochs))) / trials)
            for way in WAYS:
                timed(way, lambda way=way: loops(there, way, folder, number, epochs), number)
    each = {name: min(spent) for name, spent in processors.items()}
    return _missed(trials, {name: min(of) for name, of in seconds.items()}, each, min(books))


def _missed(
    trials: int, least: dict[str, float], each: dict[str, float], bookkeeping: float
) -> bool:
    load, *_ = os.getloadavg()
    print(f"{trials} trials; load average {load:.1f} on {os.cpu_count()} cores")
    missed = bookkeeping > BOOKKEEPING_AT_MOST
    for name, spent in least.items():
        line = f"  {name:12} {60 * trials / spent:8.1f} trials a minute, {each[name]:.3f} "
        line += "processor seconds each"
        if name in AT_LEAST:
            ratio = spent / least[BATCHED]
            line += f"; {BATCHED} make {ratio:.2f} times as many, at least {AT_LEAST[name]:g}"
            line += f", by processor seconds {each[name] / each[BATCHED]:.2f}"
            missed |= ratio < AT_LEAST[name]
        print(line)
    print(f"  bookkeeping {bookkeeping:.3f} processor seconds a trial, at most "
          f"{BOOKKEEPING_AT_MOST}")  # fmt: skip
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--loops", type=int, default=4, help="trials of each PyTorch objective")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        os.chdir(folder)
        with open_study("tuning_benchmark", {"trials": options.trials}) as study:
            missed = compare(study, folder, options)
    if missed:
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main()
