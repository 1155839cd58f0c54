import gzip
import os
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ib_mlflow.data import Dataset, load
from ib_mlflow.errors import DataError

sys.path.insert(0, str(Path(__file__).parent))  # for the modules that tests share

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_folders() -> list[Path]:
    return [Path(os.environ.get("IB_DATA") or SHARED), Path("/usr/share/datasets")]


@pytest.fixture(scope="session")
def real_data(real_folders: list[Path]) -> Path:
    if not real_folders[0].is_dir():
        pytest.skip(f"no folder of real data at {real_folders[0]}; name one in IB_DATA")
    return real_folders[0]


@pytest.fixture(scope="session")
def load_real(real_folders: list[Path]) -> Callable[[str, str | None], Dataset]:
    """Loads a part of a dataset from the first folder that has it, and never downloads."""

    def load_real(name: str, part: str | None) -> Dataset:
        for root in real_folders:
            try:
                return load(name, root=root, part=part)
            except DataError as error:
                if "with none of" not in str(error):
                    raise
        return pytest.skip(f"no {part} part of {name} in {' or '.join(map(str, real_folders))}")

    return load_real


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No data in any of the usual places; returns the download cache, which is not there yet."""
    monkeypatch.delenv("IB_DATA", raising=False)
    monkeypatch.setattr("ib_mlflow.data.locate.SYSTEM_FOLDER", tmp_path / "no system folder")
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "caches" / name)
    return tmp_path / "caches" / "ib_mlflow"


@pytest.fixture
def idx() -> Callable[[np.ndarray], bytes]:
    """Content of an IDX file, written after the format's description."""

    def content(array: np.ndarray) -> bytes:
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        return header + array.astype(np.uint8).tobytes()

    return content


@pytest.fixture
def tiny_mnist(idx) -> dict[str, bytes]:
    """Content of four small files: 30 and 20 images of 28 × 28 pixels."""
    rng = np.random.default_rng(0)
    files = {}
    for prefix, n in (("train", 30), ("t10k", 20)):
        files[f"{prefix}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (n, 28, 28)))
        files[f"{prefix}-labels-idx1-ubyte"] = idx(np.arange(n) % 10)
    return files


@pytest.fixture
def write() -> Callable[..., Path]:
    def write(folder: Path, files: dict[str, bytes], *, zipped: bool = False) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            if zipped:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
            else:
                (folder / name).write_bytes(content)
        return folder

    return write


@dataclass
class Server:
    """A web server on this machine, the folder it serves and the paths it was asked for."""

    folder: Path
    home: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = Server(tmp_path / "served")
    served.folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(served.folder))
    ) as http:
        served.home = f"http://127.0.0.1:{http.server_port}/"
        thread = threading.Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        yield served
        http.shutdown()
        thread.join()
