"""What Optuna's figures are given so that they can be read on a white page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plotly.colors import sample_colorscale

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 680
"""Of every figure, in pixels; the width is the frame's."""
SHADES = [[0.0, "#bcd4ea"], [0.5, "#4a90c8"], [1.0, "#08306b"]]
"""Even the palest point can be seen; the darkest is the best, or the latest."""
FRONT, OTHERS, INFEASIBLE = "#c1272d", "#4a90c8", "#b5b5b5"
KINDS = {"Best Trial": (FRONT, "on the front"), "Trial": (OTHERS, "behind it")}
"""What Optuna calls the points of a front above their colour bars."""


def page(figure: go.Figure, title: str) -> str:
    """Dress a figure and write it as an HTML page that refers to nothing outside.

    Arguments:
        figure: of plotly; it is changed.
        title: above it.

    Returns:
        The page, plotly included.
    """
    figure.update_layout(
        template="plotly_white",
        title={"text": title, "x": 0.01, "xanchor": "left", "font": {"size": 18}},
        height=HEIGHT,
        width=None,
        autosize=True,
        margin={"l": 90, "r": 40, "t": 90, "b": 70},
        font={"size": 13},
    )
    html: str = figure.to_html(
        include_plotlyjs=True, full_html=True, config={"displaylogo": False, "responsive": True}
    )
    return html


def dress_history(figure: go.Figure) -> go.Figure:
    """Make the points of a history large enough to be pointed at."""
    return figure.update_traces(marker_size=8, selector={"mode": "markers"})


def dress_slice(figure: go.Figure) -> go.Figure:
    """Shade the trials of a slice by number, and write choices without quotes."""
    for trace in figure.data:
        trace.x = tuple(_plain(value) for value in trace.x)
        trace.marker.update(colorscale=SHADES, reversescale=False, size=8)
    for axis in figure.select_xaxes():
        if axis.categoryarray is not None:
            axis.categoryarray = tuple(_plain(value) for value in axis.categoryarray)
    return _few_ticks(figure)


def dress_contour(figure: go.Figure, *, low_is_good: bool) -> go.Figure:
    """Shade a contour so that dark is good."""
    figure.update_traces(colorscale=SHADES, reversescale=low_is_good, selector={"type": "contour"})
    return _few_ticks(figure)


def dress_parallel(figure: go.Figure, *, low_is_good: bool) -> go.Figure:
    """Shade lines of parallel coordinates so that dark is good."""
    for trace in figure.data:
        if trace.mode == "lines" and trace.x[0] is not None:
            # The first axis is the objective's, from 0 to 1.
            good = 1 - trace.y[0] if low_is_good else trace.y[0]
            (colour,) = sample_colorscale(SHADES, [min(max(good, 0.0), 1.0)])
            trace.update(line_color=colour, line_width=1.6, opacity=0.75)
        elif trace.mode == "markers":
            trace.marker.update(colorscale=SHADES, reversescale=low_is_good)
    return figure


def dress_front(figure: go.Figure) -> go.Figure:
    """Give a Pareto front one colour, whenever its trials were drawn, and the others another."""
    for trace in figure.data:
        kind = trace.marker.colorbar.title.text
        colour, name = KINDS.get(kind, (INFEASIBLE, "a constraint does not hold"))
        size = 10 if colour == FRONT else 7
        trace.marker.update(color=colour, showscale=False, size=size, line={"width": 0})
        trace.update(name=name, showlegend=True)
    return figure


def _few_ticks(figure: go.Figure) -> go.Figure:
    """Leave the labels of small panels apart: on log axes those of decades."""
    figure.update_xaxes(nticks=4, tickangle=0)
    return figure


def _plain(value: Any) -> Any:
    return value.strip("'") if isinstance(value, str) else value
