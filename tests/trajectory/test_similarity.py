"""Similar layers, where it is known which are."""

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import Guides, Trajectory, layer_similarity
from ib_mlflow.trajectory.similarity import path_distance

GUIDES = Guides(h_x=8.0, h_y=0.7, i_xy=0.5)
NAN = np.nan


def paths_of(i_x, i_y=None, **changes):
    i_x = np.asarray(i_x, float)
    i_y = np.zeros_like(i_x) if i_y is None else i_y
    given = {"estimator": "binned", "setting": "bin_size=0.07", "guides": GUIDES, **changes}
    return Trajectory.from_arrays(i_x, i_y, epochs=range(i_x.shape[1]), n=9, **given)


def random_paths(members, layers, *, seed, epochs=6):
    """Paths of layers that differ from seed to seed and not from layer to layer."""
    points = np.random.default_rng(seed).normal(3.0, 0.5, (2, members, epochs, layers))
    return points * np.reshape([1.0, GUIDES.i_xy / GUIDES.h_x], (2, 1, 1, 1))


def test_the_distance_is_the_mean_over_epochs_in_shares_of_the_guides():
    # Layers are 4 of 8 nats apart at one of two epochs, and 0.25 of 0.5 nats in I(T;Y) at both.
    i_x, i_y = [[[1, 5], [1, 1]]] * 3, [[[0, 0.25], [0, 0.25]]] * 3
    table = layer_similarity(paths_of(i_x, i_y), error=0.4)
    np.testing.assert_allclose(table["distance"], (np.hypot(0.5, 0.5) + 0.5) / 2)
    assert table["floor"].tolist() == [0] * 3
    assert not table["similar"].any()


def test_paths_obey_the_triangle():
    generator = np.random.default_rng(0)
    for _ in range(50):
        one, other, third = generator.normal(size=(3, 7, 2))
        direct, around = path_distance(one, third), path_distance(one, other)
        assert direct <= around + path_distance(other, third) + 1e-12
        assert path_distance(one, other) == path_distance(other, one)
        loop = np.mean([np.linalg.norm(a - b) for a, b in zip(one, third, strict=True)])
        assert direct == pytest.approx(loop)


def test_identical_layers_are_similar_even_where_seeds_change_nothing():
    one = random_paths(20, 1, seed=1)
    twins = np.concatenate([one, one], axis=-1)
    table = layer_similarity(paths_of(*twins))
    assert table["distance"].tolist() == [0] * 20
    assert (table["p_value"] == 1).all()
    assert table["similar"].all()
    plateaus = layer_similarity(paths_of(np.full((20, 3, 2), 2.0)))
    assert plateaus["floor"].tolist() == [0] * 20  # ties of zeros
    assert plateaus["similar"].all()


@pytest.mark.parametrize(("members", "error"), [(10, 0.1), (20, 0.05), (20, 0.2), (25, 0.1)])
def test_layers_that_differ_as_seeds_do_are_called_different_no_oftener_than_stated(members, error):
    """Exact by exchangeability: floor(error * members) of the members' ranks are refused."""
    repeats, wrong = 150, []
    for seed in range(repeats):
        table = layer_similarity(paths_of(*random_paths(members, 2, seed=seed)), error=error)
        wrong.append(float((~table["similar"]).mean()))
        assert ((table["p_value"] <= error + 1e-9) == ~table["similar"]).all()
    exact = np.floor(error * members + 1e-9) / members
    assert abs(np.mean(wrong) - exact) < 4 * np.std(wrong) / np.sqrt(repeats)


@pytest.mark.parametrize(("shift", "similar"), [(0.02, True), (4.0, False)])
def test_a_shift_is_seen_where_it_is_larger_than_what_seeds_do(shift, similar):
    i_x, i_y = random_paths(20, 1, seed=3)
    shifted = np.concatenate([i_x, i_x + shift], axis=-1)
    table = layer_similarity(paths_of(shifted, np.concatenate([i_y, i_y], axis=-1)))
    np.testing.assert_allclose(table["distance"], shift / GUIDES.h_x)
    assert (table["similar"] == similar).all()


def test_a_small_shift_is_seen_where_seeds_do_less():
    i_x = 3 + 1e-4 * np.random.default_rng(0).normal(size=(20, 5, 1))
    table = layer_similarity(paths_of(np.concatenate([i_x, i_x + 0.02], axis=-1)))
    assert not table["similar"].any()


def test_one_epoch_is_a_path_of_one_point():
    i_x = np.arange(20.0).reshape(20, 1, 1) * 0.1
    table = layer_similarity(paths_of(np.concatenate([i_x, i_x + 0.3], axis=-1)), error=0.05)
    np.testing.assert_allclose(table["distance"], 0.3 / 8)
    # The largest distance of a member of the row to another one.
    np.testing.assert_allclose(table["floor"], 0.1 * np.maximum(range(20), range(19, -1, -1)) / 8)


def test_a_member_that_diverged_is_missing_and_in_nobodys_floor():
    i_x, i_y = random_paths(21, 2, seed=5)
    i_x[4, -1, 0], i_y[9, 2, 1] = NAN, NAN
    table = layer_similarity(paths_of(i_x, i_y), error=0.1).set_index("member")
    assert table.loc[[4, 9], "missing"].tolist() == [1, 1]
    assert table.loc[[4, 9], ["distance", "floor", "p_value", "similar"]].isna().all(axis=None)
    whole = [member for member in range(21) if member not in (4, 9)]
    alone = layer_similarity(paths_of(i_x[whole], i_y[whole]), error=0.1)
    np.testing.assert_array_equal(table.loc[whole, "floor"], alone["floor"])
    assert table.loc[whole, "similar"].notna().all()


def test_pairs_and_settings_are_judged_for_themselves():
    fine = paths_of(np.zeros((10, 3, 3)))
    coarse = paths_of(np.zeros((10, 3, 3)) + [0, 1, 1], setting="bin_size=0.3")
    both = Trajectory.concat([fine, coarse])
    table = layer_similarity(both.select(layers=[1, 3]), error=0.1)
    assert set(zip(table["layer"], table["next_layer"], strict=True)) == {(1, 3)}
    assert table.groupby("setting")["similar"].all().to_dict() == {
        "bin_size=0.07": True,
        "bin_size=0.3": False,
    }
    three = layer_similarity(both, error=0.1)
    assert list(three["layer"].unique()) == [1, 2]
    assert len(three) == 10 * 2 * 2


@pytest.mark.parametrize("error", [0, 1, -0.1, NAN, 2])
def test_an_error_rate_is_a_rate(error):
    with pytest.raises(InvalidInputError, match="error rate must"):
        layer_similarity(paths_of(np.zeros((20, 2, 2))), error=error)


def test_what_cannot_be_told_is_refused():
    with pytest.raises(InvalidInputError, match="Take 20 members"):
        layer_similarity(paths_of(np.zeros((19, 2, 2))))
    with pytest.raises(InvalidInputError, match="1 whole of 20"):
        i_x = np.zeros((20, 2, 2))
        i_x[1:, 1] = NAN
        layer_similarity(paths_of(i_x))
    with pytest.raises(InvalidInputError, match="layer 1 alone"):
        layer_similarity(paths_of(np.zeros((20, 2, 1))))
    with pytest.raises(InvalidInputError, match="above 0"):
        layer_similarity(paths_of(np.zeros((20, 2, 2)), guides=Guides(2.0, 0.5, 0.0)))
