import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Edge, edge_information, entropy

GENERATOR = np.random.default_rng(0)
LABELS = GENERATOR.integers(2, size=3000)


def test_it_measures_the_labels_as_the_estimator_of_two_variables_does():
    layer = (2 * LABELS - 1)[:, None] + GENERATOR.normal(size=(3000, 1))
    measured, estimate = Edge(order=2)(layer, LABELS), edge_information(layer, LABELS, order=2)
    assert measured.i_y == pytest.approx(estimate.value, abs=1e-12)
    assert measured.i_y_se == pytest.approx(estimate.standard_error, abs=1e-12)
    assert measured.diagnostics["i_y_reliable"].item() == estimate.diagnostics["reliable"]


def test_a_continuous_layer_is_at_the_ceiling_of_its_inputs_and_never_reliable():
    layer = GENERATOR.normal(size=(3, 3000, 1)).astype(np.float32)
    measured = Edge()(layer, LABELS)
    np.testing.assert_allclose(measured.i_x, np.log(3000), atol=0.01)
    assert measured.saturated.all()
    assert not measured.reliable.any()
    assert measured.diagnostics["i_y_reliable"].all()


def test_a_layer_that_is_half_continuous_is_not_reliable_either():
    layer = np.maximum(GENERATOR.normal(size=(3000, 1)), 0)
    measured = Edge()(layer, LABELS)
    assert not measured.saturated
    assert not measured.reliable


def test_a_layer_that_differs_below_every_cell_is_told_apart():
    # Saturated units: two clusters whose members still differ are n places and not two.
    layer = np.tanh(20 * (2 * LABELS - 1))[:, None] + 1e-9 * GENERATOR.random((3000, 1))
    measured = Edge()(layer, LABELS)
    assert measured.saturated
    assert not measured.reliable
    assert measured.i_y == pytest.approx(entropy(LABELS).value, abs=0.002)


def test_a_layer_of_few_places_has_their_entropy():
    places = GENERATOR.integers(4, size=(3000, 1))
    measured = Edge()(places / 4, LABELS)
    assert measured.i_x == pytest.approx(entropy(places).value, abs=1e-12)
    assert measured.i_x_se == pytest.approx(entropy(places).standard_error, abs=1e-12)
    assert measured.reliable


@pytest.mark.parametrize("order", [0, 9, 1.5])
def test_an_order_must_leave_weights(order):
    with pytest.raises(InvalidInputError, match="order must be a whole number"):
        Edge(order)
