import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import centre_motion, mixture_densities

LABELS = [0, 0, 0, 1]
CLASSES = ["-1", "1"]
EPOCHS = [0, 1, 10, 100, 1000]
CENTRES = np.tanh(np.array([0.0, 0.1, 0.5, 1, 2])[:, None] * np.array([-5.0, -3, -1, 1]))


@pytest.mark.parametrize("beta", [1e-3, 0.01, 0.3])
def test_densities_are_those_of_the_mixture(beta):
    figure = mixture_densities({250: CENTRES[2], 9: CENTRES[1]}, LABELS, beta=beta, classes=CLASSES)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["epoch 9", "epoch 250"]
    for axes, centres in zip(figure.axes, CENTRES[1:3], strict=True):
        line, density = axes.lines[-3 if axes is figure.axes[-1] else -1].get_data()
        assert np.trapezoid(density, line) == pytest.approx(1, abs=0.01)
        # At each centre its own Gaussian is seen at its height, however narrow.
        for number, centre in enumerate(centres):
            own = axes.lines[2 * number].get_ydata()
            assert own.max() == pytest.approx(0.25 / (beta * np.sqrt(2 * np.pi)), rel=1e-3)
            assert axes.lines[2 * number + 1].get_xdata()[0] == centre


def test_every_centre_has_a_path_in_the_colour_of_its_class():
    figure = centre_motion(
        {"layer 1": CENTRES, "layer 2": 2 * CENTRES},
        LABELS,
        epochs=EPOCHS,
        beta=0.01,
        classes=CLASSES,
    )
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["layer 1", "layer 2"]
    for axes, path in zip(figure.axes, (CENTRES, 2 * CENTRES), strict=True):
        colours = [line.get_color() for line in axes.lines[:4]]
        assert len(set(colours[:3])) == 1
        assert colours[3] != colours[0]
        for line, centre in zip(axes.lines, path.T, strict=False):
            np.testing.assert_allclose(line.get_data(), (EPOCHS, centre))
    names = [text.get_text() for text in figure.axes[-1].get_legend().get_texts()]
    assert names == ["class -1", "class 1"]


def test_the_grey_is_darkest_where_the_centres_are():
    [axes] = centre_motion({"T": CENTRES}, LABELS, epochs=EPOCHS, beta=0.02, classes=CLASSES).axes
    picture = np.asarray(axes.collections[0].get_array())
    assert picture.max() == 1
    lines = np.linspace(*axes.get_ylim(), len(picture))
    # The last column shows the last epoch: its highest density is at the merged centres.
    assert lines[picture[:, -1].argmax()] == pytest.approx(CENTRES[-1, 0], abs=0.03)


@pytest.mark.parametrize(
    ("centres", "labels", "beta"),
    [
        ([[0.0, np.nan]], [0, 1], 0.1),
        ([[0.0, 1.0]], [0], 0.1),
        ([[0.0, 1.0]], [0, 1], 0.0),
        ([[0.0, 1.0]], [0, 1], np.inf),
        ([], [0, 1], 0.1),
        ([[0.0], [0.0, 1.0]], [0, 1], 0.1),
    ],
)
def test_what_is_no_mixture_is_refused(centres, labels, beta):
    with pytest.raises(InvalidInputError, match="make a mixture"):
        mixture_densities(dict(enumerate(centres)), labels, beta=beta, classes=CLASSES)


def test_a_motion_has_a_row_for_each_epoch():
    with pytest.raises(InvalidInputError, match="a row of centres for each epoch"):
        centre_motion({"T": CENTRES}, LABELS, epochs=[0, 1], beta=0.1, classes=CLASSES)
    with pytest.raises(InvalidInputError, match="make a mixture"):
        centre_motion({}, LABELS, epochs=[0, 1], beta=0.1, classes=CLASSES)
