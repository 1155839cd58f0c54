import json
import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from ib_mlflow.data import random_labels
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import KDE, Binned
from ib_mlflow.networks import mlp
from ib_mlflow.studies.running.ensembles import DescentSpec
from ib_mlflow.studies.running.groups import Condition, Group
from ib_mlflow.training import Augmentation, Schedule
from ib_mlflow.trajectory import Trajectory

FINE, KERNELS = Binned(0.1), KDE(variance=0.01, bound="upper")
NOISY, ORTHONORMAL = Condition(beta=0.3), Condition(beta=0.1, orthonormality=0.5)
GROUPS = (
    Group("noisy", (3, 1), {"plane": FINE}, NOISY),
    Group("orthonormal", (1, 2), {"plane": KERNELS, "binned": FINE}, ORTHONORMAL),
    Group("one of the noisy", (1,), {"plane": KERNELS}, NOISY),
)


def unbuildable(widths, *, seeds, beta, device, activation="tanh"):
    """Networks that cannot be made."""
    raise AssertionError("something was built")


def test_every_condition_and_seed_is_one_member(spec_of):
    spec = spec_of(GROUPS)
    assert set(spec.members) == {(NOISY, 1), (NOISY, 3), (ORTHONORMAL, 1), (ORTHONORMAL, 2)}
    assert set(spec.conditions) == {NOISY, ORTHONORMAL}
    for group in GROUPS:
        for seed, member in zip(group.seeds, spec.members_of(group), strict=True):
            assert spec.members[member] == (group.condition, seed)


def test_the_ensemble_and_its_training_have_what_the_members_say(spec_of):
    spec = spec_of(GROUPS)
    ensemble = spec.ensemble()
    orthonormality = spec.training()["orthonormality"]
    assert len(orthonormality) == ensemble.members == len(spec.members)
    for member, (condition, seed) in enumerate(spec.members):
        assert ensemble.seeds[member] == seed
        assert ensemble.beta[member] == condition.beta
        assert orthonormality[member] == condition.orthonormality


@pytest.mark.parametrize("names", [[], ["tanh", "tanh"]])
def test_groups_have_names_of_their_own(spec_of, names):
    groups = [Group(name, (0,), {"plane": FINE}) for name in names]
    with pytest.raises(InvalidInputError, match=r"each of a name of its own"):
        spec_of(groups)


def test_a_group_is_found_by_its_name_alone(spec_of):
    for groups in (GROUPS, GROUPS[::-1]):
        spec = spec_of(groups)
        for group in GROUPS:
            assert spec.group(group.name) is group
    with pytest.raises(InvalidInputError, match=r"by their names; received nobody\. It has one of"):
        spec.group("nobody")


def test_an_estimator_of_several_groups_measures_once(spec_of):
    assert set(spec_of(GROUPS).estimators) == {FINE, KERNELS}


def test_a_plane_is_what_the_role_measured_on_the_groups_own_members_and_layers(spec_of):
    spec = spec_of([*GROUPS[:2], replace(GROUPS[2], layers=(2,))])
    settings = [FINE, KERNELS]
    value = np.arange(4 * 2 * 2, dtype=np.float64).reshape(4, 1, 2, 2)
    trajectory = Trajectory.concat(
        Trajectory.from_arrays(
            value[..., place],
            value[..., place],
            epochs=[0],
            n=40,
            guides=spec.task.guides,
            estimator=estimator.name,
            setting=estimator.setting,
        )
        for place, estimator in enumerate(settings)
    )
    for group in spec.groups:
        for role, estimator in group.estimators.items():
            frame = spec.plane(trajectory, group, role).frame
            place = settings.index(estimator)
            assert set(frame["member"]) == set(spec.members_of(group))
            assert set(frame["layer"]) == set(group.layers or (1, 2))
            for row in frame.itertuples():
                assert row.i_x == value[row.member, 0, row.layer - 1, place]
    with pytest.raises(InvalidInputError, match="by their roles"):
        spec.plane(trajectory, spec.group("noisy"), "binned")


def test_nothing_is_built_to_know_what_an_ensemble_is(spec_of):
    spec = replace(spec_of(GROUPS), build=partial(unbuildable, (6, 2)))
    identity = spec.identity()
    assert identity["network"]["function"].endswith(".unbuildable")
    json.dumps(identity)
    with pytest.raises(AssertionError, match="something was built"):
        spec.ensemble()


@pytest.mark.parametrize(
    "change",
    [
        lambda spec: {"build": partial(mlp, (6, 5, 2))},
        lambda spec: {"build": partial(mlp, *spec.build.args, activation=("relu", "relu"))},
        lambda spec: {"build": partial(unbuildable, *spec.build.args)},
        lambda spec: {"schedule": Schedule.of([1, 5])},
        lambda spec: {"descent": replace(spec.descent, learning_rate=0.1)},
        lambda spec: {"descent": replace(spec.descent, batch_size=8)},
        lambda spec: {"descent": replace(spec.descent, momentum=0.5)},
        lambda spec: {"descent": replace(spec.descent, weight_decay=0.5)},
        lambda spec: {"descent": replace(spec.descent, final_learning_rate=0.1)},
        lambda spec: {"descent": replace(spec.descent, augmentation=Augmentation())},
        lambda spec: {"groups": (*spec.groups, Group("new", (0,), {"plane": FINE}))},
        lambda spec: {"task": replace(spec.task, measured=spec.task.validation_set)},
        lambda spec: {"task": replace(spec.task, validation_set=spec.task.train_set)},
    ],
)
def test_what_changes_the_numbers_changes_the_identity(spec_of, change):
    spec = spec_of(GROUPS)
    assert replace(spec, **change(spec)).identity() != spec.identity()


def test_what_changes_no_number_of_the_members_changes_no_identity(spec_of):
    identity = spec_of(GROUPS).identity()
    assert spec_of(GROUPS[::-1]).identity() == identity
    assert spec_of(GROUPS, name="otherwise called").identity() == identity
    measured = [replace(group, estimators={"plane": Binned(1.0)}) for group in GROUPS]
    assert spec_of(measured).identity() == identity


def test_augmentation_is_spelled_out_in_the_identity(spec_of):
    spec = spec_of(GROUPS)
    turned = replace(spec, descent=DescentSpec(0.1, 8, 0.01, Augmentation()))
    identity = turned.identity()["descent"]
    assert identity["augmentation"]
    assert turned.training()["augmentation"] == Augmentation()
    json.dumps(identity)


def test_an_ensemble_can_go_to_another_process(spec_of):
    spec = spec_of(GROUPS)
    there = pickle.loads(pickle.dumps(spec))
    assert there.identity() == spec.identity()
    assert there.members == spec.members


def test_members_of_random_labels_learn_those_of_their_seed(spec_of, task):
    groups = [
        Group(f"{share:g}", (2, 5), {"plane": FINE}, Condition(random_labels=share))
        for share in (0.5, 0.0)
    ]
    spec = spec_of(groups)
    labels = spec.training()["labels"]
    for member, (condition, seed) in enumerate(spec.members):
        expected = random_labels(task.train_set, share=condition.random_labels, seed=seed)
        np.testing.assert_array_equal(labels[member], expected)
    assert spec.measured_labels is labels
    elsewhere = replace(spec, task=replace(task, measured=task.validation_set))
    assert elsewhere.measured_labels is None


def test_without_random_labels_all_learn_the_tasks(spec_of):
    assert spec_of(GROUPS).training()["labels"] is None
