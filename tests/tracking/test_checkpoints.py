import pickle
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from synthetic import GUIDES, Step, measure, train

from ib_mlflow.errors import CheckpointError, TrackingError
from ib_mlflow.tracking import checkpoints
from ib_mlflow.tracking.artifacts import Artifacts
from ib_mlflow.trajectory import Trajectory

STATE = {
    "epoch": 3,
    "weights": [torch.arange(6, dtype=torch.float64).reshape(2, 3)],
    "name": "tanh",
    "rate": 0.1,
    "none": None,
    "nested": {"flag": True, "pair": (1, 2)},
}


@pytest.fixture
def folder(tmp_path: Path) -> Artifacts:
    return Artifacts(cast("Any", None), "run", str(tmp_path / "artifacts"))


def step(epoch: int) -> Step:
    return list(train(epoch))[-1]


def save(folder: Artifacts, epoch: int = 3, state: dict[str, Any] = STATE) -> None:
    rows = Trajectory(measure(step(epoch)), GUIDES)
    checkpoints.save(folder, epoch, rows, state, ["one", "two"])


def file(tmp_path: Path, suffix: str) -> Path:
    return tmp_path / "artifacts" / "checkpoints" / f"epoch_000003.{suffix}"


def test_round_trip(folder: Artifacts) -> None:
    save(folder)
    state = checkpoints.load_state(folder, 3, ["two", "three"])
    assert state is not None
    weights, *_ = state.pop("weights")
    torch.testing.assert_close(weights, STATE["weights"][0], rtol=0, atol=0)
    assert state == {key: value for key, value in STATE.items() if key != "weights"}
    rows = checkpoints.load_rows(folder, 3)
    assert rows is not None
    assert rows.frame.equals(Trajectory(measure(step(3)), GUIDES).frame)
    assert checkpoints.epochs(folder) == {3}
    assert checkpoints.load_state(folder, 4, ["two"]) is None
    assert checkpoints.load_rows(folder, 4) is None


def test_an_empty_folder_has_no_epochs(folder: Artifacts) -> None:
    assert checkpoints.epochs(folder) == set()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.999])
@pytest.mark.parametrize(
    ("suffix", "load"),
    [
        ("pt", lambda folder: checkpoints.load_state(folder, 3, ["one"])),
        ("parquet", lambda folder: checkpoints.load_rows(folder, 3)),
    ],
)
def test_a_truncated_file_counts_as_absent(
    folder: Artifacts,
    tmp_path: Path,
    suffix: str,
    load: Callable[[Artifacts], object],
    share: float,
) -> None:
    save(folder)
    path = file(tmp_path, suffix)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert load(folder) is None


LOADS = {
    "pt": lambda folder: checkpoints.load_state(folder, 3, ["one"]),
    "parquet": lambda folder: checkpoints.load_rows(folder, 3),
}


@pytest.mark.parametrize("suffix", ["pt", "parquet"])
@pytest.mark.parametrize("begin", [0.0, 0.001, 0.5])
def test_a_file_of_zeros_counts_as_absent(
    folder: Artifacts, tmp_path: Path, suffix: str, begin: float
) -> None:
    save(folder)
    path = file(tmp_path, suffix)
    whole = path.read_bytes()
    kept = int(begin * len(whole))
    path.write_bytes(whole[:kept] + bytes(len(whole) - kept))
    assert LOADS[suffix](folder) is None


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_is_harmless_or_counts_as_absent(
    folder: Artifacts, tmp_path: Path, seed: int
) -> None:
    save(folder)
    path = file(tmp_path, "pt")
    content = bytearray(path.read_bytes())
    place, bit = np.random.default_rng(seed).integers([len(content), 8])
    content[place] ^= 1 << bit
    path.write_bytes(content)
    state = checkpoints.load_state(folder, 3, ["one"])
    if state is not None:
        assert torch.equal(state.pop("weights")[0], STATE["weights"][0])
        assert state == {key: value for key, value in STATE.items() if key != "weights"}


