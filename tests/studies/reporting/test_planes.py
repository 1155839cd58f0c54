import numpy as np
import pytest

from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.reporting.planes import errors_table, plane_table
from ib_mlflow.trajectory import Guides, Trajectory, compression_band
from ib_mlflow.units import nats

I_X = np.array(
    [[[1.0, 1.0], *[[3.0, 2.0]] * 3, [2.0, 2.0]], [[1.0, 1.0], *[[4.0, 2.2]] * 3, [2.5, 2.2]]]
)
"""Two members, five epochs, two layers."""


@pytest.fixture
def plane(curves_of):
    return curves_of(I_X, epochs=range(5))


@pytest.mark.parametrize(("output", "name"), [(True, "2 (output)"), (False, 2)])
def test_a_layers_end_and_what_it_lost(plane, output, name):
    table = plane_table(plane, output=output)
    (first, *numbers), (last, *_) = table.rows
    assert (first, last) == (1, name)
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
