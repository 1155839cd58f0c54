import numpy as np
import pytest

from ib_mlflow.studies.judging.drops import drops, stays_up
from ib_mlflow.trajectory.members import drops as of_i_x

NAN = np.nan


def test_the_fall_of_i_x_is_that_of_the_trajectory(curves_of):
    values = np.random.default_rng(0).normal(size=(7, 9, 2))
    plane = curves_of(values + 4, epochs=tuple(range(9)))
    for layer in (1, 2):
        np.testing.assert_allclose(drops(plane, layer), of_i_x(plane, layer))


def test_i_y_has_its_own_fall(curves_of):
    plane = curves_of([[[2.0], [2.0], [2.0], [1.0]]])
    assert drops(plane, 1, "i_y")[0] == pytest.approx(1 / 20)


def test_a_flat_noisy_curve_falls_by_nothing(curves_of):
    noise = np.random.default_rng(1).normal(scale=0.1, size=(400, 40, 1))
    fallen = drops(curves_of(2 + noise, epochs=tuple(range(40))), 1)
    assert abs(fallen.mean()) < 4 * fallen.std() / 20


@pytest.mark.parametrize(("end", "verdict"), [(2.0, "agrees"), (0.9, "disagrees")])
def test_a_curve_that_falls_does_not_stay_up(curves_of, end, verdict):
    plane = curves_of([[[2.0], [2.0], [2.0], [end]]] * 8)
    assert stays_up(plane, 1, least=0.5).verdict == verdict


def test_members_that_diverged_are_left_out(curves_of):
    values = np.full((8, 4, 1), 2.0)
    values[0, 3] = NAN
    judgement = stays_up(curves_of(values), 1, least=0.5)
    assert "1 of 8 diverged" in "".join(map(str, judgement.words))
    assert np.isnan(drops(curves_of(values), 1)[0])
