import numpy as np
from matplotlib.colors import to_rgb

from ib_mlflow.figures.strips import draw_strips, strips_height
from ib_mlflow.figures.style import layer_colours, new_figure


def legend(layers: int, last: int, notes: int):
    height = strips_height(layers, notes)
    figure = new_figure(1.9, height)
    axes = figure.add_axes((0.4, 0, 0.5, 1))
    colours = layer_colours(range(1, layers + 1))
    draw_strips(axes, colours, last=last, notes=notes)
    figure.draw_without_rendering()
    return axes, colours


def test_a_strip_per_layer_runs_from_light_to_its_colour():
    axes, colours = legend(6, 8000, 4)
    assert len(axes.images) == 6
    for image, colour in zip(axes.images, colours.values(), strict=True):
        tones = np.asarray(image.get_array())[0]
        np.testing.assert_allclose(tones[-1], to_rgb(colour))
        assert tones[0].min() > 0.8 * 0.99
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        f"layer {layer}" for layer in colours
    ]


def test_the_notes_say_what_is_drawn():
    words = [text.get_text() for text in legend(3, 100, 4)[0].texts]
    assert "first epoch" in words
    assert "5–95 % of members" in words
    assert "5–95 % of members" not in [text.get_text() for text in legend(3, 100, 2)[0].texts]


def test_words_do_not_overlap():
    for layers, last in ((1, 1), (6, 8000), (10, 123456), (3, 0)):
        axes, _ = legend(layers, last, 4)
        boxes = [text.get_window_extent() for text in axes.texts]
        for index, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[index + 1 :]), (layers, last)
