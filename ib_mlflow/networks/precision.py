"""In what precision networks compute."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def full_precision() -> Iterator[None]:
    """Let CUDA convolve float32 in float32.

    Otherwise torch rounds the numbers of a convolution to TF32, to ten bits. Products of matrices
    are in float32 anyway, unless whoever runs the program has asked torch for less.

    Example:
        >>> with full_precision():
        ...     torch.backends.cudnn.conv.fp32_precision
        'ieee'
    """
    convolutions = torch.backends.cudnn.conv  # type: ignore[attr-defined]
    before = convolutions.fp32_precision
    convolutions.fp32_precision = "ieee"
    try:
        yield
    finally:
        convolutions.fp32_precision = before


def is_half(precision: str, device: torch.device) -> bool:
    """Whether products are rounded to bfloat16.

    Arguments:
        precision: "float32", "bfloat16", or "auto" for bfloat16 where a GPU has it: on CPUs it is
            emulated, which is slower.
        device: where they are computed.

    Example:
        >>> is_half("auto", torch.device("cpu"))
        False
    """
    if precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return precision == "bfloat16"
