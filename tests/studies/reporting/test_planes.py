import numpy as np
import pytest

from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.reporting.planes import FEW, errors_table, plane_table, plane_tables
from ib_mlflow.trajectory import Guides, Trajectory, compression_band
from ib_mlflow.units import nats

I_X = np.array(
    [[[1.0, 1.0], *[[3.0, 2.0]] * 3, [2.0, 2.0]], [[1.0, 1.0], *[[4.0, 2.2]] * 3, [2.5, 2.2]]]
)
"""Two members, five epochs, two layers."""


@pytest.fixture
def plane(curves_of):
    return curves_of(I_X, epochs=range(5))


@pytest.mark.parametrize(("output", "name"), [(True, "2 (output)"), (False, "2")])
def test_a_layers_end_and_what_it_lost(plane, output, name):
    table = plane_table(plane, output=output)
    (first, *numbers), (last, *_) = table.rows
    assert (first, last) == ("1", name)
    assert numbers == [
        *(mean(values).quantity("nats") for values in ([2.0, 2.5], [0.1, 0.125], [1.0, 1.5])),
        nats(1.025),
        nats(1.475),
    ], "with the band from 5 % to 95 % of what the members lost"


def test_the_error_of_the_mean_loss_is_there_where_the_estimator_states_one(plane):
    stated = Trajectory(plane.frame.assign(i_x_se=0.3), plane.guides)
    table = plane_table(stated)
    assert table.columns[-1] == "error of the mean loss"
    band = compression_band(stated)
    error = band[(band["quantity"] == "drop") & (band["layer"] == 1)]["mean_se"].item()
    assert next(iter(table.rows))[-1] == nats(error)


def test_few_planes_have_a_table_each(plane):
    tables = plane_tables({"one": plane, "other": plane}, output=False)
    assert {name: of.markdown() for name, of in tables.items()} == dict.fromkeys(
        ("one", "other"), plane_table(plane, output=False).markdown()
    )


@pytest.mark.parametrize(("output", "last"), [(True, "layer 2 (output)"), (False, "layer 2")])
def test_many_planes_are_held_beside_each_other_with_nothing_lost(plane, curves_of, output, last):
    planes = {f"group {k}": curves_of(I_X + k, epochs=range(5)) for k in range(FEW + 1)}
    tables = plane_tables(planes, output=output)
    ends = tables["I(X;T) at the end"]
    assert list(ends.columns) == ["networks", "layer 1", last]
    assert [row[0] for row in ends.rows] == list(planes)
    for name, of in planes.items():
        alone = plane_table(of, output=output)
        rows = {heading: {row[0]: row[1:] for row in of.rows} for heading, of in tables.items()}
        own = {heading: by_name[name] for heading, by_name in rows.items()}
        columns = zip(*(row[1:] for row in alone.rows), strict=True)
        assert list(own.values()) == list(columns)
        assert [heading.lower() for heading in own] == [*map(str.lower, alone.columns[1:])]


def test_outputs_behind_different_numbers_of_layers_share_a_column(plane):
    shallow = plane.select(layers=[1])
    planes = {f"deep {k}": plane for k in range(FEW)} | {"shallow": shallow}
    table = plane_tables(planes)["I(X;T) at the end"]
    assert list(table.columns) == ["networks", "layer 1", "output"]
    *_, deep, last = table.rows
    first, second = plane_table(plane).rows
    assert deep == ("deep 3", first[1], second[1])
    assert last == ("shallow", "–", first[1])
    assert list(plane_tables(planes, output=False)["Lost after the peak"].columns) == [
        "networks", "layer 1", "layer 2",
    ]  # fmt: skip


def test_the_order_of_rows_does_not_matter(plane):
    shuffled = Trajectory(plane.frame.sample(frac=1, random_state=1), plane.guides)
    assert plane_table(shuffled).markdown() == plane_table(plane).markdown()


def test_errors_are_those_of_the_end_and_the_reliable_ones_are_counted_over_all_epochs(plane):
    frame = plane.frame.assign(estimator="sp", setting="repeats=4")
    end, first = frame["epoch"] == 4, frame["layer"] == 1
    frame["certificate"] = np.where(end, 0.25, 9.0) + 0.5 * ~first
    frame["reliable"] = first | (frame["epoch"] == 0)
    table = errors_table(Trajectory(frame, Guides(3.0, 0.7, 0.7)))
    assert table.markdown("nats").splitlines() == [
        "| layer | I(X;T) [nats] | certificate [nats] | reliable, all epochs |",
        "| --- | --- | --- | --- |",
        "| 1 | 2.25 | 0.25 | 100 % |",
        "| 2 | 2.1 | 0.75 | 20 % |",
    ]
    assert "| 1 | 3.246 | 0.3607 | 100 % |" in table.markdown("bits")
