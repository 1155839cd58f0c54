from dataclasses import dataclass
from functools import partial

import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import mlp, mnist_cnn
from ib_mlflow.studies.running.recipes import plain, recipe_of


@dataclass(frozen=True)
class Setting:
    rate: float


@dataclass(frozen=True)
class Other:
    rate: float


def test_equal_recipes_are_equal_and_others_are_not():
    recipe = recipe_of(partial(mlp, (12, 3, 2), activation=("tanh",)))
    assert recipe == recipe_of(partial(mlp, [12, 3, 2], activation=["tanh"]))
    assert recipe["function"] == "ib_mlflow.networks.perceptrons.perceptron.mlp"
    for other in (partial(mlp, (12, 4, 2), activation=("tanh",)), partial(mnist_cnn, (12, 3, 2))):
        assert recipe_of(other) != recipe
    assert plain(Setting(0.1)) != plain(Other(0.1))


def test_a_function_among_the_arguments_is_known_by_its_place():
    assert recipe_of(partial(mlp, mnist_cnn))["arguments"] == [
        "ib_mlflow.networks.images.convolutional.mnist_cnn"
    ]


@pytest.mark.parametrize(
    "build",
    [
        partial(lambda **_: 1),
        partial(mlp, lambda: 2),
        partial(mlp, object()),
        partial(mlp, activation={"a": object()}),
        partial(partial(mlp, (1, 2)).keywords.get),
    ],
)
def test_what_could_not_be_told_apart_is_refused(build):
    with pytest.raises(InvalidInputError):
        recipe_of(build)


def test_a_function_inside_another_is_refused():
    def inner(**_):
        return 1

    with pytest.raises(InvalidInputError, match="at the top of a module"):
        recipe_of(partial(inner))
