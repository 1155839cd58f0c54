import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging.shares import in_some, sometimes
from ib_mlflow.studies.judging.votes import Votes


@pytest.mark.parametrize(("held", "against", "lost"), [(3, 2, 0), (0, 4, 1), (5, 0, 2), (0, 0, 3)])
def test_counts_are_those_of_the_members_in_any_order(held, against, lost):
    holds = np.random.default_rng(0).permutation([1.0] * held + [0.0] * against + [np.nan] * lost)
    votes = Votes.of(holds)
    assert votes == (held, held + against, held + against + lost)
    assert (votes.against, votes.possible) == (against, held + lost)
    assert votes.words("networks") == f"in {held} of {held + against} networks"


def test_networks_that_diverged_count_against_some_and_against_none():
    """Of twenty, with none it is certainly rare; four that may have had it leave that open."""
    assert in_some([False] * 20).verdict == "disagrees"
    assert in_some([False] * 16 + [np.nan] * 4).verdict == "undecided"
    assert in_some([True] * 5 + [False] * 15).verdict == "agrees"
    assert in_some([True] * 5 + [False] * 15 + [np.nan] * 40).verdict == "undecided"


def test_accidents_that_never_happen_are_refused():
    with pytest.raises(InvalidInputError, match="a share of accidents is above 0"):
        sometimes([True] + [False] * 9, chance=0.0)
