"""The child run of a trial: its name, what it is found by, and what it says at its end."""

from collections.abc import Sequence
from contextlib import suppress

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.studies.reporting.scalars import child_scalars
from ib_mlflow.studies.searching.batches import Outcome
from ib_mlflow.tracking import ChildSpec, StudyRun
from ib_mlflow.tuning import Candidate, Failure

STATES = {"complete": "COMPLETE", "stopped": "PRUNED", "failed": "FAIL"}
"""What Optuna calls the end of a trial."""


def trial_name(number: int) -> str:
    """The name of a trial's child run.

    Example:
        >>> trial_name(3)
        'trial 3'
    """
    return f"trial {number}"


def refused(
    study: StudyRun, candidate: Candidate, error: ConfigurationError | InvalidInputError
) -> Failure:
    """Leave a run of a point that nothing can be computed of, which says why.

    Arguments:
        study: the run of the search.
        candidate: the point.
        error: why.

    Returns:
        What becomes of it.
    """
    name = trial_name(candidate.number)
    identity = {"refused": str(error), "point": dict(candidate.parameters)}
    with suppress(type(error)), study.job(ChildSpec(name, candidate.parameters, identity)) as job:
        job.log_tags(_tags(candidate.number, "failed", str(error)))
        raise error
    return Failure(str(error), final=True, run_id=job.run_id)


def end_heat(number: int, sought: Sequence[str], outcome: Outcome) -> None:
    """Say what networks of a trial came to on their run, for MLflow's comparison pages.

    Arguments:
        number: the trial's.
        sought: the scalars that the search seeks.
        outcome: of the networks.
    """
    if outcome.trained is None:
        return
    failed = outcome.state == "failed"
    outcome.trained.recording.summarise(
        outcome.spec.name,
        {} if failed else child_scalars(outcome.scalars, outcome.plane.layers, sought),
        _tags(number, outcome.state, outcome.error),
    )


def _tags(number: int, state: str, reason: str) -> dict[str, str]:
    """What the run of a trial is found by, and why it failed where it did."""
    why = {"trial_reason": reason} if reason else {}
    return {"trial": str(number), "trial_state": STATES[state], **why}
