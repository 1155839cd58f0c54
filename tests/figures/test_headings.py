import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ib_mlflow.figures import information_plane
from ib_mlflow.figures.bands import grid
from ib_mlflow.figures.headings import entitle
from ib_mlflow.figures.style import WIDTH, dress


def boxes(figure):
    inches = figure.dpi_scale_trans.inverted()
    return [axes.get_window_extent().transformed(inches).bounds for axes in figure.axes]


def test_a_heading_grows_the_figure_and_moves_no_axes():
    figure, _ = grid(2, 2, height=1.5, right=0.5)
    before, height = boxes(figure), figure.get_size_inches()[1]
    entitle(figure, "main · szt · tanh")
    np.testing.assert_allclose(boxes(figure), before)
    assert figure.get_size_inches()[0] == WIDTH
    assert figure.get_size_inches()[1] > height


def test_a_long_heading_takes_lines_and_stays_above_the_titles():
    figure, [[axes]] = grid(1, 1, height=1.5, right=0.5)
    dress(axes, title="a panel")
    entitle(figure, " · ".join(f"condition {number}" for number in range(20)))
    assert isinstance(figure.canvas, FigureCanvasAgg)
    figure.draw_without_rendering()
    heading = figure._suptitle.get_window_extent()
    assert "\n" in figure.get_suptitle()
    assert heading.y0 > axes._left_title.get_window_extent().y1
    assert heading.y1 <= figure.bbox.y1
    assert heading.x1 <= figure.bbox.x1


def test_what_is_known_is_not_said_twice(small):
    figure = entitle(information_plane(small), "main · szt · binned, bin size 0.07")
    assert figure.get_suptitle() == "main · szt · binned, bin size 0.07"
    assert entitle(figure, "").get_suptitle() == "main · szt · binned, bin size 0.07"


def test_a_sweep_says_what_its_panels_have_in_common(sweep):
    assert information_plane(sweep).get_suptitle() == "binned · 3 members"
