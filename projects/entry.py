"""How a study's module becomes an entry point."""

import os
import sys
from collections.abc import Callable
from typing import TypeVar

import torch

from ib_mlflow.errors import ConfigurationError, IBError
from ib_mlflow.tracking import StudyRun, open_study
from projects.configuration import StudyConfiguration

Configuration = TypeVar("Configuration", bound=StudyConfiguration)


def enter(
    name: str,
    configuration: type[Configuration],
    run: Callable[[StudyRun, Configuration], None],
) -> None:
    """Run a study from its command line; a mistake of the user's ends it with one line.

    Arguments:
        name: the study, as its entry point is called.
        configuration: the model of its parameters.
        run: does the study's work inside its MLflow run.
    """
    # Small tensors: torch's own threads cost more than they gain, the compiled kernels have theirs.
    torch.set_num_threads(1)
    try:
        _check_alone()
        chosen = configuration.parse(sys.argv[1:])
        with open_study(name, chosen.model_dump(), fresh=chosen.fresh) as study:
            run(study, chosen)
            start = f"  {study.ui_command}\n" if study.ui_command else ""
            if study.ui_secret:
                start += f"  (the password is left out: {study.ui_secret} must hold it there)\n"
            print(f"\n{name} has finished. To look at it:\n{start}  {study.address}", flush=True)
    except IBError as error:
        sys.exit(f"{name}: {error}")


def _check_alone() -> None:
    processes = os.environ.get("WORLD_SIZE", "1")
    if processes != "1":
        raise ConfigurationError(
            "a study is one process, since each would write a run of its own",
            received=f"{processes} processes of torchrun",
            fix="Start it without torchrun. fit and train_decoder share their work in a script of "
            "your own: see docs/how-to/invert-a-layer.md.",
        )
