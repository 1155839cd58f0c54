"""One pass of all members over the same rows, as in evaluation."""

from __future__ import annotations

import contextlib
import copy
import warnings
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from ib_mlflow.errors import IBError, InvalidInputError
from ib_mlflow.networks.ensembles.capture import Recorder, as_numbers
from ib_mlflow.networks.ensembles.faults import refusal
from ib_mlflow.networks.ensembles.rows import pieces
from ib_mlflow.networks.members import in_threads, one_thread
from ib_mlflow.networks.noise import given, noise_layers
from ib_mlflow.networks.precision import full_precision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn

    from ib_mlflow.networks.ensembles.ensemble import SeparableEnsemble

    Outputs = tuple[Tensor, tuple[Tensor, ...]]


def outputs(
    ensemble: SeparableEnsemble,
    rows: Tensor,
    names: Sequence[str] = (),
    *,
    entering: bool = False,
    draws: Sequence[Tensor] = (),
) -> Outputs:
    """Logits, and what leaves some layers; whatever the networks change, the ensemble is the same.

    Arguments:
        ensemble: e members.
        rows: `(n, ...)`, of the ensemble's precision and on its device.
        names: of submodules.
        entering: take what enters them instead.
        draws: `(e, n, d)` for each noise layer, to add noise; none for none.

    Returns:
        Logits `(e, n, c)` and an `(e, n, d)` for each name.

    Example:
        >>> from torch import nn
        >>> from ib_mlflow.networks import stack
        >>> def network():
        ...     return nn.Sequential(nn.Linear(12, 4), nn.Tanh(), nn.Linear(4, 2))
        >>> ensemble = stack(network, seeds=range(3), layers=["1"], device="cpu")
        >>> logits, (hidden,) = outputs(ensemble, torch.zeros(5, 12), ["1"])
        >>> logits.shape, hidden.shape
        (torch.Size([3, 5, 2]), torch.Size([3, 5, 4]))
    """
    if ensemble.per_member:
        return _one_by_one(ensemble, rows, names, entering, draws)
    template = copy.deepcopy(ensemble.template)
    try:
        return _together(ensemble, template, rows, names, entering, draws)
    except (IBError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # what vmap cannot do it says by errors of many types
        results = _one_by_one(ensemble, rows, names, entering, draws)  # or the network cannot
        ensemble.compute_one_by_one(template, error)
        return results


def quiet(vectorised: Callable[..., Any]) -> Callable[..., Any]:
    """The same function without torch's remarks that some operation is computed in a loop.

    Example:
        >>> quiet(vmap(torch.sin))(torch.zeros(2))
        tensor([0., 0.])
    """

    def run(*arguments: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="There is a performance drop because")
            return vectorised(*arguments)

    return run


def _together(
    ensemble: SeparableEnsemble,
    template: nn.Module,
    rows: Tensor,
    names: Sequence[str],
    entering: bool,
    draws: Sequence[Tensor],
) -> Outputs:
    def member(
        parameters: dict[str, Tensor], buffers: dict[str, Tensor], *own_draws: Tensor
    ) -> Outputs:
        copies = {name: buffer.clone() for name, buffer in buffers.items()}
        call = template, (parameters, copies), (rows.clone(),)  # it may work in place
        return _observed(template, lambda: functional_call(*call), names, entering, own_draws)

    with torch.no_grad(), full_precision():
        run = quiet(vmap(member, randomness="different"))
        together: Outputs = run(ensemble.parameters, ensemble.buffers, *draws)
    return together


def _one_by_one(
    ensemble: SeparableEnsemble,
    rows: Tensor,
    names: Sequence[str],
    entering: bool,
    draws: Sequence[Tensor],
) -> Outputs:
    results: dict[int, Outputs] = {}

    def some(first: int, last: int) -> None:
        for index in range(first, last):
            own_draws = [part[index] for part in draws]
            network = ensemble.member(index, shared=False)
            try:
                results[index] = _alone(network, rows, names, entering, own_draws)
            except (IBError, torch.OutOfMemoryError):
                raise
            except Exception as error:
                raise refusal(network, rows, error) from error

    with one_thread(), full_precision():
        if rows.is_cuda:
            some(0, ensemble.members)
        else:
            in_threads(some, ensemble.members)
    logits, layers = zip(*(results[index] for index in range(ensemble.members)), strict=True)
    return torch.stack(logits), tuple(torch.stack(parts) for parts in zip(*layers, strict=True))


@torch.no_grad()  # here, because a thread does not inherit it
def _alone(
    network: nn.Module, rows: Tensor, names: Sequence[str], entering: bool, draws: Sequence[Tensor]
) -> Outputs:
    if rows.ndim == 4 and rows.device.type == "cpu":
        # torch's convolutions and poolings on the CPU are some two times faster in this layout; a
        # copy, because images of one channel are contiguous in both, and torch looks at strides
        images = rows.clone(memory_format=torch.channels_last)
        _lay_out(network, torch.channels_last)
        with contextlib.suppress(RuntimeError):  # `view` knows only the usual one
            return _by_pieces(network, images, names, entering, draws)
        _lay_out(network, torch.contiguous_format)
    return _by_pieces(network, rows, names, entering, draws)


def _by_pieces(
    network: nn.Module,
    rows: Tensor,
    names: Sequence[str],
    entering: bool,
    draws: Sequence[Tensor],
) -> Outputs:
    parts = []
    for piece in pieces(len(rows)):
        few, own = rows[piece].clone(), [part[piece] for part in draws]
        parts.append(_observed(network, partial(network, few), names, entering, own))
    if len(parts) == 1:
        return parts[0]
    logits, layers = zip(*parts, strict=True)
    return torch.cat(logits), tuple(torch.cat(part) for part in zip(*layers, strict=True))


def _lay_out(network: nn.Module, layout: torch.memory_format) -> None:
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.clone(memory_format=layout)


def _observed(
    network: nn.Module,
    run: Callable[[], Tensor],
    names: Sequence[str],
    entering: bool,
    draws: Sequence[Tensor],
) -> Outputs:
    network.eval()
    noises = list(noise_layers(network).values()) if draws else []
    for layer in noises:
        layer.train()
    with Recorder(network, names, inputs=entering) as recorder, given(noises, draws):
        return as_numbers(checked_logits(run())), recorder.take()


def checked_logits(output: object) -> Tensor:
    """What a network gives for rows, if it is one tensor.

    Raises:
        InvalidInputError: if it is several, or none.

    Example:
        >>> checked_logits(torch.zeros(5, 2)).shape
        torch.Size([5, 2])
    """
    if isinstance(output, Tensor):
        return output
    received, fix = f"a {type(output).__name__}", "Return the logits alone"
    if isinstance(output, Mapping):
        keys = [repr(key) for key in output]
        received += f" with {', '.join(keys) or 'nothing'}"
        logits = "'logits'" if "logits" in output or not keys else keys[0]
        fix += f", output[{logits}]"
    elif isinstance(output, tuple | list):
        received += f" of {', '.join(type(part).__name__ for part in output) or 'nothing'}"
        fix += ", output[0] if they stand first"
    raise InvalidInputError(
        "a network must map inputs (n, ...) to one tensor, its logits (n, c)",
        received=received,
        fix=f"{fix}, in training and in evaluation; auxiliary heads have no loss here.",
    )
