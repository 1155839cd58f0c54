"""Which layers of stopped networks are similar, on curves where it is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.trajectory import Guides, LossCurves, Trajectory
from projects.planes.stops import DRAW, LAYERS, NETWORK, PRUNINGS, Criteria, Stopped

MEMBERS, EPOCHS, LAST = 20, (0, 1, 5, 10, 20), 20
GUIDES = Guides(h_x=8.0, h_y=0.69, i_xy=0.69)


def stopped(
    shifts=(0.0, 0.0, 4.0), *, layers=(1, 2, 5), accuracy=0.9, patience=3, lost=(), stuck=(),
    saturated=(), error=0.1,
):  # fmt: skip
    """Networks of three hidden layers and an output, each shifted from what seeds do."""
    generator = np.random.default_rng(0)
    own = generator.normal(3, 0.5, (MEMBERS, len(EPOCHS), len(shifts)))
    own[:, :, 1:] = own[:, :, :1]
    i_x = np.concatenate([own + np.array(shifts), np.zeros((MEMBERS, len(EPOCHS), 1))], axis=-1)
    scores = np.full((MEMBERS, LAST + 1), accuracy)
    scores[:, 0], scores[list(stuck)] = 0.5, 0.5
    losses = np.abs(np.arange(LAST + 1) - 5.0) + np.zeros((MEMBERS, 1))
    for member in lost:
        i_x[member, 1:], scores[member, 1:], losses[member, 1:] = np.nan, np.nan, np.nan
    plane = Trajectory.from_arrays(
        i_x, i_x / 20, epochs=EPOCHS, n=3000, guides=GUIDES, estimator="binned",
        setting="0.07", learning={"train_accuracy": scores[:, EPOCHS]},
    )  # fmt: skip
    plane = Trajectory(
        plane.frame.assign(saturated=plane.frame["layer"].isin(list(saturated))), GUIDES
    )
    group = Group("szt tanh, 1st pruning", tuple(range(MEMBERS)), {PLANE: SimpleNamespace()},
                  parameters={NETWORK: "szt tanh", PRUNINGS: 1,
                              LAYERS: "-".join(map(str, layers))})  # fmt: skip
    spec = SimpleNamespace(
        hidden_layers=tuple(range(1, len(shifts) + 1)),
        task=SimpleNamespace(train_set=SimpleNamespace(labels=np.arange(10) % 2)),
    )
    trained = SimpleNamespace(
        name=group.name, group=group, members=tuple(range(MEMBERS)), plane=lambda: plane,
        losses=LossCurves.from_arrays(losses, scores, first=0),
        trained=SimpleNamespace(spec=spec),
    )  # fmt: skip
    return Stopped(trained, Criteria(patience, 0.0, error))


def test_networks_know_what_is_left_of_the_big_one():
    networks = stopped()
    assert (networks.network, networks.prunings, networks.layers) == ("szt tanh", 1, (1, 2, 5))
    del networks.group.group.parameters[PRUNINGS]
    networks.group.group.parameters[DRAW] = 1
    assert networks.prunings is None


def test_accuracy_and_plane_are_those_of_the_stop():
    networks = stopped(patience=3)
    assert networks.stops["epoch"].tolist() == [8] * MEMBERS
    assert networks.plane.epochs == (0, 1, 5)
    assert networks.accuracy.tolist() == [0.9] * MEMBERS
    assert stopped(patience=100).stops["stopped"].sum() == 0


def test_of_layers_that_follow_each_other_alike_the_first_stays():
    assert stopped((0, 0, 4)).removable == (2,)
    assert stopped((0, 0, 0)).removable == (2, 5)
    assert stopped((0, 4, 4)).removable == (5,)
    assert stopped((0, 4, 0)).removable == ()


def test_layers_whose_estimates_tell_nothing_stay():
    networks = stopped((0, 0, 0), saturated=(1,))
    assert networks.removable == (5,)
    assert networks.similarity.groupby("layer")["saturated"].first().tolist() == [True, False]


def test_only_networks_that_have_learnt_are_asked():
    networks = stopped((0, 0, 4), stuck=(0, 3), lost=(1,))
    assert np.isnan(networks.learned[1])
    assert int(np.nansum(networks.learned)) == MEMBERS - 3
    assert sorted(networks.similarity["member"].unique()) == [2, *range(4, MEMBERS)]
    assert networks.similar(1).size == MEMBERS - 3
    assert np.isnan(networks.accuracy[1])
    few = stopped((0, 0, 0), stuck=range(11))
    assert few.similarity is None
    assert few.removable == ()
    with pytest.raises(InvalidInputError, match="networks that have learnt"):
        few.similar(1)


def test_one_layer_is_similar_to_none():
    networks = stopped((0.0,), layers=(1,))
    assert networks.similarity is None
    assert networks.removable == ()
