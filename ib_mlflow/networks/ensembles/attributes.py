"""What networks keep as plain attributes, beside parameters and buffers, and where two differ."""

from __future__ import annotations

import functools
import random
import types
import weakref
from collections import deque
from collections.abc import Mapping, Set
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GENERATORS = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)
OF_EVERY_MODULE = frozenset(vars(nn.Module()))
NOT_PLAIN = frozenset({"_parameters", "_buffers", "_modules", "training"})


def check_attributes(networks: Sequence[nn.Module], seeds: Sequence[int]) -> None:
    """Refuse networks that differ in a plain attribute: all members would have the first one's.

    Arguments:
        networks: one for each member.
        seeds: theirs, for the error.

    Raises:
        InvalidInputError: if an attribute differs; it is named.

    Example:
        >>> check_attributes([nn.Linear(2, 3), nn.Linear(2, 3)], seeds=(0, 1))
    """
    for network, seed in zip(networks[1:], seeds[1:], strict=True):
        differing = differing_attributes(networks[0], network)
        if differing:
            raise InvalidInputError(
                "what differs between the seeds must be a parameter or a buffer",
                received=f"seeds {seeds[0]} and {seed} that differ in {described(differing)}",
                fix=fix_of(differing),
            )


def differing_attributes(one: nn.Module, other: nn.Module) -> dict[str, Any]:
    """Plain attributes in which two networks of one architecture differ.

    Whatever a module carries is compared by value, hooks and what functions close over included;
    its parameters, buffers and submodules, and whether it is in training, are not.

    Arguments:
        one: a network.
        other: another, or the same at another time.

    Returns:
        The full name of an attribute -> its value in `one`, or in `other` where `one` has none.

    Example:
        >>> network, other = nn.Dropout(0.1), nn.Dropout(0.2)
        >>> differing_attributes(network, other)
        {'p': 0.1}
    """
    comparison = _Comparison(one, other)
    theirs = dict(other.named_modules())
    differing = {}
    for path, module in one.named_modules():
        if path not in theirs:
            continue
        mine, others = _attributes(module), _attributes(theirs[path])
        if type(module) is not type(theirs[path]):  # a class that the factory made for each network
            mine, others = _made(type(module)) | mine, _made(type(theirs[path])) | others
        for name in dict.fromkeys((*mine, *others)):
            value, another = mine.get(name), others.get(name)
            if not comparison.same(value, another):
                full = f"{path}.{name}" if path else name
                differing[full] = another if value is None else value
    return differing


def described(attributes: Mapping[str, Any]) -> str:
    """Attributes in words, by name and type."""
    return ", ".join(f"{name} ({type(value).__name__})" for name, value in attributes.items())


def fix_of(attributes: Mapping[str, Any]) -> str:
    """What to do about state that is kept as plain attributes; the first says what is right."""
    name, value = next(iter(attributes.items()))
    if _holds(value, GENERATORS):
        return "Draw from torch's own generator, which follows the seed, with no generator given."
    if _holds(value, (nn.Module, nn.Parameter)):
        return "Keep modules in an nn.ModuleList or nn.ModuleDict, parameters in nn.ParameterList."
    if _holds(value, (types.FunctionType, types.MethodType)):
        return (
            "Make a module of what the function closes over; a tensor, register it as a buffer: "
            "self.register_buffer(name, tensor)."
        )
    leaf = name.rpartition(".")[2]
    make = "In its module" if isinstance(value, Tensor) else "Make it a tensor, and in its module"
    return f'{make} register it as a buffer: self.register_buffer("{leaf}", ...).'


