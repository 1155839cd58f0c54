import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Binned
from ib_mlflow.studies.running.groups import Condition, Group, binned_groups, spaced


@pytest.mark.parametrize(
    ("seeds", "estimators"), [((), {"plane": Binned(0.1)}), ((0,), {}), ((0,), {"p": Binned(0.1)})]
)
def test_a_group_has_seeds_and_is_drawn_by_one_of_its_estimators(seeds, estimators):
    with pytest.raises(InvalidInputError, match=r"of the role 'plane'; received 'tanh' with"):
        Group("tanh", seeds, estimators)


def test_estimators_are_found_by_their_roles():
    fine, coarse = Binned(0.1), Binned(1.0)
    for estimators in ({"plane": fine, "other": coarse}, {"other": coarse, "plane": fine}):
        group = Group("tanh", (0,), estimators)
        assert group.estimator("plane") is fine
        assert group.estimator("other") is coarse
    with pytest.raises(InvalidInputError, match=r"received third\. 'tanh' has other, plane"):
        group.estimator("third")


def test_each_bin_size_has_a_child_of_the_same_members():
    groups = binned_groups("tanh", [0.3, 0.07], (4, 5), {"network": "deep"})
    assert {group.name: group.parameters for group in groups} == {
        "tanh, bin_size=0.07": {"bin_size": 0.07, "network": "deep"},
        "tanh, bin_size=0.3": {"bin_size": 0.3, "network": "deep"},
    }
    for group in groups:
        assert group.seeds == (4, 5)
        assert group.condition == Condition()
        assert group.estimator("plane").bin_size == group.parameters["bin_size"]


def test_a_single_bin_size_needs_no_name():
    (group,) = binned_groups("tanh", [0.07], (0,))
    assert group.name == "tanh"


def test_spaced_epochs_are_even_on_a_logarithmic_scale_and_each_is_there_once():
    assert spaced(1000, 4).epochs == (0, 1, 10, 100, 1000)
    assert spaced(3, 10).epochs == (0, 1, 2, 3)
    assert spaced(1000, 1).epochs == (0, 1000)
