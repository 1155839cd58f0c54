import itertools

import numpy as np

from ib_mlflow.figures.ends import name_ends
from ib_mlflow.figures.style import layer_colours, new_figure


def named(ends, **axes_settings):
    axes = new_figure(4, 3).add_axes((0.1, 0.1, 0.7, 0.8), **axes_settings)
    name_ends(axes, ends, layer_colours(ends))
    return axes


def test_curves_that_end_together_share_a_name():
    axes = named({1: 8.3, 2: 8.3, 3: 8.29, 4: 5.0, 5: 2.0}, ylim=(0, 9))
    assert [text.get_text() for text in axes.texts] == ["1–3", "4", "5"]


def test_names_stand_outside_the_data_and_apart():
    axes = named(dict(enumerate(np.linspace(1, 8, 12), start=1)), ylim=(0, 9))
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert all(box.x0 > axes.bbox.x1 for box in boxes)
    assert all(low.y1 <= high.y0 + 2 for low, high in itertools.pairwise(boxes))


def test_a_name_is_as_high_as_its_curve_on_any_scale():
    axes = named({1: 10.0, 2: 1000.0}, ylim=(1, 10_000), yscale="log")
    axes.figure.draw_without_rendering()
    for text, value in zip(axes.texts, (10.0, 1000.0), strict=True):
        box = text.get_window_extent()
        assert abs((box.y0 + box.y1) / 2 - axes.transData.transform((1, value))[1]) < 3


def test_what_ends_nowhere_has_no_name():
    assert not named({1: np.nan, 2: 12.0}, ylim=(0, 9)).texts
