"""The page in the frame in which MLflow shows artifacts, in a real browser."""

import os
import shutil
from collections.abc import Iterator
from itertools import product

import pytest

from ib_mlflow.figures import information_plane_html
from ib_mlflow.figures.style import layer_colours

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)"),
]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
OUTSIDE = '<iframe sandbox="allow-scripts" style="width:1000px;height:820px;border:0"></iframe>'
HIDDEN = "document.getElementById('plane').data.filter((t) => t.visible === 'legendonly')"
PIXELS = """(colour) => {
  const canvas = document.getElementById("moving");
  const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const places = [];
  for (let at = 0; at < all.length; at += 4) {
    if (all[at] === colour[0] && all[at + 1] === colour[1] && all[at + 2] === colour[2]
        && all[at + 3] === 255) places.push((at / 4) % canvas.width);
  }
  return places;
}"""


@pytest.fixture(scope="module")
def page(sweep) -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        outer = browser.new_page(viewport={"width": 1020, "height": 840})
        outer.complaints, outer.requests = [], []
        outer.on("console", lambda message: outer.complaints.append(message.text))
        outer.on("pageerror", lambda error: outer.complaints.append(str(error)))
        outer.on("request", lambda request: outer.requests.append(request.url))
        outer.set_content(OUTSIDE)
        outer.evaluate(
            "(html) => { document.querySelector('iframe').srcdoc = html; }",
            information_plane_html({title: sweep[title] for title in list(sweep)[1:3]}),
        )
        outer.frame_locator("iframe").locator("body[data-ready]").wait_for(timeout=120_000)
        yield outer
        browser.close()


@pytest.fixture
def frame(page):
    inner = page.frames[1]
    inner.locator("#epoch").fill(inner.locator("#epoch").get_attribute("max"))
    return inner


def rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def spots(frame, layer: int) -> list[int]:
    """Columns of the canvas's pixels that have the layer's own colour."""
    return frame.evaluate(PIXELS, rgb(layer_colours((1, 2, 3, 4))[layer]))


def test_the_frame_is_as_closed_as_mlflows(frame):
    origin = frame.evaluate("() => window.origin")
    assert origin == "null"
    with pytest.raises(sync_api.Error, match="sandboxed"):
        frame.evaluate("() => window.localStorage.length")


def test_every_layer_is_drawn_in_both_panels(frame):
    middle = frame.evaluate("() => document.getElementById('moving').width / 2")
    for layer in (1, 2, 3, 4):
        places = spots(frame, layer)
        assert sum(place < middle for place in places) > 30
        assert sum(place > middle for place in places) > 30


def test_the_slider_moves_the_layers(frame, sweep):
    last = next(iter(sweep.values())).epochs[-1]
    assert frame.locator("#now").inner_text() == f"epoch {last:,}"
    late = spots(frame, 4)
    frame.locator("#epoch").fill("0")
    assert frame.locator("#now").inner_text() == "epoch 0"
    assert spots(frame, 4) != late
    frame.locator("#epoch").focus()
    frame.page.keyboard.press("ArrowRight")
    second = next(iter(sweep.values())).epochs[1]
    assert frame.locator("#now").inner_text() == f"epoch {second}"


def test_play_runs_to_the_end_and_pauses(frame):
    button, slider = frame.locator("#play"), frame.locator("#epoch")
    # The second click comes from inside, for on a busy machine the film may be over before ours.
    frame.evaluate(
        """() => {
          const [button, now] = ["play", "now"].map((id) => document.getElementById(id));
          new MutationObserver((_, watch) => {
            if (Number(document.getElementById("epoch").value) < 2) return;
            watch.disconnect();
            button.click();
          }).observe(now, { childList: true });
        }"""
    )
    button.click()
    frame.wait_for_function(
        "() => document.getElementById('play').textContent.includes('Play')"
        " && Number(document.getElementById('epoch').value) >= 2"
    )
    paused = slider.input_value()
    assert int(paused) < int(slider.get_attribute("max"))
    frame.page.wait_for_timeout(300)
    assert slider.input_value() == paused
    button.click()
    end = int(slider.get_attribute("max"))
    frame.wait_for_function(
        f"() => Number(document.getElementById('epoch').value) === {end}", timeout=60_000
    )
    frame.wait_for_function("() => document.getElementById('play').textContent.includes('Play')")


def test_a_click_in_the_legend_hides_a_layer_at_every_epoch_and_in_every_panel(frame):
    toggle = frame.locator(".legendtoggle").nth(2)
    toggle.click()
    frame.wait_for_function(f"() => {HIDDEN}.length === 3")  # two panels and the legend
    for step, layer in product(("0", "5"), (2, 3, 4)):
        frame.locator("#epoch").fill(step)
        assert bool(spots(frame, layer)) == (layer != 3)
    # A second click within the time of a double click would show the layer alone.
    frame.page.wait_for_timeout(600)
    toggle.click()
    frame.wait_for_function(f"() => {HIDDEN}.length === 0")
    assert spots(frame, 3)


