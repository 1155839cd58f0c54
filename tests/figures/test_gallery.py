"""What holds of every figure: one width, no words cut off, none upon another, none under a mark."""

import re
from itertools import combinations

import numpy as np
import pytest
from gallery import GALLERY
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from ib_mlflow import figures
from ib_mlflow.figures.bands import DASHES, MARKERS
from ib_mlflow.figures.style import WIDTH

PAGES = {
    "entitle",
    "PlaneAnimation",
    "information_plane_html",
    "pixels",
    "Converging",
    "Planes",
    "Power",
}
"""Names of `figures` that are no figures."""
NUMBERS = re.compile(r"[0-9–, ]+|[ACE]|\d+/\d+")
"""What stands on marks: the number of a layer, the letters of a path."""


@pytest.fixture(scope="module", params=sorted(GALLERY))
def figure(request):
    drawn = GALLERY[request.param]()
    drawn.draw_without_rendering()
    return drawn


def axes_ticks(axes):
    """Each tick of an axes, and whether it lies between the limits."""
    for axis in (getattr(axes, f"{name}axis", None) for name in "xyz"):
        if axis is not None and axes.axison:
            low, high = sorted(axis.get_view_interval())
            room = 1e-6 * (high - low)
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                yield tick, low - room <= tick.get_loc() <= high + room


def words(figure):
    """Every text that is drawn, with the box of its letters in pixels."""
    undrawn = {
        label
        for axes in figure.axes
        for tick, inside in axes_ticks(axes)
        for label in (tick.label1, tick.label2)
        if not inside
    }
    hidden = [axes for axes in figure.axes if not axes.axison]
    undrawn |= {
        text for axes in hidden for axis in (axes.xaxis, axes.yaxis) for text in axis.findobj(Text)
    }
    for text in figure.findobj(Text):
        if text not in undrawn and text.get_visible() and text.get_text().strip():
            yield text, text.get_window_extent(figure.canvas.get_renderer())


def marks(axes):
    """The box of every mark of an axes, in pixels."""
    for line in axes.lines:
        if line.get_marker() in (*MARKERS, "v", "|") and line.get_visible():
            radius = line.get_markersize() * axes.figure.dpi / 72 / 2
            data = np.column_stack(line.get_data()).astype(np.float64)
            for place in line.get_transform().transform(data):
                if np.isfinite(place).all():
                    yield place - radius, place + radius


def test_every_figure_is_in_the_gallery():
    drawn = set(figures.__all__) - PAGES
    assert {name for name in drawn if not any(each.startswith(name) for each in GALLERY)} == set()


def test_every_figure_has_the_one_width(figure):
    assert figure.get_size_inches()[0] == WIDTH


def test_no_words_leave_the_picture(figure):
    width, height = figure.bbox.size
    for text, box in words(figure):
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, (text.get_text(), box)


def test_no_words_lie_upon_others(figure):
    boxes = [(text, box) for text, box in words(figure) if not NUMBERS.fullmatch(text.get_text())]
    for (first, one), (second, other) in combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        up = min(one.y1, other.y1) - max(one.y0, other.y0)
        # A pixel is the air that matplotlib leaves around letters.
        assert min(across, up) <= 2, (first.get_text(), second.get_text())


def test_no_words_lie_under_a_mark(figure):
    for axes in figure.axes:
        if hasattr(axes, "zaxis"):
            continue
        discs = list(marks(axes))
        for text in axes.texts:
            if NUMBERS.fullmatch(text.get_text()) or not text.get_text():
                continue
            box = text.get_window_extent()
            for low, high in discs:
                apart = high[0] < box.x0 or low[0] > box.x1 or high[1] < box.y0 or low[1] > box.y1
                assert apart, (text.get_text(), low, high)


def test_axes_say_their_units(figure):
    """An information without its unit would be a number of nothing."""
    for axes in figure.axes:
        for label in (axes.get_xlabel(), axes.get_ylabel()):
            if re.search(r"[IHh]\(", label) and "/ |" not in label:
                epoch = label.startswith("epoch") or "tradeoff" in label
                assert epoch or re.search(r"\[(nats|bits)", label), label


def grey(line):
    """The lightness of a line as grey print has it, from 0 to 1."""
    return float(np.cbrt(np.array(to_rgb(line.get_color())) ** 2.2 @ [0.2126, 0.7152, 0.0722]))


def test_curves_are_told_apart_without_colour(figure):
    """By their strokes or marks, by names where they end, or else by lightness."""
    for axes in figure.axes:
        named = any(text.get_weight() == "bold" for text in axes.texts)
        lines = [line for line in axes.lines if not line.get_label().startswith(("_", "layer"))]
        layers = [line for line in axes.lines if line.get_label().startswith("layer ")]
        assert named or not [line for line in layers if len(line.get_xdata()) > 1]
        for one, other in combinations(lines, 2):
            alike = (one.get_linestyle(), one.get_marker()) == (
                other.get_linestyle(),
                other.get_marker(),
            )
            patterns = one._unscaled_dash_pattern == other._unscaled_dash_pattern
            apart = abs(grey(one) - grey(other)) > 0.08 or one.get_lw() != other.get_lw()
            assert not (alike and patterns) or apart, (one.get_label(), other.get_label())


def test_strokes_and_marks_differ():
    assert len(set(DASHES)) == len(DASHES)
    assert len(set(MARKERS)) == len(MARKERS)
