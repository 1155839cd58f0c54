import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning import Space
from ib_mlflow.tuning.edges import at_edges

SPACE = Space.parse("rate=0.1..0.9;count=2..8;kind=a|b|c")


def refusing(refuses):
    """Computes a point as itself, unless it is refused."""

    def compute(point):
        if refuses(point):
            raise ConfigurationError("a point", received=dict(point), fix="Take another.")
        return dict(point)

    return compute


def test_every_choice_and_both_ends_are_computed_beside_the_middle():
    points = at_edges(SPACE, refusing(lambda _: False))
    assert [point["rate"] for point in points[:2]] == ["0.1", "0.9"]
    assert [point["count"] for point in points[2:4]] == ["2", "8"]
    assert [point["kind"] for point in points[4:]] == ["a", "b", "c"]
    assert points[0] == {"rate": "0.1", "count": "5", "kind": "b"}
    assert points[-1] == {"rate": "0.5", "count": "5", "kind": "c"}


@pytest.mark.parametrize(
    ("name", "value"), [("rate", "0.1"), ("rate", "0.9"), ("count", "8"), ("kind", "c")]
)
def test_a_value_that_is_refused_everywhere_is_refused(name, value):
    with pytest.raises(ConfigurationError, match=f"'{name}': '{value}'"):
        at_edges(SPACE, refusing(lambda point: point[name] == value))


def test_values_that_go_with_some_of_the_others_alone_are_not():
    def together(point):
        return point["kind"] == "b" and float(point["rate"]) == 0.5

    points = at_edges(SPACE, refusing(together))
    assert {point["kind"] for point in points} == {"a", "b", "c"}
    assert not any(map(together, points))
