"""The files of logged models; of those that differ in weights alone the graph is traced once."""

from __future__ import annotations

import io
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ib_mlflow.tracking.server_log import silence_remarks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt
    from mlflow.entities import LoggedModel
    from mlflow.models import Model
    from torch import Tensor

_PACKAGES = ("mlflow", "numpy", "torch")


class ModelFiles:
    """Write models one after the other, and trace a graph only where the last one is of no use.

    To trace it takes several times as long as to write it.

    Arguments:
        example: inputs, as of `Models`.
    """

    def __init__(self, example: npt.NDArray[Any]) -> None:
        self._example = example
        self._last: _Traced | None = None

    def write(self, module: torch.nn.Module, path: Path, model: LoggedModel) -> None:
        """Write the files of a model.

        Arguments:
            module: (n, …) to (e, n, c); it goes to the CPU.
            path: of the folder, which is not there.
            model: that was created, of a run.

        Raises:
            OSError: there is no room, or no right, to write it.
            RuntimeError: torch says so.
        """
        module = module.eval().cpu()
        # Members may be views into one block; the archive wants each tensor whole.
        whole = {name: value.detach().clone() for name, value in module.state_dict().items()}
        module.load_state_dict(whole, assign=True)
        with torch.no_grad():
            outputs = module(torch.from_numpy(self._example))
        if self._last is None or not self._last.takes(whole, self._example, outputs):
            self._last = _Traced(self._trace(module, outputs.shape, path, model), path)
        else:
            self._last.write(path, model)

    def _trace(
        self, module: torch.nn.Module, shape: torch.Size, path: Path, model: LoggedModel
    ) -> Model:
        with silence_remarks():
            # Imported with the first model: it takes seconds, and many studies' tests log none.
            import mlflow.pyfunc
            import mlflow.pytorch
            from mlflow.models import Model, ModelSignature
            from mlflow.types import Schema, TensorSpec
        example, written = self._example, Model(**_identity(model))
        (members, _, *rest) = shape
        mlflow.pytorch.save_model(
            module,
            str(path),
            mlflow_model=written,
            signature=ModelSignature(
                inputs=Schema([TensorSpec(example.dtype, (-1, *example.shape[1:]))]),
                outputs=Schema([TensorSpec(np.dtype(np.float32), (members, -1, *rest))]),
            ),
            input_example=example,
            pip_requirements=[f"{name}=={version(name).partition('+')[0]}" for name in _PACKAGES],
            serialization_format="pt2",
        )
        return written


class _Traced:
    """What was written of a model whose graph was traced, to be written with other weights.

    Arguments:
        model: as it was written.
        path: of its folder.
    """

    def __init__(self, model: Model, path: Path) -> None:
        self._model = model
        (graph,) = path.rglob("*.pt2")
        self._graph, self._archive = graph.relative_to(path), graph.read_bytes()
        beside = [file for file in path.rglob("*") if file.is_file() and file != graph]
        self._beside = {file.relative_to(path): file.read_bytes() for file in beside}

    @cached_property
    def _program(self) -> torch.export.ExportedProgram:
        """Read with the second model: a network that is registered has no other."""
        return torch.export.load(io.BytesIO(self._archive))

    def takes(
        self, weights: Mapping[str, Tensor], example: npt.NDArray[Any], outputs: Tensor
    ) -> bool:
        """Give the graph other weights, and say whether it then gives these outputs to the bit."""
        own = self._program.state_dict
        if _kinds(own) != _kinds(weights):
            return False
        with torch.no_grad():
            for name, value in weights.items():
                own[name].copy_(value)
            given = self._program.module()(torch.from_numpy(example))
        same = _kinds({"": given}) == _kinds({"": outputs})
        return same and torch.allclose(given, outputs, rtol=0, atol=0, equal_nan=True)

    def write(self, path: Path, model: LoggedModel) -> None:
        """Write the files of another model, with the weights that the graph was given."""
        for name, content in self._beside.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        (path / self._graph).parent.mkdir(parents=True, exist_ok=True)
        torch.export.save(self._program, path / self._graph)
        known = self._model.to_dict() | _identity(model)
        del known["utc_time_created"]  # it is now
        type(self._model).from_dict(known).save(str(path / "MLmodel"))


def _kinds(tensors: Mapping[str, Tensor]) -> dict[str, tuple[torch.Size, torch.dtype]]:
    return {name: (tensor.shape, tensor.dtype) for name, tensor in tensors.items()}


def _identity(model: LoggedModel) -> dict[str, Any]:
    return {
        "artifact_path": model.artifact_location,
        "model_uuid": model.model_id,
        "model_id": model.model_id,
        "run_id": model.source_run_id,
    }