def test_a_flipped_bit_of_a_weight_counts_as_absent(folder: Artifacts, tmp_path: Path) -> None:
    save(folder)
    path = file(tmp_path, "pt")
    content = bytearray(path.read_bytes())
    content[content.index(STATE["weights"][0].numpy().tobytes()) + 11] ^= 1
    path.write_bytes(content)
    assert checkpoints.load_state(folder, 3, ["one"]) is None


@pytest.mark.parametrize(
    "content",
    [
        b"not a checkpoint at all",
        pickle.dumps({"format": "ib_mlflow checkpoint 1"}),
        pickle.dumps(pickle.Pickler),
    ],
)
def test_a_foreign_file_is_refused(folder: Artifacts, tmp_path: Path, content: bytes) -> None:
    save(folder)
    file(tmp_path, "pt").write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        checkpoints.load_state(folder, 3, ["one"])
    assert "\n" not in str(caught.value)
    assert "weights_only" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        {"weights": torch.zeros(2)},
        [1, 2],
        {"format": "another"},
        {"format": "ib_mlflow checkpoint 1", "epoch": 3, "state": {}},
        {"format": "ib_mlflow checkpoint 1", "epoch": 3, "identities": ["one"]},
    ],
)
def test_another_layout_is_refused(folder: Artifacts, tmp_path: Path, content: object) -> None:
    save(folder)
    torch.save(content, file(tmp_path, "pt"))
    with pytest.raises(CheckpointError, match="must be of the format"):
        checkpoints.load_state(folder, 3, ["one"])


def test_the_checkpoint_of_other_children_or_another_epoch_is_refused(
    folder: Artifacts, tmp_path: Path
) -> None:
    save(folder)
    with pytest.raises(CheckpointError, match="must belong to the children"):
        checkpoints.load_state(folder, 3, ["three"])
    file(tmp_path, "pt").rename(file(tmp_path, "pt").with_name("epoch_000004.pt"))
    with pytest.raises(CheckpointError, match="of epoch 4 must belong"):
        checkpoints.load_state(folder, 4, ["one"])


class Rate(float):
    pass


@pytest.mark.parametrize(
    "value", [np.zeros(2), np.float64(1), torch.nn.Linear(1, 1), Path("a"), {1, 2}, Rate(1)]
)
def test_only_what_loads_without_running_code_is_saved(folder: Artifacts, value: object) -> None:
    with pytest.raises(CheckpointError, match=r"at state\['deep'\]\[0\]"):
        save(folder, state={"deep": [value]})
    assert checkpoints.epochs(folder) == set()


def test_the_rows_are_there_before_the_state(
    folder: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", die)
    with pytest.raises(KeyboardInterrupt):
        save(folder)
    assert checkpoints.load_rows(folder, 3) is not None
    assert checkpoints.load_state(folder, 3, ["one"]) is None


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process grows beyond a size, as if the disk were full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("size", [0, 100, 20_000])
def test_a_full_disk_leaves_the_last_good_checkpoint(
    folder: Artifacts, tmp_path: Path, size: int
) -> None:
    save(folder, 3)
    large: dict[str, Any] = {**STATE, "epoch": 4, "more": torch.zeros(100_000)}
    with (
        pytest.raises(TrackingError, match=r"artifact must be written whole.*epoch_000004"),
        files_of_at_most(size),
    ):
        save(folder, 4, large)
    assert checkpoints.load_state(folder, 4, ["one"]) is None
    state = checkpoints.load_state(folder, 3, ["one"])
    assert state is not None
    assert state["name"] == "tanh"
    assert not list(tmp_path.rglob(".partial*"))
    save(folder, 4, large)
    again = checkpoints.load_state(folder, 4, ["one"])
    assert again is not None
    assert torch.equal(again["more"], large["more"])
