"""Ensembles that are trained one after the other: what is trained next follows from the last."""

from collections.abc import Callable, Sequence

from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, run_ensemble


def train_in_turn(
    runner: Runner,
    trained: Sequence[Trained],
    following: Callable[[Sequence[Trained]], Sequence[EnsembleSpec]],
) -> list[Trained]:
    """Train what follows from what was trained, until nothing does.

    What was recorded is read back with the same bits, so that a study that goes on after an
    interruption finds the same ensembles to follow: those that are finished are read, the one
    that was begun goes on from its checkpoint.

    Arguments:
        runner: the study's run, and the processes that its child runs are spread over.
        trained: what the succession begins with.
        following: of all that was trained so far, the ensembles to train next, side by side; a
            function of their numbers alone. None ends the succession.

    Returns:
        All ensembles, in the order in which they were trained.
    """
    every = list(trained)
    while specs := following(every):
        every += runner.spread(run_ensemble, specs)
    return every
