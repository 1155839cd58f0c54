import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import family_panels


def test_a_panel_for_each_setting_with_bands_over_members():
    curves = np.array([[0.0, 1.0, 2.0], [0.0, 3.0, np.nan]])
    panels = {"a": {"x": curves, "y": curves + 1}, "b": {"y": curves}}
    figure = family_panels([0, 10, 100], panels, label="loss [nats]", x_label="update")
    first, second = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["a", "b"]
    assert first.get_ylabel() == "loss [nats]"
    assert first.get_ylim() == second.get_ylim()
    assert [line.get_label() for line in first.lines] == ["x", "y"]
    np.testing.assert_array_equal(first.lines[0].get_ydata(), [0.0, 2.0, 2.0])
    assert first.lines[1].get_color() == second.lines[0].get_color()


def test_the_legend_names_what_only_the_first_panel_has():
    panels = {"a": {"x": [[0.0, 1.0]], "y": [[1.0, 2.0]]}, "b": {"x": [[0.0, 1.0]]}}
    first, second = family_panels([0, 1], panels, label="x").axes
    texts = second.get_legend().get_texts()
    assert [text.get_text() for text in texts] == ["x", "y"]
    assert second.lines[-1].get_color() == first.lines[1].get_color()


def test_many_settings_stand_in_rows():
    figure = family_panels([0, 1], {str(k): {"x": [[0.0, 1.0]]} for k in range(5)}, label="x")
    assert len(figure.axes) == 5


def test_a_member_without_values_leaves_a_gap():
    figure = family_panels([0, 1], {"a": {"x": [[0.0, np.nan]]}}, label="x")
    assert np.isnan(figure.axes[0].lines[0].get_ydata()[1])


@pytest.mark.parametrize("panels", [{}, {"a": {}}, {"a": {"x": [1.0, 2.0]}}, {"a": {"x": [[1.0]]}}])
def test_curves_that_do_not_fit_are_refused(panels):
    with pytest.raises(InvalidInputError, match="each panel must have curves"):
        family_panels([0, 1], panels, label="x")
