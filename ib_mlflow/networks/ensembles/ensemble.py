"""What training, measuring and tracking ask of an ensemble; imports nothing at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import torch
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor, nn


class Ensemble(Protocol):
    """Networks of one architecture, the members, whose tensors are stacked along a leading axis.

    A member is known by its seed: its initial weights and its data order follow from that alone,
    so that adding members changes none of the others. Two members may share a seed; they are
    twins, which start alike and see the same batches, and differ in what training gives them.

    Layers are counted from 1, in the order of `layer_names`; the last one is the softmax output.

    Attributes:
        seeds: one non-negative integer per member.
        layer_names: one name per measured layer, the output last.
        template: one member without numbers (on the meta device), for `torch.func.functional_call`.
        parameters: name -> `(e, ...)`, what training changes, where the template's parameter
            requires a gradient; the others stay as they are.
        buffers: name -> `(e, ...)`, what the network itself keeps (running statistics) in training,
            by assignment or in place, and the β of its noise layers.
    """

    seeds: tuple[int, ...]
    layer_names: tuple[str, ...]
    template: nn.Module
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]

    @property
    def members(self) -> int:
        """Number of members, e."""
        ...

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """Precision of the parameters and of the arithmetic: float32 or float64."""
        ...

    @property
    def beta(self) -> NDArray[np.float64]:
        """Standard deviation of the noise that training adds to hidden neurons, `(e,)`."""
        ...

    @property
    def architecture(self) -> str:
        """The network in words; two ensembles with equal words can exchange their states."""
        ...

    def activations(self, inputs: ArrayLike) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield each measured layer's number and its activations `(e, n, d)` on inputs `(n, ...)`.

        Networks behave as in evaluation: no noise, no dropout, running statistics.
        """
        ...

    def propagate(
        self, inputs: ArrayLike, *, seed: int, repeats: int = 1
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield each hidden layer's number and S, its activation before its own noise is added.

        The noise of the layers below is drawn afresh for every row, repetition and member:
        T = S + βZ is what the next layer sees. Otherwise networks behave as in evaluation.

        Reference:
            Goldfeld et al., "Estimating Information Flow in DNNs", ICLR 2019 submission, section
            3.1: with the layer's own noise, the rows are a sample of the layer's distribution.

        Arguments:
            inputs: `(n, ...)`.
            seed: of the noise, from 0 to 2**32 - 1; a function of it, the member's seed, the row,
                the layer and the unit.
            repeats: how many times each input is taken, one after another.

        Returns:
            Numbers from 1 and arrays `(e, n · repeats, d)`.
        """
        ...

    def logits(self, inputs: ArrayLike) -> NDArray[Any]:
        """Unnormalised log-probabilities `(e, n, c)` of inputs `(n, ...)`, as in evaluation."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Copies of all parameters and buffers, on the CPU."""
        ...

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Replace all parameters and buffers by those of an ensemble of the same architecture."""
        ...

    def copy(self) -> Self:
        """An ensemble with the same numbers, none of them shared."""
        ...

    def module(self) -> nn.Module:
        """The whole ensemble as one module, `(n, ...)` to logits `(e, n, c)`, for torch.export."""
        ...


class SeparableEnsemble(Ensemble, Protocol):
    """An ensemble whose members can also be computed one by one."""

    @property
    def per_member(self) -> bool:
        """Whether they are: where that is faster, or the only way."""
        ...

    def compute_one_by_one(self, template: nn.Module, error: BaseException) -> None:
        """From now on, because vmap raised this in the template; it is logged once."""
        ...

    def member(self, index: int, *, shared: bool = True) -> nn.Module:
        """One network, which shares its tensors with the ensemble, or has copies of its own."""
        ...
