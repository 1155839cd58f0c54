import pytest

from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.studies.running.groups import PLANE
from projects.planes.bin_origins import origins_table
from projects.planes.bin_readings import OTHER, BinSweep, Swept
from projects.planes.bin_sweep import Configuration, swept_spec
from projects.planes.paper import load_task


@pytest.fixture
def swept(plane, trained):
    """Tanh networks whose drift with the bin size is there with borders at one place alone."""
    fine = plane([1, 2, 7, 7.9], [1, 2, 7, 7.9], [1, 1, 1, 1], setting="0.01")
    coarse = plane([1, 2, 7, 7.8], [1, 2, 5, 4], [1, 1, 1, 1], setting="0.3")
    planes = {
        "coarse": ({"bin_size": 0.3}, coarse),
        "fine": ({"bin_size": 0.01}, fine),
        "other coarse": ({"bin_size": 0.3, OTHER: ""}, fine),
        "other fine": ({"bin_size": 0.01, OTHER: ""}, coarse),
    }
    return Swept(trained("szt tanh", ("tanh", "tanh"), planes), None, None, None)


@pytest.mark.parametrize("origin", ["zero", "bounds"])
def test_both_borders_stand_side_by_side_with_what_hangs_on_them(swept, origin):
    readings = BinSweep(
        Ensembles(
            Configuration.parse(["--scale", "quick", "--bin_origin", origin]), [swept.trained]
        ),
        [swept],
    )
    table = origins_table(readings)
    assert table.columns[2:4] == [
        "a border at 0" if origin == "zero" else "borders at -1 and 1",
        "borders at -1 and 1" if origin == "zero" else "a border at 0",
    ]
    rows = {row[1]: row[2:] for row in table.rows}
    ours, theirs, moved = rows["I(X;T) at the end, layer 2, bins of 0.3"]
    assert (ours.value, theirs.value) == (pytest.approx(4, abs=0.02), pytest.approx(7.9, abs=0.02))
    assert moved.value == pytest.approx(-3.9, abs=0.02)
    drifts = rows["verdict: smaller bins: nearer to the corner"]
    assert drifts == ("agrees", "disagrees", "it hangs on the borders")
    assert rows["verdict: the output's end stays"] == ("agrees", "agrees", "–")


@pytest.mark.parametrize(("activation", "places"), [("tanh", 2), ("relu", 1), ("linear", 1)])
def test_where_borders_change_something_both_are_measured_in_one_training(activation, places):
    c = Configuration.parse(["--scale", "toy", "--bin_sizes", "0.07,0.3"])
    spec = swept_spec(load_task("szt", c), c, activation)
    assert [group.parameters["bin_size"] for group in spec.groups] == [0.07, 0.3] * places
    assert len(spec.members) == 2
    settings = {group.estimator(PLANE).setting for group in spec.groups}
    assert len(settings) == 2 * places


def test_a_smoke_test_judges_no_borders(swept):
    configuration = Configuration.parse(["--scale", "toy"])
    rows = origins_table(BinSweep(Ensembles(configuration, [swept.trained]), [swept])).rows
    assert rows
    assert not any("verdict" in str(row[1]) for row in rows)