def _holds(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(_holds(part, kinds) for part in value)
    return isinstance(value, kinds)


def _attributes(module: nn.Module) -> dict[str, Any]:
    # hooks are kept by numbers that count all hooks of the process
    return {
        name: list(value.values()) if name in OF_EVERY_MODULE and isinstance(value, dict) else value
        for name, value in vars(module).items()
        if name not in NOT_PLAIN
    }


def _made(kind: type) -> dict[str, Any]:
    return {
        name: value
        for parent in reversed(kind.__mro__)
        if parent.__module__.partition(".")[0] not in {"torch", "builtins"}
        for name, value in vars(parent).items()
        if not name.startswith("__")
    }


class _Comparison:
    """Two values, each of a network of its own, by what they hold."""

    def __init__(self, one: nn.Module, other: nn.Module) -> None:
        self._names = _names(one), _names(other)
        # what has been met, or is being looked at: values may hold themselves
        self._met: dict[tuple[int, int], tuple[object, object]] = {}

    def same(self, one: Any, other: Any) -> bool:
        """Whether they are equal; what cannot be looked into is."""
        if isinstance(one, weakref.ref) and isinstance(other, weakref.ref):
            one, other = one(), other()
        name, another = self._names[0].get(id(one)), self._names[1].get(id(other))
        if one is other or name or another or (id(one), id(other)) in self._met:
            return name == another
        if _kind(one) != _kind(other):
            return False
        self._met[id(one), id(other)] = one, other
        if isinstance(one, Tensor):
            return _same_tensors(one, other)
        if isinstance(one, Mapping):
            return self._all(one.items(), other.items())
        if isinstance(one, Set):
            mine, theirs = (
                {names.get(id(part), part) for part in parts}
                for names, parts in zip(self._names, (one, other), strict=True)
            )
            return mine == theirs
        if isinstance(one, list | tuple | deque):
            return self._all(one, other)
        return self._same_objects(one, other)

    def _same_objects(self, one: Any, other: Any) -> bool:
        if isinstance(one, type | types.ModuleType | RemovableHandle):
            return True
        if isinstance(one, np.ndarray | np.generic) or hasattr(one, "__array__"):
            return _same_arrays(np.asarray(one), np.asarray(other))
        if isinstance(one, complex | float):
            return bool(one == other or (one != one and other != other))
        parts, others = _parts(one), _parts(other)
        if parts and self._all(parts.items(), others.items()):
            return True
        by_identity: Any = object.__eq__
        if type(one).__eq__ is by_identity:
            return not parts
        try:
            return bool(one == other)
        except (RuntimeError, TypeError, ValueError):  # it holds tensors or arrays
            return False

    def _all(self, one: Iterable[Any], other: Iterable[Any]) -> bool:
        mine, theirs = list(one), list(other)
        pairs = zip(mine, theirs, strict=False)
        return len(mine) == len(theirs) and all(self.same(*pair) for pair in pairs)


def _names(network: nn.Module) -> dict[int, str]:
    """What is registered, which is stacked or walked through by itself, by identity."""
    named = (*network.named_modules(), *network.named_parameters(), *network.named_buffers())
    return {id(part): name or "the network" for name, part in named}


def _kind(value: object) -> tuple[str, str]:
    # by name, because parametrised modules have a class each
    kind = value if isinstance(value, type) else type(value)
    return kind.__module__, kind.__qualname__


def _parts(value: Any) -> dict[str, Any]:
    """What an object consists of; of a random generator, its state."""
    if isinstance(value, torch.Generator):
        return {"state": value.get_state()}
    if isinstance(value, np.random.Generator):
        return {"state": value.bit_generator.state}
    if isinstance(value, np.random.RandomState):
        return {"state": value.get_state(legacy=False)}
    if isinstance(value, random.Random):
        return {"state": value.getstate()}
    if isinstance(value, functools.partial):
        return {"function": value.func, "arguments": value.args, "keywords": value.keywords}
    if isinstance(value, types.MethodType):
        return {"function": value.__func__, "self": value.__self__}
    if isinstance(value, staticmethod | classmethod):
        return {"function": value.__func__}
    if isinstance(value, property):
        return {"functions": (value.fget, value.fset)}
    if isinstance(value, types.FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or () if cell != types.CellType()]
        defaults = value.__defaults__, value.__kwdefaults__
        return {"code": value.__code__, "defaults": defaults, "closure": cells}
    if isinstance(value, nn.Module):  # one that is not registered
        registered = {name: vars(value)[name] for name in ("_parameters", "_buffers", "_modules")}
        return registered | _attributes(value)
    slots = (name for kind in type(value).__mro__ for name in vars(kind).get("__slots__", ()))
    held = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    return held | getattr(value, "__dict__", {})


def _same_tensors(one: Tensor, other: Tensor) -> bool:
    if (one.shape, one.dtype, one.device) != (other.shape, other.dtype, other.device):
        return False
    if one.is_meta:
        return True
    if one.layout is not torch.strided:
        one, other = one.to_dense(), other.to_dense()
    return bool(((one == other) | ((one != one) & (other != other))).all())


def _same_arrays(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
