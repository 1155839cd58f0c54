from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import information_plane
from ib_mlflow.figures.style import layer_colours
from ib_mlflow.trajectory import Trajectory


def planes_of(figure):
    return [axes for axes in figure.axes if axes.get_title(loc="left")]


def curves_of(axes, layer):
    return [c for c in axes.collections if c.get_label() == f"_layer {layer}"]


def test_axes_say_what_and_in_which_unit(small):
    for unit in ("nats", "bits"):
        axes = planes_of(information_plane(small, unit=unit))[0]
        assert axes.get_xlabel() == f"I(X; Bin T) [{unit}]"
        assert axes.get_ylabel() == f"I(Bin T; Y) [{unit}]"


def test_the_mean_is_drawn_in_the_layers_colour_from_light_to_full(small):
    axes = planes_of(information_plane(small))[0]
    for layer, colour in layer_colours(small.layers).items():
        casing, curve = curves_of(axes, layer)
        assert len(curve.get_segments()) == len(small.epochs) - 1
        tones = curve.get_colors()[:, :3]
        np.testing.assert_allclose(tones[-1], to_rgb(colour))
        assert (np.diff(tones.sum(axis=1)) < 0).all()
        assert casing.get_linewidth()[0] > curve.get_linewidth()[0]


def test_the_mean_goes_where_the_means_are(small):
    axes = planes_of(information_plane(small))[0]
    means = small.aggregate().pivot_table(
        index=["layer", "epoch"], columns="quantity", values="mean"
    )
    for layer in small.layers:
        segments = np.array(curves_of(axes, layer)[1].get_segments())
        path = np.concatenate([segments[:1, 0], segments[:, 1]])
        np.testing.assert_allclose(path, means.loc[layer][["i_x", "i_y"]])


def test_members_are_faint_and_bars_span_their_quantiles(small):
    axes = planes_of(information_plane(small))[0]
    members = [c for c in axes.collections if c.get_label() == "_members"]
    assert len(members) == len(small.layers)
    assert all(len(c.get_segments()) == 5 and c.get_alpha() < 0.3 for c in members)
    summary = small.aggregate().set_index(["epoch", "layer", "quantity"])
    last = summary.loc[(small.epochs[-1], 1, "i_x")]
    bars = [c.get_segments() for c in axes.collections if c.get_label() == "_bar"]
    spans = {(bar[0][0][0], bar[0][1][0]) for bar in bars}
    assert (last["q05"], last["q95"]) in spans


def test_one_member_has_neither_bars_nor_faint_lines(small):
    axes = planes_of(information_plane(small.select(members=[0])))[0]
    labels = {c.get_label() for c in axes.collections}
    assert not labels & {"_bar", "_members"}
    assert "1 member" in [text.get_text() for text in axes.texts]


def test_panels_of_a_sweep_share_limits_and_label_the_outer_axes(sweep):
    axes = planes_of(information_plane(sweep))
    assert len({(each.get_xlim(), each.get_ylim()) for each in axes}) == 1
    assert [each.get_title(loc="left").replace("\n", " ") for each in axes] == list(sweep)
    assert [bool(each.get_ylabel()) for each in axes] == [True, False, False, False] * 2
    assert [bool(each.get_xlabel()) for each in axes] == [False] * 4 + [True] * 4


@pytest.mark.parametrize("count", [1, 5, 8])
def test_any_number_of_panels_fits_without_overlap(small, count):
    titles = [f"a setting with a rather long name, number {index}" for index in range(count)]
    figure = information_plane(dict.fromkeys(titles, small))
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    boxes = [axes.get_tightbbox(renderer) for axes in figure.axes]
    for index, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.x1 + 1
        assert box.y1 <= figure.bbox.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


def test_every_panel_has_the_guides(sweep):
    for axes in planes_of(information_plane(sweep, unit="bits")):
        words = [text.get_text() for text in axes.texts]
        assert "H(X) = 12.00" in words
        assert "H(Y) = I(X;Y) = 1.00" in words


def test_a_layer_has_one_colour_in_all_panels(small, sweep):
    figure = information_plane({"four layers": small, "two": small.select(layers=[1, 3])})
    four, two = planes_of(figure)
    for layer in (1, 3):
        pair = [curves_of(axes, layer)[1].get_colors()[-1] for axes in (four, two)]
        np.testing.assert_allclose(*pair)


def test_gaps_where_nothing_is_known(small):
    frame = small.frame.copy()
    middle = (frame["layer"] == 2) & frame["epoch"].isin(small.epochs[5:8])
    frame.loc[middle, ["i_x", "i_y"]] = np.nan
    frame.loc[frame["layer"] == 3, ["i_x", "i_y"]] = np.nan
    axes = planes_of(information_plane(Trajectory(frame, small.guides)))[0]
    assert len(curves_of(axes, 2)[1].get_segments()) == len(small.epochs) - 1 - 4
    assert curves_of(axes, 3)[1].get_segments() == []


def test_one_epoch_is_a_figure_too(small):
    first = Trajectory(small.frame[small.frame["epoch"] == 0], small.guides)
    figure = information_plane(first)
    assert all(isinstance(each, LineCollection) for each in planes_of(figure)[0].collections)
    figure.savefig(BytesIO())


def test_threads_draw_the_same_picture_and_leave_settings_alone(small):
    def png(_: int) -> bytes:
        buffer = BytesIO()
        information_plane(small).savefig(buffer, metadata={"Software": None})
        return buffer.getvalue()

    before = dict(mpl.rcParams)
    with ThreadPoolExecutor(3) as pool:
        pictures = list(pool.map(png, range(3)))
    assert len(set(pictures)) == 1
    assert pictures[0].startswith(b"\x89PNG")
    assert dict(mpl.rcParams) == before


def test_another_unit_is_refused(small):
    with pytest.raises(InvalidInputError, match="nats or bits"):
        information_plane(small, unit="hartley")


def _is_title(artist, axes):
    return hasattr(artist, "get_text") and artist.get_text() == axes.get_title(loc="left") != ""


@pytest.mark.parametrize("single", [True, False])
def test_no_text_leaves_the_picture_and_no_guide_lies_under_a_mark(small, sweep, single):
    figure = information_plane(small if single else sweep)
    figure.draw_without_rendering()
    for axes in planes_of(figure):
        marks = [
            box
            for line in axes.lines
            if line.get_marker() == "o"
            for box in [line.get_window_extent()]
        ]
        named = [text for text in axes.texts if text.get_text().startswith(("H(X)", "H(Y)"))]
        assert len(named) == 2
        title = next(text for text in axes.get_children() if _is_title(text, axes))
        for text in [*named, title, axes.xaxis.label, axes.yaxis.label]:
            box = text.get_window_extent()
            assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1
        for text in named:
            box = text.get_window_extent()
            assert not any(box.overlaps(mark) for mark in marks)
            assert not box.overlaps(title.get_window_extent())
