import pytest

from ib_mlflow.figures.ways import measured
from ib_mlflow.information import Binned


@pytest.mark.parametrize(
    ("estimator", "setting", "words"),
    [
        ("mixture", "beta=0.005", "mixture, β 0.005"),
        ("binned", "bin_size=0.07", "binned, bin size 0.07"),
        ("binned", "bin_count=2,low=-1.0,high=1.0,clip=True",
         "binned, 2 bins a unit from −1 to 1, values beyond in the outer bins"),
        ("binned", "bin_count=30,low=0.0,high=0.5", "binned, 30 bins a unit from 0 to 0.5"),
        ("binned", "bin_count=1,low=-1.0,high=1.0", "binned, 1 bin a unit from −1 to 1"),
        ("binned", "bin_size=0.3,low=-1.0,high=1.0", "binned, bin size 0.3 from −1 to 1"),
        ("binned", "bin_size=0.3,bin_origin=bounds",
         "binned, bin size 0.3, borders at the bounds of the activation"),
        ("binned", "bin_size=0.07,conditionals=0a1b2c",
         "binned, bin size 0.07, of the known p(y | x)"),
        ("pairs", "variance=0.1, side=lower", "pairs, variance 0.1, side lower"),
        ("exact", "", "exact"),
    ],
)  # fmt: skip
def test_estimators_are_named_with_their_settings(estimator, setting, words):
    assert measured(estimator, setting) == words


@pytest.mark.parametrize(
    "bins",
    [
        {"bin_size": 0.07},
        {"bin_size": 0.3, "value_range": (-1, 1), "clip": True},
        {"bin_count": 2, "value_range": (-1, 1), "clip": True},
    ],
)
def test_no_heading_shows_a_setting_as_code(bins):
    words = measured("binned", Binned(**bins).setting)
    assert not set("=_") & set(words)
    assert "True" not in words
    assert "low" not in words
