from functools import partial
from types import SimpleNamespace

import pytest

from ib_mlflow import figures
from ib_mlflow.figures.style import new_figure
from ib_mlflow.studies.reporting.headings import FIRST, facts_of, head


def spec(task="szt", activations=("tanh", "tanh"), counts=(20,)):
    groups = [SimpleNamespace(seeds=tuple(range(count))) for count in counts]
    return SimpleNamespace(task=SimpleNamespace(name=task), activations=activations, groups=groups)


@pytest.mark.parametrize(
    ("specs", "facts"),
    [
        ([spec()], ("szt", "tanh", "20 members")),
        ([spec(), spec(activations=("relu",))], ("szt", "20 members")),
        ([spec(), spec("mnist")], ("tanh", "20 members")),
        ([spec(counts=(1, 1))], ("szt", "tanh", "1 member")),
        ([spec(counts=(20, 5))], ("szt", "tanh")),
        ([spec(activations=("relu", "relu", "tanh"))], ("szt", "relu-tanh", "20 members")),
        ([], ()),
    ],
)
def test_what_is_one_value_is_said_and_what_differs_is_not(specs, facts):
    assert facts_of(specs) == facts


@pytest.mark.parametrize("own", [FIRST, "5 members", "1 member"])
def test_a_figure_of_fewer_networks_is_not_said_to_show_all(own):
    figure = figures.entitle(new_figure(9.0, 2.0), own)
    assert head(figure, "Depth", facts_of([spec()])).get_suptitle() == f"Depth · szt · tanh · {own}"


def test_every_figure_of_a_study_says_which():
    draw = partial(new_figure, 9.0, 2.0)
    assert head(draw(), "Depth", ()).get_suptitle() == "Depth"
    assert head(draw(), "Depth", ["szt", "20 members"]).get_suptitle() == "Depth · szt · 20 members"
