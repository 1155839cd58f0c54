import pytest

from ib_mlflow.tuning import Space
from ib_mlflow.tuning.numbered import grid_point, sobol_point


def test_a_grid_holds_every_point_once_in_an_order_of_the_seed():
    space = Space.parse("a=1..5;b=x|y|z")
    orders = [[tuple(grid_point(space, seed, n).values()) for n in range(15)] for seed in (0, 1)]
    assert len(set(orders[0])) == 15
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


@pytest.mark.parametrize("number", [0, 1, 63, 100_000])
def test_a_point_of_the_sequence_needs_none_before_it(number):
    space = Space.parse("a=0.001..1:log;b=1..5;c=x|y")
    assert sobol_point(space, 3, number) == sobol_point(space, 3, number)
    assert list(sobol_point(space, 3, number)) == space.names
