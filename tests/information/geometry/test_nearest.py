import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.geometry.nearest import alternative_distances, nearest_rows


@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.lists(st.integers(1, 39), max_size=4, unique=True),
    k=st.integers(1, 12),
)
def test_blocks_find_what_the_whole_does(seed, cuts, k):
    generator = np.random.default_rng(seed)
    rows, queries = generator.normal(size=(40, 3)), generator.normal(size=(5, 3))
    neighbours = nearest_rows(queries, np.split(rows, sorted(cuts)), k=k)
    distances, numbers = NearestNeighbors(metric="manhattan").fit(rows).kneighbors(queries, k)
    np.testing.assert_array_equal(neighbours.rows, numbers)
    np.testing.assert_allclose(neighbours.distances, distances / 3, rtol=1e-12)


def test_of_equally_near_rows_the_first_is_named():
    rows = np.array([[2.0], [1.0], [-1.0], [1.0]])
    for blocks in ([rows], [rows[:2], rows[2:]], list(rows[:, None])):
        assert nearest_rows([[0.0]], blocks, k=3).rows.tolist() == [[1, 2, 3]]


def test_the_nearest_alternative_counts():
    generator = np.random.default_rng(0)
    own, others = generator.normal(size=(30, 4)), generator.normal(size=(30, 7, 4))
    nearest = [min(np.abs(o - h).mean() for o in many) for h, many in zip(own, others, strict=True)]
    np.testing.assert_allclose(alternative_distances(own, others), nearest)
    assert (alternative_distances(own, own[:, None]) == 0).all()
    rows = nearest_rows(own, [others[0]], k=1).distances[:, 0]
    repeated = np.broadcast_to(others[0], (30, 7, 4))
    np.testing.assert_allclose(alternative_distances(own, repeated), rows)


@pytest.mark.parametrize(
    ("queries", "blocks", "k"),
    [
        ([[0.0]], [], 1),
        ([[0.0]], [[[0.0]]], 2),
        ([[0.0]], [[[0.0]]], 0),
        ([[0.0]], [[[0.0, 1.0]]], 1),
        ([[np.nan]], [[[0.0]]], 1),
        ([0.0], [[[0.0]]], 1),
        ([[0.0]], [[[np.inf]]], 1),
    ],
)
def test_rows_that_do_not_fit_are_refused(queries, blocks, k):
    with pytest.raises(InvalidInputError):
        nearest_rows(queries, blocks, k=k)


@pytest.mark.parametrize(
    ("own", "others"),
    [
        (np.zeros((3, 2)), np.zeros((3, 2))),
        (np.zeros((3, 2)), np.zeros((4, 1, 2))),
        (np.zeros((3, 2)), np.zeros((3, 0, 2))),
        (np.zeros((3, 2)), np.full((3, 1, 2), np.nan)),
    ],
)
def test_alternatives_that_do_not_fit_are_refused(own, others):
    with pytest.raises(InvalidInputError):
        alternative_distances(own, others)
