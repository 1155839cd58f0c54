import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.mixture import cuda
from ib_mlflow.information.mixture.cuda import find_device, torch_log_sums
from ib_mlflow.information.mixture.density import all_pairs, evaluate
from ib_mlflow.information.mixture.tree import grow_tree


def problem(d):
    random = np.random.default_rng(d)
    tree = grow_tree(200 * random.normal(size=(d, 300)), random.dirichlet(np.ones(300)))
    return tree, tree.points[:, :101].T + random.normal(size=(101, d))


@pytest.mark.parametrize("d", [1, 4])
def test_torch_sums_as_the_compiled_code_does(monkeypatch, d):
    tree, queries = problem(d)
    monkeypatch.setattr(cuda, "BLOCK", 300 * 25)
    sums = torch_log_sums(tree, queries, torch.device("cpu"))
    np.testing.assert_allclose(sums, all_pairs(tree, queries).values, rtol=0, atol=1e-10)


def test_another_device_sums_all_pairs(monkeypatch):
    tree, queries = problem(2)
    calls = []

    def elsewhere(tree, queries, device):
        calls.append(device)
        return torch_log_sums(tree, queries, torch.device("cpu"))

    monkeypatch.setattr(cuda, "find_device", lambda device: torch.device("meta"))
    monkeypatch.setattr(cuda, "torch_log_sums", elsewhere)
    sums = evaluate(tree, queries, tolerance=1e-3, method="brute", device="cuda")
    np.testing.assert_allclose(sums.values, all_pairs(tree, queries).values, atol=1e-10)
    assert calls == [torch.device("meta")]
    assert sums.method == "brute"


def test_devices_are_found_or_refused():
    assert find_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    for name in ("cuda:99", "abacus", "meta", "mps", None, 2.5):
        with pytest.raises(InvalidInputError, match="device must be"):
            find_device(name)
