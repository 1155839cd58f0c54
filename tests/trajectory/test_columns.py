import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import Guides
from ib_mlflow.trajectory.columns import common_guides


@pytest.mark.parametrize(
    "values", [(-1.0, 0.0, 0.0), (np.inf, 1.0, 1.0), (np.nan, 1.0, 1.0), (8.0, 0.7, 0.71)]
)
def test_guides_that_cannot_be_are_refused(values):
    with pytest.raises(InvalidInputError):
        Guides(*values)


def test_guides_in_another_unit():
    assert Guides(1, 0, 1e-17).i_xy == 1e-17, "rounding of an entropy that is zero"
    assert Guides(8.0, 0.5, 0.25).scaled(2.0) == Guides(16.0, 1.0, 0.5)


def test_guides_of_one_set_are_common():
    one, other = Guides(8.0, 0.7, 0.69), Guides(8.0, 0.7, 0.6)
    assert common_guides([one, Guides(8.0, 0.7, 0.69)]) == one
    for several in ([one, other], []):
        with pytest.raises(InvalidInputError, match="share their guides"):
            common_guides(several)
