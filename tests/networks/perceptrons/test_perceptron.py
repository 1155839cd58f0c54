import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import mlp


def test_seeds_follow_the_first():
    assert mlp((3, 2, 2), members=3).seeds == (0, 1, 2)
    assert mlp((3, 2, 2), members=2, seed=7).seeds == (7, 8)
    assert mlp((3, 2, 2)).seeds == (0,)
    assert mlp((3, 2, 2), seeds=(4, 4)).seeds == (4, 4)


@pytest.mark.parametrize("wrong", [{"members": 2}, {"seed": 1}])
def test_seeds_and_members_exclude_each_other(wrong):
    with pytest.raises(InvalidInputError, match="cannot be given beside seeds"):
        mlp((3, 2, 2), seeds=(0, 1), **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"members": 0},
        {"members": 2.5},
        {"seed": -1},
        {"seed": "a"},
        {"members": 2, "seed": 2**32 - 1},
    ],
)
def test_members_and_seeds_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidInputError, match="members must be a positive integer"):
        mlp((3, 2, 2), **wrong)


def test_one_width_is_no_network():
    with pytest.raises(InvalidInputError, match="widths must be positive integers"):
        mlp(12)


def test_half_precision_is_refused():
    with pytest.raises(InvalidInputError, match="dtype must be"):
        mlp((3, 2, 2), dtype=torch.float16)


def test_images_are_flattened():
    ensemble = mlp((12, 4, 2), members=2)
    images = np.random.default_rng(0).random((5, 3, 2, 2))
    assert np.array_equal(ensemble.logits(images), ensemble.logits(images.reshape(5, 12)))


def test_rows_of_another_length_are_refused():
    with pytest.raises(InvalidInputError, match="inputs must have 12 numbers a row"):
        mlp((12, 4, 2)).logits(np.zeros((5, 11)))


def test_one_activation_serves_every_hidden_layer():
    assert mlp((3, 4, 5, 2), activation="relu").spec.activations == ("relu", "relu")


def test_wide_networks_are_left_to_torch():
    assert mlp((12, 10, 7, 5, 4, 3, 2), device="cpu").compiled
    assert not mlp((784, 2048, 10), device="cpu").compiled


def test_noise_is_one_number_or_one_for_each_member():
    assert mlp((3, 2, 2), members=2).beta.tolist() == [0, 0]
    assert mlp((3, 2, 2), members=2, beta=0.1).beta.tolist() == [0.1, 0.1]
    assert mlp((3, 2, 2), members=2, beta=[0, 0.1]).beta.tolist() == [0, 0.1]


@pytest.mark.parametrize("wrong", [-0.1, np.nan, np.inf, [0.1, 0.2, 0.3]])
def test_noise_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidInputError, match="beta must be at least 0 and finite"):
        mlp((3, 2, 2), members=2, beta=wrong)


def test_networks_without_noise_have_no_place_for_it():
    """Their states and architectures are those of any network of torch's layers."""
    assert list(mlp((3, 2, 2)).state()) == list(mlp((3, 2, 2)).parameters)
    assert "noise_1" in mlp((3, 2, 2), beta=0.1).architecture
