import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate
from ib_mlflow.information.significance.runs import checked_seed, paired_arrays, run


def test_an_estimate_passes_through():
    estimate = Estimate(0.5, 0.1, "point", n=3)
    assert run(lambda x, y: estimate, None, None) is estimate


@pytest.mark.parametrize("estimator", [lambda x, y: 0.5, lambda x, y: None, "ksg", None])
def test_what_returns_no_estimate_is_refused(estimator):
    with pytest.raises(InvalidInputError, match="estimator must be a function"):
        run(estimator, [0, 1], [0, 1])


def test_an_infinite_estimate_is_refused():
    with pytest.raises(InvalidInputError, match="must be finite"):
        run(lambda x, y: Estimate(float("inf"), 0.0, "point", n=2), [0, 1], [0, 1])


@pytest.mark.parametrize(
    ("x", "y"), [([1, 2], [1, 2, 3]), ([1], [1]), (1.0, 2.0), ([[1, 2], [3]], [1, 2])]
)
def test_variables_that_are_no_pairs_are_refused(x, y):
    with pytest.raises(InvalidInputError):
        paired_arrays(x, y)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, None])
def test_a_seed_is_whole_and_in_range(seed):
    with pytest.raises(InvalidInputError, match="seed must be a whole number"):
        checked_seed(seed)
