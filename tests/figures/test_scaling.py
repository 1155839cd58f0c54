import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import Power, scaling

TIMES = {
    64.0: np.array([10.0, 12.0, np.nan]),
    128.0: np.array([20.0, 22.0, np.inf]),
    256.0: np.array([np.inf, np.inf, 70.0]),
}


def figure_of(**given):
    return scaling(TIMES, label="epochs to the end", setting="batch size", **given).axes[0]


def test_every_network_is_a_dot_and_every_setting_has_its_median():
    axes = figure_of()
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert (axes.get_xlabel(), axes.get_ylabel()) == (
        "batch size (log scale)",
        "epochs to the end (log scale)",
    )
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["64", "128", "256"]
    shown = [tick.get_text() for tick in axes.get_yticklabels()]
    assert {"10", "20", "50"} <= set(shown)
    dots = [line.get_ydata() for line in axes.lines if line.get_markersize() == 3.5]
    assert [len(each) for each in dots] == [2, 2, 1]
    medians = [line.get_ydata()[0] for line in axes.lines if line.get_markersize() == 7]
    assert medians == [11.0, 22.0]


def test_networks_beyond_training_are_counted_above():
    assert [text.get_text() for text in figure_of().texts] == ["↑ 1", "↑ 2"]


@pytest.mark.parametrize("exponent", [1.0, -1.0])
def test_the_law_is_drawn_over_what_it_was_fitted_to_and_beyond(exponent):
    axes = figure_of(power=Power(exponent, 0.2, (64.0, 128.0), "exponent 1.00 [0.9, 1.1]"))
    beyond, fitted = axes.lines[-2:]
    assert list(beyond.get_xdata()) == [64, 256]
    assert list(fitted.get_xdata()) == [64, 128]
    np.testing.assert_allclose(fitted.get_ydata(), 0.2 * np.array([64.0, 128.0]) ** exponent)
    assert axes.texts[-1].get_text() == "exponent 1.00 [0.9, 1.1]"


@pytest.mark.parametrize("times", [{}, {0.0: np.ones(2)}])
def test_settings_lie_above_zero(times):
    with pytest.raises(InvalidInputError, match="settings above 0"):
        scaling(times, label="epochs", setting="depth")
