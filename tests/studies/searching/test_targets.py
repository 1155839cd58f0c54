"""What is computed at a point of a search, and what is refused before anything is."""

from types import SimpleNamespace

import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import Binned, SamplePropagation
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.running.children import child_of
from ib_mlflow.studies.running.groups import Condition, Group
from ib_mlflow.studies.searching.targets import Target
from ib_mlflow.tuning import Objectives, Space
from projects.registry import load_study

SPACE = Space.parse("learning_rate=0.1..0.3")
LOSS = Objectives.parse("summary/val_loss_nats:min")


@pytest.fixture
def target(spec_of):
    """Targets of a study with one child run, or several."""

    def build(names=("tanh",), measures=None, **fields):
        groups = [
            Group(name, (3, 4), {"plane": measures or Binned(0.1)}, Condition(beta=0.1 * place))
            for place, name in enumerate(names, start=1)
        ]
        study = SimpleNamespace(
            configuration=TrainingConfiguration,
            trains=lambda c: [spec_of(groups, learning_rate=c.learning_rate)] if names else [],
        )
        given = {"members": "2", "epochs": "4"}
        return Target(lambda _: study, "some", **{"given": given, **fields})

    return build


def test_a_trial_is_the_one_child_run_with_the_points_values(target):
    spec = target(measured=2).spec("trial 3", {"learning_rate": "0.25"})
    (group,) = spec.groups
    assert (spec.name, group.name, group.seeds) == ("trial 3", "trial 3", (3, 4))
    assert spec.descent.learning_rate == 0.25
    assert group.parameters["learning_rate"] == "0.25"
    assert spec.schedule.epochs == (0, 1, 4)
    assert target().spec("trial 3", {}).schedule.epochs == (0, 1, 4)


def test_its_name_is_no_part_of_what_identifies_it(target):
    first, second = (target().spec(name, {"learning_rate": "0.2"}) for name in ("a", "b"))
    assert child_of(first, first.groups[0]).digest == child_of(second, second.groups[0]).digest
    other = target().spec("a", {"learning_rate": "0.3"})
    assert child_of(first, first.groups[0]).digest != child_of(other, other.groups[0]).digest


def test_a_study_with_several_child_runs_is_tuned_at_a_named_one(target):
    with pytest.raises(ConfigurationError, match="setting=none, and 2 child runs"):
        target(("tanh", "relu")).check(SPACE, LOSS)
    named = target(("tanh", "relu"), setting="relu")
    named.check(SPACE, LOSS)
    assert named.spec("trial 0", {}).members == (
        (Condition(beta=0.2), 3),
        (Condition(beta=0.2), 4),
    )
    with pytest.raises(ConfigurationError, match="setting=rleu"):
        target(("tanh", "relu"), setting="rleu").check(SPACE, LOSS)


@pytest.mark.parametrize(
    ("space", "objectives", "message"),
    [
        ("learning_rat=0.1..0.3", "summary/val_loss_nats:min", "Did you mean learning_rate"),
        ("members=2..4", "summary/val_loss_nats:min", "members in both"),
        ("workers=2..4", "summary/val_loss_nats:min", "received workers"),
        ("learning_rate=100..300", "summary/val_loss_nats:min", "less than or equal to 100"),
        ("learning_rate=0.1..300", "summary/val_loss_nats:min", "received '300.0'"),
        ("learning_rate=-1|0.1|0.2|0.3", "summary/val_loss_nats:min", "received '-1'"),
        ("learning_rate=0.1|0.2|0.3|0.4|x", "summary/val_loss_nats:min", "received 'x'"),
        ("learning_rate=0.1..0.3", "summary/val_acc:max", "Did you mean summary/val_accuracy"),
        ("learning_rate=0.1..0.3", "summary/i_x_nats.layer_4:max", "received summary/i_x_nats.l"),
    ],
)
def test_what_no_trial_could_be_computed_of_is_refused(target, space, objectives, message):
    with pytest.raises(ConfigurationError, match=message):
        target().check(Space.parse(space), Objectives.parse(objectives))


def test_the_layers_that_are_measured_have_results(target):
    output = Objectives.parse("summary/i_x_nats.layer_3:max")
    target().check(SPACE, output)
    with pytest.raises(ConfigurationError, match="layer_3"):
        target(measures=SamplePropagation(repeats=4, n_queries=100)).check(SPACE, output)


def test_a_study_that_trains_nothing_is_refused_whatever_its_parameters(target):
    for space in (SPACE, Space.parse("learning_rat=0.1..0.3")):
        with pytest.raises(ConfigurationError, match="a study that is tuned trains networks"):
            target(()).check(space, LOSS)


def test_who_cannot_name_a_child_run_is_not_told_to(target):
    with pytest.raises(ConfigurationError, match="received 2 child runs") as caught:
        target(("tanh", "relu"), takes_setting=False).check(SPACE, LOSS)
    assert "setting" not in str(caught.value)


def test_lists_that_make_several_child_runs_are_named():
    several = Target(load_study, "noise_sweep", {"scale": "toy"}, takes_setting=False)
    with pytest.raises(ConfigurationError, match="give one value of betas and orthonormality"):
        several.check(Space.parse("learning_rate=0.1..0.3"), LOSS)


def test_a_pruner_that_could_stop_no_trial_is_refused(target):
    with pytest.raises(ConfigurationError, match="epochs 0 and 4 alone"):
        target(measured=1).check(SPACE, LOSS, "median")
    target(measured=1).check(SPACE, LOSS, "none")
    target(measured=2).check(SPACE, LOSS, "median")
    with pytest.raises(ConfigurationError, match="members=2"):
        target().check(SPACE, LOSS, "wilcoxon")
