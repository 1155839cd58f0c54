import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures.epochs import epoch_axis, epoch_fraction, epoch_ticks
from ib_mlflow.figures.style import ink_on, layer_colours, new_figure, shades, unit_scale

# Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB.
VISIONS = {
    "full": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def oklab(linear: np.ndarray) -> np.ndarray:
    """Björn Ottosson's OKLab, of linear RGB."""
    cones = linear @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(cones) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize(("count", "least"), [(6, 0.15), (10, 0.10)])
def test_layers_can_be_told_apart(vision, count, least):
    encoded = np.array([to_rgb(colour) for colour in layer_colours(range(1, count + 1)).values()])
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    perceived = oklab(np.clip(linear @ np.array(VISIONS[vision]).T, 0, 1))
    distances = np.linalg.norm(perceived[:, None] - perceived[None], axis=-1)
    assert distances[np.triu_indices(count, 1)].min() > least


def test_more_layers_than_colours_still_differ():
    assert len(set(layer_colours(range(1, 31)).values())) == 30


def test_the_order_of_the_layers_given_does_not_matter():
    assert layer_colours([3, 1, 2]) == layer_colours((1, 2, 3, 3))


def test_shades_darken_with_time_and_end_in_the_layers_colour():
    tone = shades("#812158", np.linspace(0, 1, 20))
    luminance = tone @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) < 0).all()
    np.testing.assert_allclose(tone[-1], to_rgb("#812158"))


def test_the_scale_of_epochs():
    places = epoch_fraction([0, 1, 10, 8000], last=8000)
    assert places[0] == 0
    assert places[-1] == 1
    assert (np.diff(places) > 0).all()
    assert epoch_fraction([0], last=0).tolist() == [0]


@pytest.mark.parametrize("last", [0, 1, 2, 7, 10, 99, 100, 1500, 8000, 123456])
def test_ticks_start_and_end_where_the_epochs_do_and_keep_apart(last):
    ticks = epoch_ticks(last)
    assert ticks[0] == 0
    assert ticks[-1] == last
    assert (np.diff(epoch_fraction(ticks, last=last)) >= 0.12).all()


def test_epoch_zero_is_on_the_axis():
    axes = new_figure(3, 2).add_subplot()
    epoch_axis(axes, last=1000)
    pixels = axes.transData.transform([(0, 0), (9, 0), (99, 0), (999, 0)])[:, 0]
    assert np.isfinite(pixels).all()
    np.testing.assert_allclose(np.diff(pixels), np.diff(pixels)[0])
    assert axes.get_xlim()[0] < 0


def test_ink_contrasts_with_every_layer():
    for colour in layer_colours(range(1, 11)).values():
        assert ink_on(colour) in ("#ffffff", "#26292e")
    assert ink_on("#000000") == "#ffffff"
    assert ink_on("#ffffff") == "#26292e"


def test_units():
    assert unit_scale("nats") == 1
    assert unit_scale("bits") == pytest.approx(1 / np.log(2))
    with pytest.raises(InvalidInputError, match="nats or bits"):
        unit_scale("bytes")


def test_a_figure_is_unknown_to_pyplot_and_changes_no_setting():
    before = dict(mpl.rcParams)
    figure = new_figure(2, 1)
    assert dict(mpl.rcParams) == before
    assert figure.canvas.manager is None
