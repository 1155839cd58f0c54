import numpy as np

from ib_mlflow.figures.bands import columns_of, draw_band, grid, legend_beside, panel_width, wrapped
from ib_mlflow.figures.style import WIDTH, dress


def test_axes_have_the_size_asked_for_in_inches():
    figure, axes = grid(2, 3, height=1.5, right=1.0)
    assert [len(row) for row in axes] == [3, 3]
    for row in axes:
        for each in row:
            box = each.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
            np.testing.assert_allclose((box.width, box.height), (panel_width(3, right=1.0), 1.5))
    figure.draw_without_rendering()
    boxes = [each.get_tightbbox() for row in axes for each in row]
    for index, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


def test_a_band_spans_the_quantiles_and_one_member_has_none():
    _, [[axes]] = grid(1, 1, height=2, right=0.5)
    draw_band(axes, [0, 1], [[1, 2], [0.5, 1.5], [1.5, 2.5]], colour="#163db9", label="layer 1")
    [band] = axes.collections
    corners = band.get_paths()[0].get_extents()
    assert (corners.y0, corners.y1) == (0.5, 2.5)
    draw_band(axes, [0, 1], [[1, 2]] * 3, colour="#163db9", label="layer 2")
    assert len(axes.collections) == 1
    assert len(axes.lines) == 2


def test_unknown_values_leave_a_gap():
    _, [[axes]] = grid(1, 1, height=2, right=0.5)
    draw_band(axes, [0, 1], [[np.nan, np.nan]] * 3, colour="#163db9", label="layer 1")
    assert np.isnan(axes.lines[0].get_ydata()).all()


def test_the_legend_stands_beside_the_axes():
    figure, [[axes]] = grid(1, 1, height=2, right=1.0)
    draw_band(axes, [0, 1], [[1, 2]] * 3, colour="#163db9", label="layer 1")
    legend_beside(axes, title="20 members")
    figure.draw_without_rendering()
    box = axes.get_legend().get_window_extent()
    assert box.x0 >= axes.bbox.x1
    assert box.x1 <= figure.bbox.x1


def test_all_figures_are_of_one_width_however_many_columns():
    widths = {grid(1, count, height=1, right=0.5)[0].get_size_inches()[0] for count in range(1, 7)}
    assert widths == {WIDTH}


def test_panels_are_laid_out_evenly():
    assert [columns_of(count, 4) for count in (1, 4, 5, 6, 9)] == [
        (1, 1), (1, 4), (2, 3), (2, 3), (3, 3)
    ]  # fmt: skip


def test_titles_are_no_wider_than_their_axes():
    titles = ["tanh, β = 0.005, orthonormal weights", "ReLU"]
    width = panel_width(4, right=1.0)
    lines, more = wrapped(titles, width)
    assert [line.replace("\n", " ") for line in lines] == titles
    figure, [[*row]] = grid(1, 4, height=1, right=1.0, above=more)
    for axes, line in zip(row, lines, strict=False):
        dress(axes, title=line)
        box = axes._left_title.get_window_extent()
        assert box.x1 <= axes.bbox.x1 + 4
        assert box.y1 <= figure.bbox.y1
