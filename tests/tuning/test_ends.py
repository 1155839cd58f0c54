"""An attempt ends as Optuna's own `tell` would end it."""

import math

import optuna
import pytest
from optuna.trial import TrialState

from ib_mlflow.tuning.ends import end_attempt

ENDS = {
    "complete": (TrialState.COMPLETE, [0.25, 3.0], {}),
    "failed": (TrialState.FAIL, None, {0: 0.5}),
    "pruned": (TrialState.PRUNED, None, {0: 0.5, 10: 0.75, 3: 0.1}),
    "pruned before a report": (TrialState.PRUNED, None, {}),
    "pruned at no number": (TrialState.PRUNED, None, {1: 0.5, 2: math.nan}),
}


@pytest.mark.parametrize("end", ENDS)
def test_it_is_what_tell_writes(end, tmp_path):
    state, values, reported = ENDS[end]
    directions = ["minimize"] * (2 if values else 1)
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path}/optuna.db")
    study = optuna.create_study(storage=storage, study_name="study", directions=directions)
    study_id = storage.get_study_id_from_name("study")
    for number in (0, 1):
        trial = study.ask()
        trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, number)
        for step, value in reported.items():
            storage.set_trial_intermediate_value(trial_id, step, value)
        if number:
            end_attempt(storage, trial_id, state, values)
        else:
            study.tell(trial, values, state)
    told, ended = study.get_trials()
    assert (ended.state, ended.values) == (told.state, told.values)
    assert ended.datetime_complete >= told.datetime_complete


def test_who_comes_second_changes_nothing():
    storage = optuna.storages.InMemoryStorage()
    trial_id = storage.create_new_trial(storage.create_new_study([optuna.study.StudyDirection(1)]))
    end_attempt(storage, trial_id, TrialState.COMPLETE, [0.5])
    end_attempt(storage, trial_id, TrialState.FAIL, None)
    assert (storage.get_trial(trial_id).state, storage.get_trial(trial_id).value) == (
        TrialState.COMPLETE,
        0.5,
    )
