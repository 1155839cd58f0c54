import numpy as np
import pytest

from ib_mlflow.information.inputs.pairs import add_squares, fours


@pytest.mark.parametrize("d", [1, 3, 4, 5, 12])
def test_rows_of_zeros_fill_up_to_fours_and_change_no_distance(d):
    points = np.random.default_rng(d).normal(size=(20, d))
    columns = fours(points)
    assert columns.shape == (4 * -(-d // 4), 20)
    np.testing.assert_array_equal(columns[:d], points.T)
    assert not columns[d:].any()


@pytest.mark.parametrize("d", [1, 4, 9])
def test_squares_are_added_four_axes_at_a_time(d):
    points = np.random.default_rng(d).normal(size=(50, d))
    columns, squares = fours(points), np.zeros(30)
    for axis in range(0, columns.shape[0], 4):
        add_squares(columns, axis, 7, 10, 40, squares)
    expected = np.square(points[10:40] - points[7]).sum(axis=1)
    np.testing.assert_allclose(squares, expected, rtol=1e-13)
    assert squares.min() > 0
