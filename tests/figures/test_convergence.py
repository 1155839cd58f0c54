import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import Converging, convergence, error_rates

SIZES = [100, 1000, 10_000]
VALUES = {"one": np.array([[1.0, 1.2], [1.4, 1.5], [1.5, 1.5]]), "other": np.full((3, 2), 1.8)}
CASES = {f"case {index}": Converging(SIZES, VALUES, truth=1.5) for index in range(3)}


@pytest.mark.parametrize(("unit", "scale"), [("nats", 1.0), ("bits", 1 / np.log(2))])
def test_a_panel_per_case_and_a_curve_per_estimator(unit, scale):
    figure = convergence(CASES, label="h", unit=unit)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(CASES)
    assert figure.axes[0].get_ylabel() == f"h [{unit}]"
    for axes in figure.axes:
        assert axes.get_xscale() == "log"
        lines = {line.get_label(): line for line in axes.lines}
        for name, rows in VALUES.items():
            np.testing.assert_allclose(lines[name].get_ydata(), scale * rows.mean(axis=1))
            assert list(lines[name].get_xdata()) == SIZES
        assert any("truth" in text.get_text() for text in axes.texts)
    assert [axes.get_legend() is not None for axes in figure.axes] == [False, True, False]


def test_errors_are_absolute_and_on_one_scale():
    figure = error_rates(CASES)
    for axes in figure.axes:
        assert axes.get_yscale() == "log"
        assert axes.get_ylim() == figure.axes[0].get_ylim()
        lines = {line.get_label(): line for line in axes.lines}
        np.testing.assert_allclose(lines["one"].get_ydata(), [0.4, 0.05, 0.0], atol=1e-12)
        np.testing.assert_allclose(lines["other"].get_ydata(), 0.3)


def test_sizes_are_named():
    ticks = convergence(CASES, label="h").axes[-1].get_xticklabels()
    assert [tick.get_text() for tick in ticks] == ["100", "1k", "10k"]


@pytest.mark.parametrize("values", [{}, {"one": np.ones((2, 3))}, {"one": np.ones(3)}], ids=str)
def test_arrays_must_fit_the_sizes(values):
    with pytest.raises(InvalidInputError, match="each estimator"):
        Converging(SIZES, values, truth=1.0)


@pytest.mark.parametrize("draw", [error_rates, lambda cases: convergence(cases, label="h")])
def test_there_must_be_a_case(draw):
    with pytest.raises(InvalidInputError, match="at least one case"):
        draw({})
