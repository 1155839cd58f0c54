import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.searching.heats import check_seeds
from ib_mlflow.tuning.pruners import FEWEST_SEEDS, worse_by_seeds


def seeds(count, first=0):
    return tuple(range(first, first + count))


def test_the_fewest_seeds_are_those_with_which_the_pruner_stops_anything():
    """Networks that are all worse, by whatever much, are stopped from so many on."""

    def stops(count):
        return worse_by_seeds([9.0 + seed for seed in range(count)], [0.0] * count, "min")

    assert [stops(count) for count in range(2, 7)] == [n >= FEWEST_SEEDS for n in range(2, 7)]


@pytest.mark.parametrize(
    ("count", "race", "fix"),
    [
        (2, 0, "Give members=4 or more, or take another pruner"),
        (3, 0, "Give members=4"),
        (2, 4, "Give members=5 or more, or leave race out"),
        (4, 4, "Give members=5"),
        (6, 3, "Give members=7"),
        (4, 1, "Give members=5"),
        (8, 8, "Give members=9"),
    ],
)
def test_networks_that_no_point_could_be_stopped_by_are_refused(count, race, fix):
    with pytest.raises(ConfigurationError, match=fix):
        check_seeds([seeds(count)] * 2, race)
    check_seeds([seeds(int(fix.partition("=")[2].split()[0]))] * 2, race)


def test_points_are_held_against_each_other_over_the_same_seeds():
    with pytest.raises(ConfigurationError, match="seeds 0 to 5 of one and 0 to 4 of another"):
        check_seeds([seeds(5), seeds(6)], race=0)
    with pytest.raises(ConfigurationError, match="of another"):
        check_seeds([seeds(5), seeds(5, first=3)], race=0)
    # Heats are of the same seeds wherever both points have them.
    check_seeds([seeds(5), seeds(8)], race=4)
    with pytest.raises(ConfigurationError, match="of another"):
        check_seeds([seeds(5, first=1), seeds(8)], race=4)
