import numpy as np
import pytest

from ib_mlflow.errors import ConfigurationError
from projects.noise.mnist_noise.configuration import DECISIVE, LEARNT, SETTING, Configuration


def parsed(scale="paper", **changed):
    words = [word for name, value in changed.items() for word in (f"--{name}", str(value))]
    return Configuration.parse(["--scale", scale, *words])


@pytest.mark.parametrize(
    ("change", "expected"), [({}, True), ({"epochs": "64"}, False), ({"held_out": "1000"}, False)]
)
def test_table_1_needs_all_of_the_papers_setting(change, expected):
    assert parsed(members=2, **change).as_in_the_paper is expected


def test_what_is_decisive_is_of_the_setting_and_named_where_it_differs():
    assert set(DECISIVE) == set(SETTING)
    assert {"batch_size", "dropout", "augmented"} <= set(LEARNT)
    assert parsed().learnt_otherwise == ()
    changed = parsed(batch_size=64, dropout=0.5, augmented=False)
    assert changed.learnt_otherwise == ("batch_size=64", "dropout=0.5", "augmented=false")


@pytest.mark.parametrize("scale", ["toy", "quick", "paper"])
def test_slopes_have_epochs_at_equal_distances_up_to_the_last(scale):
    configuration = parsed(scale)
    even = configuration.even_epochs
    assert len(set(np.diff(even))) == 1
    assert even[-1] == configuration.epochs
    assert even[0] > 0
    assert len(even) >= min(configuration.measured, configuration.epochs)


def test_the_papers_epochs_are_four_from_each_other():
    assert set(np.diff(parsed().even_epochs)) == {4}
    assert {32, 128} <= set(parsed().even_epochs)


def test_the_learning_rate_does_not_rise():
    with pytest.raises(ConfigurationError, match="must not exceed learning_rate"):
        parsed(learning_rate=0.01, final_learning_rate=0.02)


def test_the_learning_rate_stands_beside_the_papers():
    remark = parsed("toy").on_learning_rate
    assert remark.startswith("The paper's learning rate falls geometrically from 0.005 to 0.0005;")
    assert remark.endswith("here it falls from 0.05 to 0.005.")


@pytest.mark.parametrize("name", ["betas", "bin_sizes"])
def test_values_are_named_once(name):
    with pytest.raises(ConfigurationError, match="name each value once"):
        parsed("toy", **{name: "0.1,0.1"})
