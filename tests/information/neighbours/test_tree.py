import numpy as np
import pytest

from ib_mlflow.information.neighbours.lanes import LANES
from ib_mlflow.information.neighbours.tree import grow


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("n", [1, 8, 9, 63, 65, 520, 4097])
def test_every_point_is_in_one_leaf_and_every_box_around_its_points(n, d):
    points = np.random.default_rng(n).normal(size=(n, d))
    tree = grow(points)
    np.testing.assert_array_equal(np.sort(tree.order), np.arange(n))
    leaves = tree.leaves.transpose(0, 2, 1).reshape(-1, d)[:n]
    np.testing.assert_array_equal(leaves, points[tree.order])
    assert tree.levels[-1] == len(tree.boxes)
    for level, (start, end) in enumerate(zip(tree.levels[:-1], tree.levels[1:], strict=True)):
        run = LANES ** (level + 1)  # points of a child
        for child in range(-(-n // run)):
            inside = leaves[child * run : (child + 1) * run]
            box = tree.boxes[start + child // LANES, :, child % LANES]
            np.testing.assert_array_equal(box, np.r_[inside.min(axis=0), inside.max(axis=0)])
        assert end - start == -(-n // (run * LANES))


def test_leaves_of_a_tree_are_smaller_than_those_of_an_order_by_chance():
    points = np.random.default_rng(0).normal(size=(4096, 2))
    widths = np.ptp(grow(points).leaves, axis=2).mean()
    assert widths < 0.1 * np.ptp(points.reshape(-1, LANES, 2), axis=1).mean()
