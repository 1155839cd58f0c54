import pytest

from ib_mlflow.studies.reporting.ensembles import Ensembles
from projects.planes.claims import Curves, keeps_the_class, order_broken, order_table
from projects.planes.main import Configuration, accuracy_remarks, comparable


def test_the_curves_say_which_layer_is_the_last_hidden(plane):
    curves = Curves("tanh", plane([1, 2, 3, 4], [1, 2, 3, 4], [1, 1, 1, 1]))
    assert (curves.last_hidden, curves.last) == (2, 1000)
    assert curves.early == 100


@pytest.mark.parametrize(("end", "verdict"), [(0.69, "agrees"), (0.9, "disagrees")])
def test_an_output_that_keeps_more_than_the_class_disagrees(plane, end, verdict):
    assert keeps_the_class(plane([1, 2, 3, 4], [1, 1, 1, end])).verdict == verdict


@pytest.mark.parametrize(("narrow", "verdict"), [(2.0, "agrees"), (6.0, "disagrees")])
def test_a_layer_that_shows_less_than_the_next_breaks_the_order(plane, trained, narrow, verdict):
    curves = plane([7, 7, 7, 7], [1, 1, 1, narrow], [1, 1, 1, 4], [0, 0, 0, 0])
    (group,) = trained("szt tanh", ("tanh",) * 3, {"tanh": ({}, curves)}).groups
    assert order_broken(2)(group).verdict == verdict
    table = order_table(curves).markdown()
    assert "| 2 → 3 |" in table
    assert f"{12 if verdict == 'agrees' else 0} of 12" in table.split("\n")[3]


@pytest.mark.parametrize(
    ("changed", "judged", "remarked"),
    [
        ({}, True, False),
        ({"activation": "relu"}, True, False),
        ({"members": 3, "bin_size": 0.3, "unit": "bits"}, True, False),
        ({"activation": "sigmoid"}, False, False),
        ({"epochs": 4000}, False, True),
        ({"hidden": "4,3"}, False, True),
        ({"task": "digits"}, False, True),
        ({"split_seed": 1}, False, True),
        ({"initialisation": "he_normal"}, False, True),
    ],
)
def test_the_papers_accuracy_is_held_against_its_own_networks_only(
    plane, trained, changed, judged, remarked
):
    words = [word for name, value in changed.items() for word in (f"--{name}", str(value))]
    configuration = Configuration.parse(["--scale", "paper", *words])
    activation = configuration.activation
    curves = plane([1, 2, 3, 4], [1, 1, 1, 1])
    ensemble = trained(f"szt {activation}", (activation,), {activation: ({}, curves)})
    readings = Ensembles(configuration, [ensemble])
    assert bool(comparable(readings)) is judged
    assert bool(accuracy_remarks(readings)) is remarked
