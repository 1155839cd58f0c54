import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import estimator_curves, family_curves, setting_curves
from ib_mlflow.trajectory import Guides, Trajectory

GUIDES = Guides(np.log(4), 0.56, 0.56)
EPOCHS = [0, 10, 100, 1000]
NAMES = {"quadrature": "exact", "mixture": "by sample propagation", "pairs_upper": "upper bound"}


def curves(estimator, shift=0.0, kind="point"):
    rng = np.random.default_rng(0)
    i_x = 0.5 + 0.5 * rng.random((3, 4, 2)) + shift
    made = Trajectory.from_arrays(
        i_x, i_x / 3, epochs=EPOCHS, n=4, guides=GUIDES, estimator=estimator, setting="beta=0.01"
    )
    return Trajectory(made.frame.assign(kind=kind), GUIDES)


@pytest.fixture
def several():
    return Trajectory.concat(
        [curves("quadrature"), curves("mixture", 0.01), curves("pairs_upper", 0.2, "upper")]
    )


@pytest.mark.parametrize(("unit", "scale"), [("nats", 1.0), ("bits", 1 / np.log(2))])
def test_a_curve_per_estimator_and_a_panel_per_layer(several, unit, scale):
    figure = estimator_curves(several, names=NAMES, unit=unit, levels={"ln 4": np.log(4)})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["layer 1", "layer 2"]
    assert figure.axes[0].get_ylabel() == f"I(X;T) [{unit}]"
    for axes, layer in zip(figure.axes, (1, 2), strict=True):
        for estimator, name in NAMES.items():
            [line] = [line for line in axes.lines if line.get_label() == name]
            own = several.select(estimator=estimator, layers=[layer]).frame
            np.testing.assert_allclose(line.get_ydata(), own.groupby("epoch")["i_x"].mean() * scale)
            assert (line.get_linestyle() == "-") == (estimator != "pairs_upper")
        assert axes.get_ylim()[1] > np.log(4) * scale
        assert axes.texts[0].get_text() == f"ln 4 = {np.log(4) * scale:.2f}"


def test_an_estimator_that_is_not_there_is_refused(several):
    for names in ({}, {"knn": "neighbours"}):
        with pytest.raises(InvalidInputError, match="every estimator drawn"):
            estimator_curves(several, names=names)


def test_a_panel_per_setting(sweep):
    figure = setting_curves(sweep, label="H(Bin T)", marked=[10])
    assert [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes] == list(sweep)
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    for axes, plane in zip(figure.axes, sweep.values(), strict=True):
        [line] = [line for line in axes.lines if line.get_label() == "layer 2"]
        expected = plane.select(layers=[2]).frame.groupby("epoch")["i_x"].mean()
        np.testing.assert_allclose(line.get_ydata(), expected)
        assert [text.get_text() for text in axes.texts if text.get_weight() != "bold"] == [
            f"H(X) = {plane.guides.h_x:.2f}",
            "10",
        ]
    assert figure.axes[0].get_ylabel() == "H(Bin T) [nats]"


def test_one_trajectory_has_a_panel_for_each_of_its_settings(several):
    figure = setting_curves(several, unit="bits")
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "mixture, β 0.01",
        "pairs_upper, β 0.01",
        "quadrature, β 0.01",
    ]


def test_a_family_shares_its_axis():
    x = np.linspace(0, 5, 9)
    figure = family_curves(
        x, {"β = 0.1": x**2, "β = 1": x}, x_label="w", label="I [nats]", levels={"ln 4": 1.386}
    )
    [axes] = figure.axes
    assert [line.get_label() for line in axes.lines[:2]] == ["β = 0.1", "β = 1"]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), x**2)
    for wrong in ({}, {"a": x[:3]}):
        with pytest.raises(InvalidInputError, match="a value for each x"):
            family_curves(x, wrong, x_label="w", label="I")