def test_hovering_says_epoch_layer_both_informations_and_their_spread(frame, page, sweep):
    place = frame.evaluate(
        """() => {
          const plane = document.getElementById("plane");
          const [curve, x, y] = [plane.data[3], plane._fullLayout.xaxis, plane._fullLayout.yaxis];
          const box = plane.getBoundingClientRect();
          return [box.x + x._offset + x.l2p(curve.x[6]), box.y + y._offset + y.l2p(curve.y[6])];
        }"""
    )
    frame_box = page.locator("iframe").bounding_box()
    x, y = place[0] + frame_box["x"], place[1] + frame_box["y"]
    page.mouse.move(x - 2, y)
    page.mouse.move(x, y)
    label = frame.locator(".hoverlayer .hovertext")
    label.wait_for()
    text = label.text_content()
    title = list(sweep)[1]
    trajectory = sweep[title]
    epoch = trajectory.epochs[6]
    assert title in text
    assert f"layer 4, epoch {epoch}" in text
    summary = trajectory.aggregate().query(f"epoch == {epoch} and layer == 4")
    for name, quantity in (("I(X;T)", "i_x"), ("I(T;Y)", "i_y")):
        row = summary[summary["quantity"] == quantity].iloc[0]
        words = f"{name} = {row['mean']:.3f} nats, 5–95 %: {row['q05']:.3f} to {row['q95']:.3f}"
        assert words in text


@pytest.mark.parametrize(("width", "columns"), [(1000, 2), (380, 1)])
def test_panels_stand_beside_or_below_one_another_as_the_width_allows(page, frame, width, columns):
    page.evaluate("(px) => { document.querySelector('iframe').style.width = `${px}px`; }", width)
    frame.wait_for_function(
        "(count) => { const layout = document.getElementById('plane').layout;"
        " return (layout.xaxis.domain[1] < 1) === (count === 2); }",
        arg=columns,
    )
    titles = frame.locator(".g-xtitle, .g-x2title").all_text_contents()
    assert [text for text in titles if text] == ["I(X; Bin T) [nats]"] * columns
    frame.wait_for_function(
        "() => { const [a, b] = ['moving', 'plane'].map((id) =>"
        " document.getElementById(id).getBoundingClientRect());"
        " return Math.abs(a.height - b.height) < 2 && Math.abs(a.width - b.width) < 2; }"
    )
    assert spots(frame, 1)


def test_no_button_sends_data_away(frame):
    buttons = frame.locator(".modebar-btn")
    titles = [button.get_attribute("data-title") for button in buttons.all()]
    assert titles == ["Zoom", "Pan", "Reset axes"]


def test_nothing_was_requested_and_nothing_complained(page):
    # Reading the canvas back is what these tests do, not the page.
    assert [words for words in page.complaints if "getImageData" not in words] == []
    assert [url for url in page.requests if not url.startswith(("about:", "data:"))] == []


@pytest.mark.parametrize("width", [700, 1400])
def test_the_grid_of_conditions_is_kept_at_any_width(page, sweep, width):
    tab = page.context.browser.new_page()
    tab.set_viewport_size({"width": width, "height": 800})
    titles = [title.replace("bin size ", "bin_size=") for title in sweep]
    tab.set_content(information_plane_html(dict(zip(titles, sweep.values(), strict=True))))
    tab.locator("body[data-ready]").wait_for(timeout=120_000)
    places = tab.evaluate(
        "() => { const of = document.getElementById('plane')._fullLayout;"
        " return [...Array(8).keys()].map((at) => { const end = at ? at + 1 : '';"
        " return [of['xaxis' + end]._offset, of['yaxis' + end]._offset,"
        " of['xaxis' + end]._length]; }); }"
    )
    above, below = places[:4], places[4:]
    assert len({y for _, y, _ in above}) == len({y for _, y, _ in below}) == 1
    assert [x for x, _, _ in above] == [x for x, _, _ in below]
    assert all(length > 140 for _, _, length in places)
    scrolled = tab.evaluate(
        "() => [document.getElementById('window').scrollWidth,"
        " document.getElementById('window').clientWidth, document.body.scrollWidth]"
    )
    # What moves is drawn where the axes are, also where they are scrolled to.
    sizes = tab.evaluate(
        "() => ['moving', 'plane'].map((id) => document.getElementById(id).clientWidth)"
        ".concat(document.getElementById('plane')._fullLayout.width)"
    )
    assert len(set(sizes)) == 1
    assert (scrolled[0] > scrolled[1]) == (width == 700)
    assert scrolled[2] <= width
    tab.close()
