import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning import Space
from ib_mlflow.tuning.quiet import quiet

TEXT = "learning_rate=0.01..1:log;members=2..8;activation=tanh|relu;hidden=12,8,4|10,7,5,4,3"


def test_a_space_is_read_and_described():
    space = Space.parse(TEXT)
    assert space.names == ["learning_rate", "members", "activation", "hidden"]
    assert space.description == {
        "learning_rate": "0.01..1.0:log",
        "members": "2..8",
        "activation": "tanh|relu",
        "hidden": "12,8,4|10,7,5,4,3",
    }
    assert Space.parse(";".join(f"{n}={t}" for n, t in space.description.items())) == space
    assert space.size is None
    assert Space.parse("a=2..8;b=0..1:step=0.25;c=x|y").size == 7 * 5 * 2


def test_a_range_is_whole_where_both_ends_are_written_so():
    kinds = [type(d).__name__ for d in Space.parse("a=1..3;b=1..3.0").distributions.values()]
    assert kinds == ["IntDistribution", "FloatDistribution"]


@pytest.mark.parametrize(
    ("text", "received", "fix"),
    [
        ("", "''", "name="),
        ("beta", "'beta'", "name="),
        ("beta=", "'beta='", "name="),
        ("2=1..2", "'2=1..2'", "name="),
        ("beta=1..0.1", "1..0.1", "Write beta=0.1..1."),
        ("beta=1..0.1:log", "1..0.1:log", "Write beta=0.1..1:log."),
        ("beta=1..1", "1..1", "two different ends"),
        ("beta=0..1:log", "0..1:log", "Begin above 0"),
        ("beta=-1..1:log", "-1..1:log", "Begin above 0"),
        ("beta=0.1..1:log:step=0.1", "0.1..1:log:step=0.1", "Leave one out."),
        ("beta=0.1..1:step=0.1:step=0.2", "0.1..1:step=0.1:step=0.2", "Leave one out."),
        ("beta=0.1..1:cubic", "0.1..1:cubic", "Use one."),
        ("beta=0.1..1:", "0.1..1:", "Use one."),
        ("beta=0..1:step=0.3", "0..1:step=0.3", "Write beta=0..0.9:step=0.3."),
        ("beta=0..1:step=3", "0..1:step=3", "Take a smaller step."),
        ("beta=0..1.5:step=0", "0..1.5:step=0", "above 0"),
        ("members=2..8:step=-1", "2..8:step=-1", "above 0"),
        ("beta=x..1", "x..1", "a..b"),
        ("beta=0.1..inf", "0.1..inf", "a..b"),
        ("beta=0.1..nan", "0.1..nan", "a..b"),
        ("beta=0.1..1e999", "0.1..1e999", "a..b"),
        ("activation=tanh", "tanh", "ordinary parameter"),
        ("activation=tanh|", "tanh|", "x|y|z"),
        ("activation=tanh|relu|tanh", "tanh|relu|tanh", "Leave one out."),
        ("a=1..2;a=3..4", "a twice", "Leave one out."),
    ],
)
def test_every_mistake_is_one_line_with_the_fix(text, received, fix):
    with pytest.raises(ConfigurationError) as caught:
        Space.parse(text)
    assert f"received {received}." in str(caught.value)
    assert fix in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_drawn_comes_back_exactly_from_text_and_from_a_trial(seed):
    space = Space.parse(f"{TEXT};decay=0..1:step=0.1;epochs=10..1000:log")
    optuna_study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    trial = optuna_study.ask()
    point = space.suggest(trial)
    assert list(point) == space.names
    assert float(point["learning_rate"]) == trial.params["learning_rate"]
    optuna_study.tell(trial, 1.0)
    assert space.read(optuna_study.trials[0].params) == point


@pytest.mark.parametrize("position", [0.0, 0.3, 0.999999, 1 - 2**-53])
def test_positions_lie_in_the_space(position):
    space = Space.parse("a=0.01..1:log;b=1..9:log;c=0..1:step=0.1;d=0.0..3;e=x|y|z")
    point = space.at([position] * 5)
    with quiet():
        sampler = optuna.samplers.PartialFixedSampler(point, optuna.samplers.RandomSampler(seed=0))
    trial = optuna.create_study(sampler=sampler).ask()
    assert space.suggest(trial) == space.read(point)


def test_the_points_of_a_finite_space_are_all_there_once():
    space = Space.parse("a=0..1:step=0.1;b=2..4;c=x|y")
    assert space.size is not None
    points = {tuple(space.read(space.point(n)).values()) for n in range(space.size)}
    assert len(points) == space.size == 66
    # Steps are decimal: 0.3, and not 0.30000000000000004.
    assert ("0.3", "2", "x") in points


def test_differences_are_listed():
    space = Space.parse(TEXT)
    assert space.difference(space.description) == []
    other = {**space.description, "members": "2..9", "epochs": "1..3"}
    del other["hidden"]
    assert space.difference(other) == [
        "members is 2..8 here and 2..9 there",
        "hidden is new",
        "epochs is only there",
    ]


def test_an_unknown_parameter_is_refused_with_the_nearest():
    with pytest.raises(ConfigurationError, match="Did you mean learning_rate"):
        Space.parse("learning_rat=0.1..1").known(["learning_rate", "beta"])
