import math

import pytest
from optuna.study import StudyDirection

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning import Objectives

KNOWN = ["summary/val_accuracy", "summary/val_loss_nats", "i_x_nats.binned/5"]


def test_objectives_are_read():
    text = "summary/val_accuracy:max, summary/val_loss_nats:min"
    objectives = Objectives.parse(text)
    assert objectives.names == KNOWN[:2]
    assert objectives.directions == [StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE]
    assert objectives.several
    assert Objectives.parse(str(objectives)) == objectives
    objectives.known(KNOWN)
    assert objectives.values(dict.fromkeys(KNOWN, 1.0)) == (1.0, 1.0)


@pytest.mark.parametrize("text", ["", "a", "a:up", ":max", "a:max,,b:min", "a:max;b:min"])
def test_an_objective_is_a_name_and_a_direction(text):
    with pytest.raises(ConfigurationError, match="Write name:max or name:min"):
        Objectives.parse(text)


def test_an_objective_stands_once():
    with pytest.raises(ConfigurationError, match="a twice"):
        Objectives.parse("a:max,a:min")


def test_one_that_nothing_logs_is_refused_with_the_nearest_and_the_known_ones():
    with pytest.raises(ConfigurationError) as caught:
        Objectives.parse("summary/val_acuracy:max").known(KNOWN)
    assert "Did you mean summary/val_accuracy?" in str(caught.value)
    assert all(name in str(caught.value) for name in KNOWN)


def test_no_value_is_worse_than_any():
    objectives = Objectives.parse("a:max")
    assert objectives.better(1.0, math.nan)
    assert not objectives.better(math.nan, 1.0)
    assert objectives.better(2.0, 1.0)
    assert Objectives.parse("a:min").better(1.0, 2.0)
