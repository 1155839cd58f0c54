"""Where the tests of GPUs run: on CUDA, or where IB_TEST_DEVICE says."""

import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from ib_mlflow.data import Dataset
from ib_mlflow.networks.ensembles.stacked import StackedEnsemble

HERE = Path(__file__).parent
DEVICE = os.environ.get("IB_TEST_DEVICE", "cuda")
THREADS = torch.get_num_threads()


def pytest_collection_modifyitems(items):
    absent = DEVICE.startswith("cuda") and not torch.cuda.is_available()
    for item in items:
        if HERE not in item.path.parents:
            continue
        item.add_marker(pytest.mark.gpu)
        # Newer versions of torch may warn of what they will change; that is shown, and no failure.
        item.add_marker(pytest.mark.filterwarnings("default"))
        if absent:
            item.add_marker(pytest.mark.skip(reason="torch finds no CUDA device here"))


def pytest_report_header():
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "no CUDA device"
    return f"device under test: {DEVICE}; torch {torch.__version__}, {name}"


@pytest.fixture(autouse=True)
def threads():
    """As many as at first, because numba's OpenMP changes how many torch takes when it starts."""
    torch.set_num_threads(THREADS)


@pytest.fixture
def device():
    """The device under test, with its number."""
    return torch.empty(0, device=DEVICE).device


@pytest.fixture
def elsewhere(device):
    """A tensor whose numbers NumPy cannot read."""

    def put(values):
        return torch.as_tensor(values).to("meta" if device.type == "cpu" else device)

    return put


@pytest.fixture
def as_on_gpus(device, monkeypatch):
    """On the CPU, do what is done on GPUs: members together by torch.func."""

    @contextmanager
    def context():
        with monkeypatch.context() as patch:
            if device.type == "cpu":
                patch.setattr("ib_mlflow.networks.perceptrons.perceptron.LARGEST_COMPILED", 0)
                patch.setattr(StackedEnsemble, "per_member", False)
            yield

    return context


@pytest.fixture
def make_dataset():
    """Random samples of some shape, whose labels follow from them."""

    def make(n, *shape, classes=3, seed=0):
        inputs = np.random.default_rng(seed).integers(0, 256, (n, *shape)).astype(np.uint8)
        labels = inputs.reshape(n, -1).astype(np.int64).sum(axis=1) % classes
        names = tuple(str(label) for label in range(classes))
        return Dataset(
            name="random",
            inputs=inputs,
            labels=labels,
            classes=names,
            source="random numbers",
            levels=256,
        )

    return make


@pytest.fixture
def same_tensors():
    """Whether two dictionaries of tensors agree, all within a largest error."""

    def check(state, other, *, atol):
        assert state.keys() == other.keys()
        for name, tensor in state.items():
            torch.testing.assert_close(
                tensor.cpu(),
                other[name].cpu(),
                rtol=0,
                atol=atol,
                msg=lambda m, n=name: f"{n}: {m}",
            )

    return check


@pytest.fixture
def through_a_file(tmp_path):
    """A checkpoint, written and read without code, and without being put anywhere."""

    def go(checkpoint):
        torch.save(checkpoint, tmp_path / "checkpoint.pt")
        loaded = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
        assert {tensor.device.type for tensor in tensors_in(loaded)} == {"cpu"}
        return loaded

    return go


def tensors_in(state):
    if isinstance(state, torch.Tensor):
        return [state]
    parts = state.values() if isinstance(state, dict) else state if isinstance(state, list) else ()
    return [tensor for part in parts for tensor in tensors_in(part)]
