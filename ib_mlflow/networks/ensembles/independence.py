"""Whether what a layer makes of a row, in evaluation, depends on that row alone."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ib_mlflow.errors import IBError, InvalidInputError
from ib_mlflow.networks.ensembles.attributes import described, differing_attributes, fix_of
from ib_mlflow.networks.ensembles.faults import refusal
from ib_mlflow.networks.ensembles.traces import check_appeared, torch_alone

if TYPE_CHECKING:
    from collections.abc import Sequence

TOGETHER, FEWER = 16, 8  # rows of a batch, and of a part of it that must come out as before
TOLERANCES = {torch.float32: 1e-3, torch.float64: 1e-7}  # of the largest activation of a layer


def check_independence(network: nn.Module, rows: Tensor, measured: Sequence[str] = ()) -> None:
    """Refuse a network that sees other rows, or chance, in evaluation: I(X;T) would have no T.

    A few rows are computed in a batch of 16, and again in one of 8. Differences up to a thousandth
    of a layer's largest activation (1e-7 in float64) pass as rounding, and so do those of fewer
    than half of the rows, as rounding makes them in quantised layers.

    Arguments:
        network: in evaluation.
        rows: `(n, ...)`; rows at even distances are taken.
        measured: names of the submodules whose outputs matter, beside the network's own.

    Raises:
        InvalidInputError: if they depend on the batch, or differ from pass to pass; the first
            module where that shows is named, or the attribute that a pass changes. If a measured
            layer does not give a row of real numbers for each row, a pass makes a module or a
            parameter, or draws from another generator than torch's.

    Example:
        >>> check_independence(nn.BatchNorm1d(3).eval(), torch.rand(20, 3))
        >>> check_independence(nn.BatchNorm1d(3, track_running_stats=False).eval(),
        ...                    torch.rand(20, 3))
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: ...
    """
    one_row = len(rows) < 2
    rows = rows[torch.linspace(0, len(rows) - 1, TOGETHER).round().long()]
    together, fewer = _outputs(network, rows, 0), _outputs(network, rows[:FEWER], 1)
    _check_measured(together, fewer, measured)
    if one_row:
        return
    differing = _differing(together, fewer)
    if not any(name in differing for name in ("", *measured)):
        return
    name = next(iter(differing))
    module = network.get_submodule(name)
    left = differing_attributes(network, _passed(network, rows[:FEWER], 1))
    if left:
        raise InvalidInputError(
            "what an evaluation leaves in a network must not decide over what a row becomes",
            received=f"a pass that changes {described(left)}",
            fix=fix_of(left),
        )
    by_chance = bool(_differing(fewer, _outputs(network, rows[:FEWER], 2)))
    raise InvalidInputError(
        "in evaluation, what a network makes of a row must depend on nothing but that row",
        received=f"{_place(name, module)} whose values change "
        + ("from pass to pass" if by_chance else "with the other rows of the batch")
        + f", by {differing[name]:.2g} of the largest",
        fix=_fix(module, by_chance),
    )


def _outputs(network: nn.Module, rows: Tensor, seed: int) -> dict[str, Tensor]:
    """What left every module that gives one tensor a call, in order; the network itself is ""."""
    left: dict[str, Tensor] = {}
    fresh, network = network, copy.deepcopy(network)  # what it keeps of a pass is not for the next

    def keep(name: str, output: object) -> None:
        if isinstance(output, Tensor) and name not in left:
            left[name] = output.detach().clone()  # what follows may work in place

    for name, module in network.named_modules():
        module.register_forward_hook(lambda *hooked, name=name: keep(name, hooked[-1]))
    try:
        with torch.random.fork_rng(devices=[rows.device] if rows.is_cuda else []):
            torch.manual_seed(seed)
            with torch_alone():
                torch.no_grad()(network)(rows.clone())
    except (IBError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        raise refusal(network, rows, error) from error
    check_appeared(fresh, network)
    return left


def _passed(network: nn.Module, rows: Tensor, seed: int) -> nn.Module:
    """The network after a pass."""
    network = copy.deepcopy(network)
    with torch.random.fork_rng(devices=[rows.device] if rows.is_cuda else []), torch.no_grad():
        torch.manual_seed(seed)
        network(rows.clone())
    return network


def _check_measured(
    together: dict[str, Tensor], fewer: dict[str, Tensor], measured: Sequence[str]
) -> None:
    """Refuse what a layer gives if it is not a row of real numbers for each row of inputs."""
    for name in measured:
        if name not in together or name not in fewer:
            continue  # it gives no tensor, which is refused by all who ask for one
        layer, part = together[name], fewer[name]
        if layer.is_complex():
            raise InvalidInputError(
                "a measured layer must give real numbers",
                received=f"the layer {name!r}, which gives {layer.dtype}",
                fix="Pass torch.view_as_real of it through an nn.Identity, and measure that.",
            )
        if layer.ndim > 1 and (len(layer), len(part)) != (TOGETHER, FEWER):
            raise InvalidInputError(
                "the first axis of what a measured layer gives must be that of the rows",
                received=f"the layer {name!r}, which gives {tuple(layer.shape)} for {TOGETHER} "
                f"rows and {tuple(part.shape)} for {FEWER}",
                fix="Let it work with batch_first=True, or pass what it gives through "
                "an nn.Identity with the rows first (transpose(0, 1)), and measure that.",
            )


def _differing(together: dict[str, Tensor], fewer: dict[str, Tensor]) -> dict[str, float]:
    """Modules with another output for half of the rows or more -> how far, of the largest."""
    differing = {}
    for name, output in together.items():
        part = fewer.get(name, output)
        if not _is_of_rows(output, part):
            continue
        distances = (output[: len(part)] - part).abs().flatten(1).amax(1)
        scale = float(output.abs().max())
        far = distances > TOLERANCES.get(output.dtype, 1e-3) * scale
        if 2 * int(far.sum()) >= len(part):
            differing[name] = float(distances.max()) / scale
    return differing


def _is_of_rows(output: Tensor, part: Tensor) -> bool:
    """Whether the first axis of both is that of the rows, or they are of the same rows."""
    if output.ndim < 2 or output.shape[1:] != part.shape[1:] or not output.numel():
        return False
    sizes = len(output), len(part)
    return output.is_floating_point() and sizes in ((TOGETHER, FEWER), (FEWER, FEWER))


def _place(name: str, module: nn.Module) -> str:
    kind = type(module).__name__
    return f"the module {name!r}, {kind}," if name else f"the network's own forward, {kind},"


def _fix(module: nn.Module, by_chance: bool) -> str:
    if by_chance:
        return "Draw in training alone: by an nn.Dropout, or if self.training."
    if isinstance(module, nn.modules.batchnorm._NormBase):
        return "Keep running statistics, with track_running_stats=True."
    if isinstance(module, nn.MultiheadAttention | nn.RNNBase | nn.TransformerEncoderLayer):
        return "Its rows are not the first axis: make it with batch_first=True."
    return "Keep statistics of the batch in buffers while training, and use those in evaluation."
