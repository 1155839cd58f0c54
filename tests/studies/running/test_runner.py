"""Each result under the name of its item."""

import pytest

from ib_mlflow.execution import LocalExecutor
from ib_mlflow.studies.running.runner import Runner


def square(study, item):
    return study, item**2


@pytest.mark.parametrize("names", ["abc", "cab", "bca"])
def test_results_have_the_names_of_their_items(names):
    items = {"a": 2, "b": 3, "c": 5}
    with LocalExecutor(1) as executor:
        results = Runner("study", executor).spread_by_name(
            square, {name: items[name] for name in names}
        )
    assert results == {"a": ("study", 4), "b": ("study", 9), "c": ("study", 25)}
    assert list(results) == list(names)
