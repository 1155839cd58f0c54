"""The information plane as a page that plays the epochs, with nothing outside of it."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

from ib_mlflow.figures.guides import guide_lines
from ib_mlflow.figures.layout import is_grid, layout
from ib_mlflow.figures.panels import axis_names, limits, panels
from ib_mlflow.figures.payload import pack
from ib_mlflow.figures.style import GRID, INK, QUIET, ink_on, layer_colours

if TYPE_CHECKING:
    from ib_mlflow.figures.panels import Panel, Planes

_MOST = 12
"""Columns of a grid of conditions, which a window scrolls sideways."""


def information_plane_html(planes: Planes, *, unit: str = "nats") -> str:
    """Draw the information plane as a page with a slider of epochs that plays.

    The page embeds plotly.js and refers to nothing outside, so that it works in the sandboxed
    frame in which MLflow shows artifacts. A layer is hidden in all panels by a click in the legend.

    Arguments:
        planes: one trajectory, whose every (estimator, setting) becomes a panel, or a trajectory
            of one (estimator, setting) per title.
        unit: "nats" or "bits".

    Returns:
        The page's HTML, under 6 MB.

    Raises:
        InvalidInputError: another unit, or a titled trajectory of several estimators or settings.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="binned", setting="bin_size=0.07")
        >>> page = information_plane_html(plane)
        >>> "I(X; Bin T) [nats]" in page, len(page) < 6_000_000
        (True, True)
    """
    shown = panels(planes, unit=unit)
    colours = layer_colours({layer for panel in shown for layer in panel.layers})
    titles = [panel.title for panel in shown]
    cells, columns = layout(titles, most=_MOST)
    payload = pack(shown, colours) | {
        "cells": cells,
        "columns": columns,
        "grid": is_grid(titles),
        "joint": INK,
    }
    figure = _figure(shown, colours, unit)
    here = files(__package__)
    page = Template(here.joinpath("interactive.html").read_text(encoding="utf-8"))
    return page.substitute(
        plotly=get_plotlyjs(),
        figure=_embedded(figure.to_plotly_json()),
        payload=_embedded(payload),
        script=here.joinpath("interactive.js").read_text(encoding="utf-8"),
        hint=_hint(shown, payload),
    )


def _figure(shown: list[Panel], colours: dict[int, str], unit: str) -> go.Figure:
    """Draw what stands still; the script arranges the panels to the width there is."""
    figure = make_subplots(1, len(shown))
    x_range, y_range = limits(shown)
    style = {"gridcolor": GRID, "zeroline": False, "showline": True, "linecolor": QUIET}
    style |= {"ticks": "outside", "tickcolor": QUIET, "title_standoff": 8}
    x_name, y_name = axis_names(shown)
    figure.update_xaxes(range=x_range, matches="x", title_text=f"{x_name} [{unit}]", **style)
    figure.update_yaxes(range=y_range, matches="y", title_text=f"{y_name} [{unit}]", **style)
    # An axis may not match itself.
    figure.update_layout(xaxis_matches=None, yaxis_matches=None)
    for index, panel in enumerate(shown):
        cell = {"row": 1, "col": index + 1}
        _annotate(figure, panel, cell, height=y_range[1] - y_range[0])
        where = f"{escape(panel.title)}<br>" if len(shown) > 1 else ""
        for layer in panel.layers:
            ink = ink_on(colours[layer])
            path = go.Scatter(
                name=f"layer {layer}",
                legendgroup=f"layer {layer}",
                showlegend=False,
                mode="lines",
                line={"color": colours[layer], "width": 1.5},
                opacity=0.3,
                hovertemplate=where + _hover(layer, unit, spread=len(panel.members) > 1),
                hoverlabel={"bgcolor": colours[layer], "font": {"color": ink}},
            )
            figure.add_trace(path, **cell)
    for layer, colour in colours.items():
        mark = {"color": colour, "size": 13}
        name = f"layer {layer}"
        figure.add_scatter(
            name=name, legendgroup=name, x=[None], y=[None], mode="markers", marker=mark
        )
    figure.update_layout(
        template={},
        font={"family": "system-ui, sans-serif", "size": 12, "color": INK},
        paper_bgcolor="white",
        plot_bgcolor="white",
        hovermode="closest",
        margin={"l": 60, "r": 16, "b": 52},
        legend={"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
    )
    return figure


def _hover(layer: int, unit: str, *, spread: bool) -> str:
    """Say what the script puts beside each point: its epoch and the quantiles over members."""
    lines = [f"<b>layer {layer}</b>, epoch %{{customdata[0]}}"]
    for name, value, first in (("I(X;T)", "x", 1), ("I(T;Y)", "y", 3)):
        low, high = f"%{{customdata[{first}]:.3f}}", f"%{{customdata[{first + 1}]:.3f}}"
        members = f", 5–95 %: {low} to {high}" if spread else ""
        lines.append(f"{name} = %{{{value}:.3f}} {unit}{members}")
    return "<br>".join(lines) + "<extra></extra>"


def _annotate(figure: go.Figure, panel: Panel, cell: dict[str, int], *, height: float) -> None:
    """Write the panel's title, guides and members into it."""
    guides = panel.guides
    line = {"color": QUIET, "width": 1, "dash": "dash"}
    font = {"size": 11, "color": QUIET}
    lines = guide_lines(guides, height=height)
    figure.add_vline(guides.h_x, line=line, layer="below", exclude_empty_subplots=False, **cell)
    for _, value in lines:
        figure.add_hline(value, line=line, layer="below", exclude_empty_subplots=False, **cell)

    def write(text: str, x: float, y: float, **where: Any) -> None:
        place = {"xref": "x domain", "yref": "y domain", "xanchor": "left", "yanchor": "bottom"}
        note = place | {"font": font, "showarrow": False} | where
        figure.add_annotation(text=text, x=x, y=y, **note, **cell)

    corner: dict[str, Any] = {"xref": "x", "xanchor": "right"}
    # Names of guides stand above the axes, where no mark of a layer comes.
    write(f"<b>{escape(panel.title)}</b>", 0, 1, font={"size": 13}, yshift=13)
    write("   ".join(f"{label} = {value:.2f}" for label, value in lines), 0, 1)
    write(f"H(X) = {guides.h_x:.2f}", 1, 1, xanchor="right")
    write(panel.caption, guides.h_x, 0.01, xshift=-4, **corner)


def _hint(shown: list[Panel], payload: dict[str, Any]) -> str:
    parts = ["Light points are early epochs, full colours late ones."]
    if any(len(panel.members) > 1 for panel in shown):
        parts.append("Lines are means over members, bars their 5 % to 95 % quantiles.")
        dots = any(panel["points"] is not None for panel in payload["panels"])
        parts.append(
            "Dots are single members." if dots else "Single members are too many to be shown here."
        )
    parts.append("Click a layer to hide it, twice to see it alone.")
    return " ".join(parts)


def _embedded(value: object) -> str:
    """Write JSON that cannot end the script element it stands in."""
    return json.dumps(value, separators=(",", ":")).replace("</", "<\\/")
