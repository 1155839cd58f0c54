import math

import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tuning.racing import pooled, worth_another
from ib_mlflow.tuning.scores import score


def test_a_pooled_error_is_the_spread_of_all_networks():
    trials = [score(0, {}, [0.0, 2.0]), score(1, {}, [5.0, 5.0, 8.0]), score(2, {}, [1.0])]
    spread = math.sqrt((2.0 + 6.0) / 3)
    errors = [trial.error for trial in pooled(trials)]
    assert errors == pytest.approx([spread / math.sqrt(n) for n in (2, 3, 1)])
    assert {trial.degrees for trial in pooled(trials)} == {3}


def test_a_spread_needs_a_trial_of_two_networks():
    with pytest.raises(InvalidInputError, match="two networks"):
        pooled([score(0, {}, [1.0])])


def test_another_network_goes_to_what_may_be_best():
    trials = pooled([score(0, {}, [1.0, 1.2, 0.9, 1.1]), score(1, {}, [1.1, 1.2])])
    assert worth_another(trials, "min", width=0.0).number == 0
    assert worth_another(trials, "min", width=5.0).number == 1
