import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import image_grid, pixels
from ib_mlflow.figures.style import WIDTH


def test_every_image_stands_in_its_place():
    generator = np.random.default_rng(0)
    groups = {
        "input": generator.random((2, 1, 1, 5, 4)),
        "samples": generator.random((2, 3, 3, 5, 4)),
    }
    figure = image_grid(groups)
    for axes, group in zip(figure.axes, groups.values(), strict=True):
        (shown,) = axes.get_images()
        picture = np.asarray(shown.get_array())
        for row in range(2):
            for column in range(group.shape[1]):
                tile = picture[row * 6 : row * 6 + 5, column * 5 : column * 5 + 4]
                expected = np.broadcast_to(group[row, column], (3, 5, 4))
                np.testing.assert_array_equal(tile.transpose(2, 0, 1), expected)
        assert (picture[5::6] == 1).all()
        assert (picture[:, 4::5] == 1).all()


def test_tiles_are_square_and_titles_do_not_overlap():
    figure = image_grid({"a long title": np.zeros((3, 1, 1, 8, 8)), "b": np.zeros((3, 2, 1, 8, 8))})
    figure.canvas.draw()
    boxes = [axes._left_title.get_window_extent() for axes in figure.axes]
    assert boxes[0].x1 < boxes[1].x0
    for axes, (rows, columns) in zip(figure.axes, ((3, 1), (3, 2)), strict=True):
        box = axes.get_window_extent()
        assert box.width / columns == pytest.approx(box.height / rows, rel=0.01)


def test_black_is_zero_and_white_is_one():
    picture = pixels(
        image_grid({"a": np.stack([np.zeros((1, 1, 8, 8)), np.ones((1, 1, 8, 8))], 1)}, frame=True)
    )
    assert picture.dtype == np.uint8
    h, w, _ = picture.shape
    row = picture[int(h * 0.7)]
    assert (row[int(w * 0.25)] == 0).all()
    assert (row[int(w * 0.7)] == 255).all()


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"a": np.zeros((2, 1, 1, 3, 3)), "b": np.zeros((3, 1, 1, 3, 3))},
        {"a": np.zeros((2, 1, 3, 3))},
        {"a": np.zeros((2, 1, 2, 3, 3))},
        {"a": np.zeros((0, 1, 1, 3, 3))},
        {"a": np.full((1, 1, 1, 3, 3), 2)},
        {"a": np.full((1, 1, 1, 3, 3), np.nan)},
    ],
)
def test_what_is_no_image_is_refused(columns):
    with pytest.raises(InvalidInputError):
        image_grid(columns)


def test_a_frame_is_drawn_for_a_tile_and_a_figure_as_wide_as_all():
    columns = {"input": np.zeros((2, 1, 1, 8, 8)), "samples": np.zeros((2, 3, 1, 8, 8))}
    assert image_grid(columns).get_size_inches()[0] == WIDTH
    assert image_grid(columns, frame=True).get_size_inches()[0] < 3
