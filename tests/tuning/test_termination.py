import pytest
from optuna.trial import TrialState
from searched import opened

from ib_mlflow.tuning import Result, SearchPlan, enough, search


@pytest.mark.parametrize(("error", "ends"), [(0.0, False), (1.0, True)])
def test_a_search_ends_where_its_noise_hides_what_is_left(storage_uri, error, ends):
    study = opened(storage_uri, "x=0..1.0")

    def evaluate(batch):
        return [Result(((float(c.parameters["x"]) - 0.5) ** 2,), (error,)) for c in batch]

    outcome = search(
        study,
        SearchPlan(trials=28, batch=4, sampler="random"),
        evaluate,
        enough=lambda ended: enough(study, ended),
    )
    assert (len(outcome.trials) < 28) == ends
    assert len(outcome.trials) >= 20
    assert {trial.state for trial in outcome.trials.values()} == {TrialState.COMPLETE}


def test_nothing_is_enough_without_errors_or_with_several_objectives(storage_uri):
    study = opened(storage_uri, objectives="a:min,b:max")
    outcome = search(
        study,
        SearchPlan(trials=22, sampler="random", batch=11),
        lambda b: [Result((1.0, 2.0))] * len(b),
    )
    assert not enough(study, outcome.trials)
