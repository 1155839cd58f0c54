import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import input_scatter, layer_scatter
from ib_mlflow.figures.scatter import class_colours

LABELS = np.arange(60) % 2


def stages(d=3):
    rng = np.random.default_rng(0)
    return {epoch: np.tanh(gain * rng.normal(size=(60, d))) for epoch, gain in ((30, 3), (0, 0.1))}


@pytest.mark.parametrize("d", [2, 3])
def test_a_panel_per_epoch_with_the_same_limits(d):
    panels = layer_scatter(stages(d), LABELS, layer="layer 5").axes
    assert [axes.get_title(loc="left") for axes in panels] == ["layer 5, epoch 0", "epoch 30"]
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in panels}) == 1
    for axes, epoch in zip(panels, (0, 30), strict=True):
        low, high = axes.get_xlim()
        assert low < stages(d)[epoch].min(axis=0)[0] < stages(d)[epoch].max(axis=0)[0] < high
    assert [text.get_text() for text in panels[-1].get_legend().get_texts()] == [
        "class 0",
        "class 1",
    ]


def test_every_sample_is_a_point_in_the_colour_of_its_class():
    [axes, _] = layer_scatter(stages(2), LABELS, classes=["no", "yes"]).axes
    [points] = axes.collections
    offsets = np.asarray(points.get_offsets())
    order = np.lexsort(offsets.T)
    np.testing.assert_allclose(offsets[order], stages(2)[0][np.lexsort(stages(2)[0].T)])
    colours = np.round(points.get_facecolors()[:, :3], 6)
    assert len(np.unique(colours, axis=0)) == 2
    where = {tuple(row): label for row, label in zip(stages(2)[0], LABELS, strict=True)}
    by_class = {
        where[tuple(row)]: tuple(colour) for row, colour in zip(offsets, colours, strict=True)
    }
    assert by_class[0] != by_class[1]


def test_classes_have_colours_of_their_own():
    for count in (1, 2, 3, 10, 14):
        assert len(set(class_colours(count))) == count


def test_large_sets_are_thinned():
    many = np.random.default_rng(0).normal(size=(5000, 2))
    [points] = layer_scatter({0: many}, np.zeros(5000, int)).axes[0].collections
    assert len(points.get_offsets()) == 4096


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        ({}, LABELS, "no epoch"),
        ({0: np.zeros((60, 4))}, LABELS, "two or three units"),
        ({0: np.zeros((60, 3)), 1: np.zeros((50, 3))}, LABELS, "two or three units"),
        ({0: np.full((60, 3), np.nan)}, LABELS, "two or three units"),
        ({0: np.zeros((60, 3))}, LABELS[:9], "class numbers from 0"),
        ({0: np.zeros((60, 3))}, LABELS - 1, "class numbers from 0"),
        ({0: np.zeros((60, 3))}, LABELS * 0.5, "class numbers from 0"),
    ],
)
def test_what_has_no_scatter_is_refused(points, labels, message):
    with pytest.raises(InvalidInputError, match=message):
        layer_scatter(points, labels)


def test_inputs_lie_in_their_plane():
    figure = input_scatter([[0.0, 1.0], [2.0, -1.0]], [0, 1], classes=["in", "out"])
    axes = figure.axes[0]
    offsets = np.asarray(axes.collections[0].get_offsets())
    assert {tuple(point) for point in offsets} == {(0.0, 1.0), (2.0, -1.0)}
    assert axes.get_aspect() == 1.0
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["in", "out"]
