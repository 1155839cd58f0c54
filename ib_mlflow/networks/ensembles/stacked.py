"""Ensembles of any architecture: modules whose tensors are stacked, run by torch.func."""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.networks.ensembles.faults import fault_of, summary
from ib_mlflow.networks.ensembles.independence import FEWER, TOGETHER, check_independence
from ib_mlflow.networks.ensembles.passes import outputs
from ib_mlflow.networks.ensembles.references import check_references
from ib_mlflow.networks.ensembles.rows import PRECISIONS, ROWS, ROWS_ALONE, checked_rows, pieces
from ib_mlflow.networks.ensembles.side_by_side import side_by_side
from ib_mlflow.networks.members import checked_propagation
from ib_mlflow.networks.noise import noise_layers, propagation_streams, standard_normals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

logger = logging.getLogger(__name__)


class StackedEnsemble:
    """An `Ensemble` of any architecture; made by `stack`."""

    def __init__(
        self,
        template: nn.Module,
        parameters: dict[str, Tensor],
        buffers: dict[str, Tensor],
        *,
        seeds: tuple[int, ...],
        measured: tuple[str, ...],
        layer_names: tuple[str, ...],
    ) -> None:
        self.template, self.seeds = template, seeds
        self.parameters, self.buffers = parameters, buffers
        self.measured, self.layer_names = measured, layer_names
        self.one_by_one = False  # because vmap cannot compute all members together
        self.origin: nn.Module | None = None  # of the factory, until members are compared with it
        self.independent = False  # that rows do not see each other in evaluation was checked

    @property
    def members(self) -> int:
        """Number of members, e."""
        return len(self.seeds)

    @property
    def beta(self) -> NDArray[np.float64]:
        """Standard deviation of the noise of each member, `(e,)`."""
        for name in noise_layers(self.template):
            return self.buffers[f"{name}.beta"].cpu().numpy().astype(np.float64)
        return np.zeros(self.members)

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(iter(self.parameters.values())).device

    @property
    def dtype(self) -> torch.dtype:
        """Precision of the parameters and of the arithmetic."""
        return next(iter(self.parameters.values())).dtype

    @property
    def architecture(self) -> str:
        """The network in words, with the names of the parameters that stay as they are."""
        named = self.template.named_parameters()
        frozen = [name for name, parameter in named if not parameter.requires_grad]
        words = repr(self.template)
        return f"{words}\nfrozen: {', '.join(frozen)}" if frozen else words

    def activations(self, inputs: ArrayLike) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield each measured layer's number and its activations `(e, n, d)`.

        One pass computes all layers; a layer is let go once it has been yielded.
        """
        layers: list[NDArray[Any]] = []
        rows = self._checked(inputs)
        self.check_independence(rows)  # always: what has no weight at first may have it now
        for piece in pieces(len(rows)):
            logits, hidden = self._outputs(rows[piece], self.measured)
            parts = [part.cpu().numpy() for part in (*hidden, logits.softmax(2))]
            if not layers:
                layers = [np.empty((p.shape[0], len(rows), p.shape[2]), p.dtype) for p in parts]
            for layer, part in zip(layers, parts, strict=True):
                layer[:, piece] = part
        for number in range(1, len(layers) + 1):
            yield number, layers.pop(0)

    def logits(self, inputs: ArrayLike) -> NDArray[Any]:
        """Unnormalised log-probabilities `(e, n, c)`."""
        rows = self._checked(inputs)
        blocks = pieces(len(rows), ROWS_ALONE if self.per_member else ROWS)
        parts = [self._outputs(rows[block])[0].cpu() for block in blocks]
        if not self.independent:
            self.check_independence(rows)
        return torch.cat(parts, dim=1).numpy()

    def propagate(
        self, inputs: ArrayLike, *, seed: int, repeats: int = 1
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield each noise layer's number and what enters it, `(e, n · repeats, d)`.

        One pass computes all layers. A network without noise layers has its measured ones instead.
        """
        noise_seed, rows = checked_propagation(seed, repeats), self._checked(inputs)
        noises = list(noise_layers(self.template))
        if not noises:
            for number, layer in self.activations(inputs):
                if number <= len(self.measured):
                    yield number, np.repeat(layer, repeats, axis=1)
            return
        streams = propagation_streams(self.seeds, noise_seed)
        units, n = self.units(noises, rows[:2]), len(rows) * repeats
        layers = [np.empty((self.members, n, d), PRECISIONS[self.dtype]) for d in units]
        for first in range(0, n, ROWS):
            some = np.arange(first, min(first + ROWS, n)) // repeats
            draws = self.draws(streams, units, first, len(some))
            _, entering = self._outputs(rows[some], noises, entering=True, draws=draws)
            for layer, part in zip(layers, entering, strict=True):
                layer[:, first : first + len(some)] = part.cpu().numpy()
        for number in range(1, len(layers) + 1):
            yield number, layers.pop(0)

    def units(self, names: Sequence[str], inputs: NDArray[Any]) -> list[int]:
        """How many units enter each of these submodules, found out by one pass."""
        return [part.shape[2] for part in self._outputs(inputs, names, entering=True)[1]]

    def draws(
        self, streams: NDArray[np.uint32], units: Sequence[int], start: int, rows: int
    ) -> list[Tensor]:
        """Draws `(e, rows, d)` for layers of d units, those of positions start and after."""
        layers = (
            standard_normals(streams, layer=layer, start=start, rows=rows, units=d)
            for layer, d in enumerate(units, start=1)
        )
        return [torch.from_numpy(draws).to(self.device) for draws in layers]

    def state(self) -> dict[str, Tensor]:
        """Copies of all parameters and buffers, on the CPU."""
        return {name: tensor.detach().cpu().clone() for name, tensor in self._tensors().items()}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Replace all parameters and buffers."""
        own = self._tensors()
        shapes = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in own.items()}
        received = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in state.items()}
        if received != shapes:
            raise CheckpointError(
                f"the state must consist of {shapes}",
                received=received,
                fix="Build the ensemble with the architecture and members that wrote the state.",
            )
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(state[name])

    def copy(self) -> Self:
        """An ensemble with the same numbers, none of them shared."""
        twin = copy.copy(self)
        twin.parameters = {name: tensor.clone() for name, tensor in self.parameters.items()}
        twin.buffers = {name: tensor.clone() for name, tensor in self.buffers.items()}
        return twin

    def module(self) -> nn.Module:
        """All members as one module, `(n, ...)` to logits `(e, n, c)`, in evaluation mode."""
        own = self._tensors().items()
        members = [{name: tensor[index] for name, tensor in own} for index in range(self.members)]
        return side_by_side(self.template, members)

    @property
    def per_member(self) -> bool:
        """Whether members are computed one by one: convolutions on the CPU are faster so."""
        kernels = any(tensor.ndim > 3 for tensor in self.parameters.values())
        return self.one_by_one or (kernels and self.device.type == "cpu")

    def compute_one_by_one(self, template: nn.Module, error: BaseException) -> None:
        """From now on, because vmap raised this in the template; it is logged once."""
        name, module, _ = fault_of(template, error)
        place = f"module {name!r}, {type(module).__name__}" if name else type(module).__name__
        self.one_by_one = True
        words = "members are computed one after another: torch.func.vmap cannot run %s (%s)"
        logger.warning(words, place, summary(error))

    def member(self, index: int, *, shared: bool = True) -> nn.Module:
        """One network; if shared, what it learns or changes in place, this does too.

        What its forward pass assigns stays its own.
        """
        network = copy.deepcopy(self.template)
        for name, tensor in self._tensors().items():
            owner, _, leaf = name.rpartition(".")
            part = tensor[index].data  # a view that autograd does not count as one of its base
            part = part if shared else part.clone()
            if name in self.parameters:
                part = nn.Parameter(part, network.get_parameter(name).requires_grad)
            setattr(network.get_submodule(owner), leaf, part)
        return network

    def _tensors(self) -> dict[str, Tensor]:
        return {**self.parameters, **self.buffers}

    def check_independence(self, rows: NDArray[Any]) -> None:
        """Refuse networks that, in evaluation, make of a row what depends on more than that row."""
        some = rows[np.linspace(0, len(rows) - 1, min(len(rows), TOGETHER)).round().astype(int)]
        network = self.member(0, shared=False).eval()
        check_independence(network, torch.from_numpy(some).to(self.device), self.measured)
        self.independent = True

    def _checked(self, inputs: ArrayLike) -> NDArray[Any]:
        rows = checked_rows(inputs, self.dtype)
        if self.origin is not None:
            self._check_references(self.origin, rows)
            self.origin = None
        return rows

    def _check_references(self, origin: nn.Module, rows: NDArray[Any]) -> None:
        """Compare a member with what the factory made, and see what a pass does to parameters."""
        device = next(origin.parameters()).device
        some = torch.from_numpy(rows[:FEWER].copy()).to(device)
        changed = check_references(origin, self.member(0, shared=False).to(device), some)
        if changed:  # a member alone keeps it, as a plain loop does
            self.one_by_one = True
            words = "members are computed one after another: their forward pass changes %s in place"
            logger.warning(words, ", ".join(sorted(changed)))

    def _outputs(
        self, inputs: NDArray[Any], names: Sequence[str] = (), **how: Any
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        rows = torch.from_numpy(inputs.copy()).to(self.device)
        logits, layers = outputs(self, rows, names, **how)
        if logits.ndim != 3:
            raise InvalidInputError(
                "a network must map inputs (n, ...) to logits (n, c)",
                received=f"output of shape {tuple(logits.shape[1:])}",
                fix="Flatten before the last linear layer, and leave out the softmax.",
            )
        return logits, layers
