import pytest

from ib_mlflow.figures.layout import is_grid, layout

GRID = [f"{name}, bin_size={size}" for name in ("szt tanh", "szt relu") for size in range(7)]


@pytest.mark.parametrize("most", [4, 12])
def test_every_condition_begins_a_row(most):
    cells, columns = layout(GRID, most=most)
    assert columns == (4 if most == 4 else 7)
    assert len(set(cells)) == len(GRID)
    first, second = cells[:7], cells[7:]
    assert max(row for row, _ in first) < min(row for row, _ in second)
    assert [column for _, column in first] == [column for _, column in second]


@pytest.mark.parametrize(
    "titles", [GRID[:-1], ["a", "b"], ["a, 1", "a, 2"], ["a, 1", "b, 1"], ["a, 1", "b, 2"]]
)
def test_what_is_no_grid_stands_in_even_rows(titles):
    assert not is_grid(titles)
    cells, columns = layout(titles)
    assert cells == [divmod(index, columns) for index in range(len(titles))]
