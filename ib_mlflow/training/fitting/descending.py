"""The optimiser of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from ib_mlflow.training.fitting.plan import Plan


def optimiser_of(plan: Plan, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
    """Adam, or gradient descent with momentum, in torch's fused kernels.

    Arguments:
        plan: the numbers.
        parameters: what is learnt, on one device.

    Returns:
        The optimiser, before its first step.

    Example:
        >>> from ib_mlflow.training.fitting.plan import Plan
        >>> weights = [torch.nn.Parameter(torch.zeros(3))]
        >>> plan = Plan(updates=10, optimiser="sgd", momentum=0.9)
        >>> type(optimiser_of(plan, weights)).__name__
        'SGD'
    """
    if plan.optimiser == "adam":
        return torch.optim.Adam(parameters, lr=plan.learning_rate, betas=plan.betas, fused=True)
    return torch.optim.SGD(
        parameters,
        lr=plan.learning_rate,
        momentum=plan.momentum,
        weight_decay=plan.weight_decay,
        fused=True,
    )
