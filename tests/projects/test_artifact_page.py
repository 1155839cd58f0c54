"""The interactive plane where its user meets it: in the artifact page of `mlflow ui`."""

import os
import shutil
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@pytest.fixture
def server(store):
    """The address of an MLflow server over the store."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--backend-store-uri", store.uri],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 120
    while True:
        try:
            urlopen(f"{address}/health", timeout=5).close()
            break
        except (URLError, ConnectionError):
            assert process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.3)
    yield address
    os.killpg(process.pid, 15)
    process.wait(timeout=60)


@pytest.mark.slow
def test_the_plane_plays_in_mlflows_artifact_page(store, server):
    # Other tests leave shorter studies in the same store.
    seed = 80
    if not store.runs(f"params.seed = '{seed}'"):
        code, printed = store.run("main", scale="toy", seed=seed)
        assert code == 0, printed
    study = next(study for study in store.studies("main") if study.data.params["seed"] == f"{seed}")
    where = f"experiments/{store.experiment}/runs/{study.info.run_id}/artifacts"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        outside = []
        page.on("request", lambda request: outside.append(request.url))
        page.goto(f"{server}/#/{where}/information_plane.html", timeout=120_000)
        page.locator("iframe").first.wait_for(timeout=120_000)
        frame = page.frame_locator("iframe").first
        frame.locator("body[data-ready]").wait_for(timeout=120_000)
        slider, end = frame.locator("#epoch"), frame.locator("#epoch").get_attribute("max")
        slider.fill("0")
        assert frame.locator("#now").inner_text() == "epoch 0"
        frame.locator("#play").click()
        sync_api.expect(slider).to_have_value(end, timeout=60_000)
        assert frame.locator("#now").inner_text() == "epoch 8"
        page.get_by_text("report.md", exact=True).click()
        page.get_by_role("heading", name="Setting").wait_for(timeout=60_000)
        browser.close()
    assert [url for url in outside if "plotly" in url and not url.startswith(server)] == []
