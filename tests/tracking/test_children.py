import pytest
from synthetic import GUIDES, SETTINGS, measure, train

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking import ChildSpec
from ib_mlflow.trajectory import Trajectory

FRAME = Trajectory(measure(next(train(0))), GUIDES).frame


def spec(**selects: object) -> ChildSpec:
    return ChildSpec("a", {}, {"a": 1}, selects=selects)  # type: ignore[arg-type]


def test_without_a_selection_all_rows_are_its_own() -> None:
    assert spec().rows(FRAME).equals(FRAME)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_selects_its_rows(name: str) -> None:
    setting = f"bin_size={SETTINGS[name]}"
    rows = spec(setting=[setting]).rows(FRAME)
    assert set(rows["setting"]) == {setting}
    assert len(rows) == len(FRAME) / len(SETTINGS)


def test_members_and_layers_select_too_and_all_must_hold() -> None:
    rows = spec(member=range(2), layer={2}, setting=["bin_size=0.07"]).rows(FRAME)
    assert sorted(rows["member"]) == [0, 1]
    assert set(rows["layer"]) == {2}


@pytest.mark.parametrize(
    "selects", [{"epoch": [1]}, {"setting": "bin_size=0.07"}, {"member": []}, {"colour": ["red"]}]
)
def test_a_selection_that_means_nothing_is_refused(selects: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match="selects maps"):
        spec(**selects)


def test_equal_identities_are_the_same_child_whatever_it_is_called() -> None:
    first = ChildSpec("one", {"seed": 1}, {"seed": 1, "bin_size": 0.07})
    same = ChildSpec("two", {}, {"bin_size": 0.07, "seed": 1}, selects={"layer": [1]})
    other = ChildSpec("one", {"seed": 1}, {"seed": 2, "bin_size": 0.07})
    assert first.digest == same.digest != other.digest


def test_parameters_need_names_that_mlflow_takes() -> None:
    with pytest.raises(InvalidInputError, match="a name has letters"):
        ChildSpec("one", {"a=b": 1}, {})


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a" * 251])
def test_a_name_that_not_every_database_stores_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="1 to 250 printable letters"):
        ChildSpec(name, {}, {"a": 1})
