import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import information_plane_html
from ib_mlflow.figures.style import layer_colours
from ib_mlflow.trajectory import Guides, Trajectory


class References(HTMLParser):
    """Collect what a browser would fetch, and the texts of scripts and data."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self.data: dict[str, str] = {}
        self.policy = ""
        self._inside: str | None = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.fetched += [(tag, name) for name in given if name in ("src", "href", "srcset", "data")]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        if tag == "script":
            self._inside = given.get("id", "")

    def handle_endtag(self, tag):
        if tag == "script":
            self._inside = None

    def handle_data(self, text):
        if self._inside == "":
            self.scripts.append(text)
        elif self._inside:
            self.data[self._inside] = text


def parsed(page: str) -> References:
    parser = References()
    parser.feed(page)
    return parser


def figure_of(page: str) -> dict:
    return json.loads(parsed(page).data["figure"])


@pytest.fixture(scope="module")
def page(sweep) -> str:
    return information_plane_html(sweep, unit="bits")


def test_nothing_is_fetched_and_a_policy_forbids_it(page):
    document = parsed(page)
    assert document.fetched == []
    assert "default-src 'none'" in document.policy
    assert "form-action 'none'" in document.policy
    assert not re.search(r"https?:", document.policy)
    own = [script for script in document.scripts if script not in get_plotlyjs()]
    assert own
    assert not any(re.search(r"https?://|fetch\(|XMLHttp|localStorage", text) for text in own)


def test_plotly_is_embedded_whole(small):
    assert get_plotlyjs() in information_plane_html(small)


def test_axes_traces_and_legend(page):
    figure = figure_of(page)
    layout, traces = figure["layout"], figure["data"]
    curves, legend = traces[:-4], traces[-4:]
    assert len(curves) == 8 * 4
    assert [trace["name"] for trace in legend] == [f"layer {layer}" for layer in (1, 2, 3, 4)]
    colours = layer_colours((1, 2, 3, 4))
    for trace in curves:
        layer = int(trace["name"].removeprefix("layer "))
        assert trace["legendgroup"] == trace["name"]
        assert trace["line"]["color"] == colours[layer]
        assert "bits" in trace["hovertemplate"]
        assert "I(X;T)" in trace["hovertemplate"]
        assert "5–95 %" in trace["hovertemplate"]
        assert "epoch" in trace["hovertemplate"]
    assert layout["xaxis"]["title"]["text"] == "I(X; Bin T) [bits]"
    assert layout["yaxis"]["title"]["text"] == "I(Bin T; Y) [bits]"


def test_panels_share_their_limits(page):
    layout = figure_of(page)["layout"]
    for axis in ("x", "y"):
        axes = [value for name, value in layout.items() if name.startswith(f"{axis}axis")]
        assert len(axes) == 8
        assert len({tuple(each["range"]) for each in axes}) == 1
        assert [each.get("matches") for each in axes] == [None] + [axis] * 7


def test_guides_are_in_every_panel(page):
    layout = figure_of(page)["layout"]
    words = [note["text"] for note in layout["annotations"]]
    assert words.count("H(X) = 12.00") == 8
    assert words.count("H(Y) = I(X;Y) = 1.00") == 8
    assert len(layout["shapes"]) == 16


def test_titles_cannot_break_the_page(small):
    title = "</script><b>x</b> & <img src=q>"
    page = information_plane_html({title: small, "other": small})
    document = parsed(page)
    assert document.fetched == []
    annotations = [
        note["text"] for note in json.loads(document.data["figure"])["layout"]["annotations"]
    ]
    assert "<b>&lt;/script&gt;&lt;b&gt;x&lt;/b&gt; &amp; &lt;img src=q&gt;</b>" in annotations


def test_one_member_has_no_spread_to_tell(small):
    page = information_plane_html(small.select(members=[0]))
    assert "5–95 %" not in figure_of(page)["data"][0]["hovertemplate"]
    assert "Dots are single members" not in page


def test_the_page_stays_under_six_megabytes():
    """Eight panels of 20 members, 100 epochs and 6 layers."""
    values = np.random.default_rng(0).random((2, 20, 100, 6))
    noise = Trajectory.from_arrays(
        values[0] * 8, values[1] * 0.69, epochs=range(100), n=4096,
        guides=Guides(8.3, 0.69, 0.69), estimator="exact", setting="",
    )  # fmt: skip
    page = information_plane_html({f"panel {index}": noise for index in range(8)})
    assert len(page.encode()) < 6_000_000
    assert "Dots are single members" in page


def test_another_unit_is_refused(small):
    with pytest.raises(InvalidInputError, match="nats or bits"):
        information_plane_html(small, unit="")
