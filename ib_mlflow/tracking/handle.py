"""What another process must know to write children of a study that is open in this one."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StudyHandle:
    """A study's run, as it goes to another process.

    Arguments:
        run_id: of the study's run.
        experiment_id: of its experiment.
        tracking_uri: of the store.
        fresh: whether children that earlier studies finished or began are ignored; those that the
            study's own processes have finished are not.

    Example:
        >>> import pickle
        >>> handle = StudyHandle("0a1b", "0", "sqlite:///mlflow.db", fresh=False)
        >>> pickle.loads(pickle.dumps(handle)) == handle
        True
    """

    run_id: str
    experiment_id: str
    tracking_uri: str = field(repr=False)
    fresh: bool
