"""Kernel sums over all pairs by torch, in blocks, on a device of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.mixture.tree import Tree

BLOCK = 2**25  # pairs at once: three arrays of 256 MiB


def find_device(device: str) -> torch.device:
    """The device of this name; "auto" is the first CUDA device, or the CPU where there is none.

    Raises:
        InvalidInputError: for a device that torch does not know or does not find, or one that is
            neither a CPU nor of CUDA.

    Example:
        >>> find_device("cpu")
        device(type='cpu')
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        if resolved.type not in ("cpu", "cuda"):
            raise RuntimeError(f"{resolved.type} does not sum in float64 here")
        torch.empty(0, device=resolved)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise InvalidInputError(
            "device must be auto, cpu or a CUDA device of this machine",
            received=repr(device),
            fix="Use 'auto' to take what there is.",
        ) from error
    return resolved


def torch_log_sums(
    tree: Tree, queries: NDArray[np.float64], device: torch.device
) -> NDArray[np.float64]:
    """Logarithms (n,) of the weighted kernel sums at queries (n, d), by torch, in float64."""
    # float64 differences: at small β the expanded square in float32 is off by a tenth of a nat.
    points = torch.from_numpy(tree.points).to(device)
    logs = torch.from_numpy(np.log(tree.weights)).to(device)
    size = max(1, BLOCK // points.shape[1])
    values = np.empty(len(queries))
    for start in range(0, len(queries), size):
        block = torch.from_numpy(np.ascontiguousarray(queries[start : start + size])).to(device)
        exponents = logs.repeat(len(block), 1)
        for axis, row in enumerate(points):
            exponents -= (block[:, axis, None] - row).square_().mul_(0.5)
        values[start : start + size] = exponents.logsumexp(1).cpu().numpy()
    return values
