import math

import pytest

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.tuning import Objectives
from ib_mlflow.tuning.plan import SearchPlan
from ib_mlflow.tuning.pruners import PRUNERS, check_pruner, make_pruner, worse_by_seeds


def test_every_name_makes_a_pruner():
    kinds = {name: type(make_pruner(name)).__name__ for name in PRUNERS}
    assert kinds == {
        "none": "NopPruner",
        "median": "MedianPruner",
        "hyperband": "HyperbandPruner",
        "wilcoxon": "WilcoxonPruner",
    }
    assert [SearchPlan(trials=1, pruner=name).pruner for name in PRUNERS] == list(PRUNERS)


@pytest.mark.parametrize("name", [name for name in PRUNERS if name != "none"])
def test_none_prunes_by_several_objectives(name):
    check_pruner(name, Objectives.parse("a:min"))
    with pytest.raises(ConfigurationError, match=f"pruner={name}"):
        check_pruner(name, Objectives.parse("a:min,b:min"))


@pytest.mark.parametrize("direction", ["min", "max"])
def test_what_is_worse_at_every_seed_is_worse(direction):
    best = [1.0, 1.1, 0.9, 1.2, 1.0]
    sign = 1 if direction == "min" else -1
    assert worse_by_seeds([value + sign * 0.5 for value in best], best, direction)
    assert not worse_by_seeds([value - sign * 0.5 for value in best], best, direction)
    assert not worse_by_seeds(best[::-1], best, direction)
    # Three seeds cannot tell.
    assert not worse_by_seeds([5.0] * 3, best[:3], direction)
    assert not worse_by_seeds([math.nan, *[9.0] * 4], best, direction)


def test_seeds_are_compared_in_pairs():
    with pytest.raises(InvalidInputError, match="same seeds"):
        worse_by_seeds([1.0], [1.0, 2.0], "min")
