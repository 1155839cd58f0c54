"""What to do with values that NumPy cannot read, by what stands in its way."""

from __future__ import annotations


def advice(values: object) -> str:
    """The fix for values of which `numpy.asarray` makes no array.

    Arguments:
        values: a tensor, a list (its first tensor decides), or anything else.

    Example:
        >>> advice([[1.0], [1.0, 2.0]])
        'Give rows of equal length.'
    """
    if isinstance(values, list | tuple):
        tensors = (part for part in values if hasattr(part, "requires_grad"))
        values = next(tensors, None)
    dtype = str(getattr(values, "dtype", ""))
    if not dtype.startswith("torch."):
        return "Give rows of equal length."
    steps = "detach()" if getattr(values, "requires_grad", False) else ""
    if str(getattr(values, "device", "cpu")) != "cpu":
        steps += ".cpu()" if steps else "cpu()"
    if dtype == "torch.bfloat16":
        steps += ".float()" if steps else "float()"
        return f"NumPy has no bfloat16: give the tensor's {steps}."
    return f"Give the tensor's {steps or 'detach().cpu()'}."
