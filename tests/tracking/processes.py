"""Real processes that start in a fraction of a second: forked from one that has imported all."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from ib_mlflow.tracking.server_log import silence_remarks

with silence_remarks():
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["pytest", "synthetic", "processes"])
KEYS = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID")


def start(target: Callable[..., object], *args: object, **options: Any) -> BaseProcess:
    """Run a function in a process of its own, with this test's store."""
    with pytest.MonkeyPatch.context() as patch:
        # What the server imports beforehand it finds by this, and not by sys.path.
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        patch.setenv("OMP_NUM_THREADS", "1")
        environment = {key: os.environ[key] for key in KEYS if key in os.environ}
        process = CONTEXT.Process(
            target=_run, args=(target, environment, os.getcwd(), args, options)
        )
        process.start()
    return process


def _run(
    target: Callable[..., object],
    environment: dict[str, str],
    folder: str,
    args: tuple[object, ...],
    options: dict[str, Any],
) -> None:
    os.environ.update(environment)
    os.chdir(folder)
    target(*args, **options)


def dies_at_write(number: int, target: Callable[..., object], **options: Any) -> None:
    """Run a function whose process dies, as by kill -9, before its n-th write to the store."""
    from mlflow import MlflowClient

    left = number

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(137)
            return function(*args, **more)

        return call

    for name in ("log_batch", "set_tag", "create_run", "update_run", "set_terminated"):
        setattr(MlflowClient, name, counted(getattr(MlflowClient, name)))
    for name in ("create_logged_model", "log_model_artifacts", "finalize_logged_model"):
        setattr(MlflowClient, name, counted(getattr(MlflowClient, name)))
    Path.replace = counted(Path.replace)  # type: ignore[method-assign]
    target(**options)
