"""Models that share a graph, beside the same models that were traced each by itself."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ib_mlflow.tracking.model_files import ModelFiles
from ib_mlflow.tracking.server_log import silence_remarks

EXAMPLE = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)
INPUTS = torch.linspace(-2, 2, 28).reshape(7, 4)


class Members(nn.Module):
    """Three networks with a normalisation, whose buffers learn too."""

    def __init__(self, seed: int, *, units: int = 5, factor: float = 1.0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.first, self.last = nn.Linear(4, units), nn.Linear(units, 6)
            self.normalised = nn.BatchNorm1d(units)
            self.normalised.running_mean += torch.randn(units)
        self.factor = factor

    def forward(self, rows: Tensor) -> Tensor:
        hidden = torch.tanh(self.normalised(self.first(rows)))
        return self.factor * self.last(hidden).unflatten(1, (3, 2)).transpose(0, 1)


def named(number: int) -> SimpleNamespace:
    """A logged model of a store that is not there."""
    return SimpleNamespace(
        artifact_location=f"place/{number}", model_id=f"m-{number}", source_run_id="run"
    )


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An entry for each graph that was traced."""
    calls: list[int] = []
    export = torch.export.export

    def counted(*arguments: object, **named: object) -> object:
        calls.append(1)
        return export(*arguments, **named)

    monkeypatch.setattr(torch.export, "export", counted)
    return calls


def given_by(path: Path) -> Tensor:
    with silence_remarks():
        import mlflow.pytorch
    return mlflow.pytorch.load_model(str(path))(INPUTS)


def test_models_of_one_graph_are_those_that_were_traced_each(
    tmp_path: Path, traced: list[int]
) -> None:
    from mlflow.models import Model

    together = ModelFiles(EXAMPLE)
    for seed in range(3):
        together.write(Members(seed), tmp_path / f"together {seed}", named(seed))
    assert len(traced) == 1
    for seed in range(3):
        own, alone = (tmp_path / f"{name} {seed}" for name in ("together", "alone"))
        ModelFiles(EXAMPLE).write(Members(seed), alone, named(seed))
        assert torch.equal(given_by(own), Members(seed).eval()(INPUTS))
        assert torch.equal(given_by(own), given_by(alone))
        names = sorted(file.relative_to(own) for file in own.rglob("*"))
        assert names == sorted(file.relative_to(alone) for file in alone.rglob("*"))
        for name in names:
            if name.suffix not in ("", ".pt2"):
                assert (own / name).read_bytes() == (alone / name).read_bytes(), name
        one, other = (Model.load(str(path)).to_dict() for path in (own, alone))
        assert one.pop("utc_time_created") <= other.pop("utc_time_created")
        assert abs(one.pop("model_size_bytes") - other.pop("model_size_bytes")) < 1000
        assert one == other
        assert one["model_id"] == f"m-{seed}"


@pytest.mark.parametrize(
    "other", [{"factor": 2.0}, {"units": 7}], ids=["a number of the graph", "shapes"]
)
def test_a_graph_that_gives_other_outputs_is_traced_anew(
    tmp_path: Path, traced: list[int], other: dict[str, float]
) -> None:
    files = ModelFiles(EXAMPLE)
    modules = [Members(0), Members(1, **other), Members(2, **other)]
    for number, module in enumerate(modules):
        files.write(module, tmp_path / str(number), named(number))
    assert len(traced) == 2
    for number, module in enumerate(modules):
        assert torch.equal(given_by(tmp_path / str(number)), module(INPUTS))


def test_weights_of_members_that_diverged_are_weights(tmp_path: Path, traced: list[int]) -> None:
    files = ModelFiles(EXAMPLE)
    diverged = Members(1)
    with torch.no_grad():
        diverged.last.bias[:2] = torch.nan
    for number, module in enumerate((Members(0), diverged)):
        files.write(module, tmp_path / str(number), named(number))
    assert len(traced) == 1
    assert given_by(tmp_path / "1").isnan().sum(dim=(1, 2)).tolist() == [14, 0, 0]
