import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.information import mutual_information
from ib_mlflow.information.edges.cells import (
    SHIFTS,
    Variable,
    graph_information,
    joint_counts,
    squashed,
)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 40), labels=st.integers(1, 6))
def test_pseudo_values_are_those_of_leaving_each_sample_out(seed, n, labels):
    generator = np.random.default_rng(seed)
    x, y = generator.integers(labels, size=(2, n))
    value, pseudo = graph_information(Variable(symbols=x), Variable(symbols=y), 1.0)
    whole = mutual_information(x, y).value
    without = [mutual_information(np.delete(x, row), np.delete(y, row)).value for row in range(n)]
    assert value == pytest.approx(whole, abs=1e-12)
    np.testing.assert_allclose(pseudo, n * whole - (n - 1) * np.array(without), atol=1e-10)


@pytest.mark.parametrize("width", [0.03, 0.2, 0.7])
def test_the_graph_shows_the_information_of_its_cells(width):
    generator = np.random.default_rng(1)
    x, y = generator.random((2, 300, 2))
    expected = []
    for place in range(SHIFTS):
        shift = (place + 0.5) / SHIFTS
        cells = [np.floor(rows / width + shift).astype(int) for rows in (x, y)]
        expected.append(mutual_information(*cells).value)
    value, _ = graph_information(Variable(x), Variable(y), width)
    assert value == pytest.approx(np.mean(expected), abs=1e-12)
    joint = np.floor(np.hstack([x, y]) / width + 0.5)
    assert joint_counts(Variable(x), Variable(y), width).size == len(np.unique(joint, axis=0))


def test_symbols_are_cells_at_every_width():
    generator = np.random.default_rng(2)
    x, y = Variable(generator.random((200, 1))), Variable(symbols=generator.integers(3, size=200))
    cells, count = y.cells(0.5, 0.1)
    np.testing.assert_array_equal(count, np.bincount(y.symbols)[y.symbols])
    np.testing.assert_array_equal(cells, y.cells(1e-6, 0.9)[0])
    assert graph_information(x, y, 1e-9)[0] == pytest.approx(
        -(np.bincount(y.symbols) / 200 * np.log(np.bincount(y.symbols) / 200)).sum()
    )


def test_a_subset_has_the_chosen_rows():
    rows = np.array([2, 0])
    assert Variable(np.array([[0.1], [0.2], [0.3]])).subset(rows).coordinates.tolist() == [
        [0.3],
        [0.1],
    ]
    assert Variable(symbols=np.array([4, 5, 6])).subset(rows).symbols.tolist() == [6, 4]


def test_squashed_gaussians_are_uniform_and_constants_stay():
    rows = np.random.default_rng(0).normal(5, 3, size=(4000, 2))
    rows[:, 1] = 7.0
    coordinates = squashed(rows)
    assert ((coordinates >= 0) & (coordinates <= 1)).all()
    # The largest deviation of an empirical distribution: 1.95 / sqrt(n) but once in a thousand.
    deviation = np.abs(np.sort(coordinates[:, 0]) - (np.arange(4000) + 0.5) / 4000).max()
    assert deviation < 1.95 / np.sqrt(4000)
    assert (coordinates[:, 1] == 0.5).all()
