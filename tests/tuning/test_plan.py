import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning import SearchPlan


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sampler": "tbe"}, "received tbe. Did you mean tpe?"),
        ({"pruner": "medan"}, "received medan. Did you mean median?"),
        ({"trials": 0}, "trials must be a whole number of at least 1; received 0"),
        ({"batch": 0}, "batch must be"),
        ({"workers": 0}, "workers must be"),
        ({"seed": -1}, "seed must be"),
        ({"trials": 1.5}, "received 1.5"),
        ({"trials": True}, "received True"),
    ],
)
def test_names_and_numbers_are_checked(options, message):
    with pytest.raises(ConfigurationError) as caught:
        SearchPlan(**{"trials": 3, **options})
    assert message in str(caught.value)


def test_a_plan_knows_whether_points_are_drawn_blindly():
    assert not SearchPlan(trials=3).parallel
    assert SearchPlan(trials=3, batch=2).parallel
    assert SearchPlan(trials=3, workers=2).parallel
