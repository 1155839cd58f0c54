import pytest

from ib_mlflow.figures.guides import draw_guides, guide_lines
from ib_mlflow.figures.style import new_figure
from ib_mlflow.trajectory import Guides


@pytest.mark.parametrize(
    ("i_xy", "expected"),
    [
        (0.69, ["H(Y) = I(X;Y)"]),
        (0.65, ["H(Y)", "I(X;Y)"]),
        (0.30, ["H(Y)", "I(X;Y)"]),
    ],
)
def test_names_merge_where_lines_coincide(i_xy, expected):
    lines = guide_lines(Guides(8.0, 0.69, i_xy), height=0.8)
    assert [label for label, _ in lines] == expected


@pytest.mark.parametrize("i_xy", [0.69, 0.67, 0.62, 0.595, 0.3])
def test_labels_of_near_lines_do_not_overlap(i_xy):
    figure = new_figure(2.75, 2.65)
    axes = figure.add_axes((0, 0, 1, 0.9), xlim=(-0.2, 9), ylim=(-0.04, 0.76))
    draw_guides(axes, Guides(8.3, 0.69, i_xy))
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.texts]
    for index, box in enumerate(boxes):
        assert figure.bbox.x0 - 1 <= box.x0 < box.x1 <= figure.bbox.x1 + 1
        # Above the axes, where no mark of a layer comes.
        assert axes.bbox.y1 < box.y0 < box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


def test_lines_stand_where_the_entropies_are():
    axes = new_figure(2, 2).add_subplot(xlim=(0, 9), ylim=(0, 0.8))
    draw_guides(axes, Guides(8.3, 0.69, 0.4))
    vertical, *horizontal = axes.lines
    assert list(vertical.get_xdata()) == [8.3, 8.3]
    assert [line.get_ydata()[0] for line in horizontal] == [0.69, 0.4]
