import numpy as np
import pytest

from ib_mlflow.figures.end_marks import number_points, runs
from ib_mlflow.figures.style import layer_colours, new_figure


@pytest.fixture
def axes():
    return new_figure(4, 4).add_axes((0, 0, 1, 1), xlim=(0, 1), ylim=(0, 1))


def labels(axes, points):
    colours = layer_colours(points)
    number_points(axes, {k: np.array(point) for k, point in points.items()}, colours)
    return [text.get_text() for text in axes.texts]


def test_every_layer_has_its_number(axes):
    assert labels(axes, {1: (0.1, 0.1), 2: (0.5, 0.5), 3: (0.9, 0.9)}) == ["1", "2", "3"]


def test_layers_on_one_point_share_a_label(axes):
    assert labels(axes, dict.fromkeys((1, 2, 3, 5), (0.5, 0.5))) == ["1–3, 5"]


def test_no_label_hides_another(axes):
    rng = np.random.default_rng(5)
    points = {layer: tuple(0.5 + rng.normal(0, 0.015, 2)) for layer in range(1, 9)}
    words = labels(axes, points)
    assert len(words) < 8
    axes.figure.draw_without_rendering()
    boxes = [text.get_window_extent().shrunk(0.5, 0.5) for text in axes.texts]
    for index, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


def test_runs():
    assert runs([4]) == "4"
    assert runs([1, 2]) == "1–2"
    assert runs([1, 3, 4, 5, 9]) == "1, 3–5, 9"
