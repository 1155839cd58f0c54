"""Which thresholds decide some claims: those that the code of their judges reaches.

A judge names its thresholds, or calls what names them; nothing has to be listed beside it: a list
beside each of two hundred claims could be kept true by no test but one that walks their code so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cached_property, partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ib_mlflow.studies.judging.threshold import Threshold

RULES = "ib_mlflow.studies"
"""Where judges lie whose code is read, beside the package of each judge itself."""


def thresholds_of(judges: Iterable[Callable[..., Any]]) -> list[Threshold]:
    """The thresholds that some judges may use, each once.

    What is read of a property of what is judged is not seen, nor what a data structure holds, but
    for those of the rules themselves, as a `PaperEpoch`.

    Arguments:
        judges: the judging functions of claims.

    Returns:
        In the order in which they are met.

    Example:
        >>> from ib_mlflow.studies.judging.curves import falls
        >>> [float(each) for each in thresholds_of([falls])]
        [0.05]
    """
    return list(_walked(judges).met.values())


def functions_of(judges: Iterable[Callable[..., Any]]) -> list[FunctionType]:
    """The functions whose code some judges reach, themselves among them, each once.

    Arguments:
        judges: the judging functions of claims.

    Returns:
        In the order in which they are met.

    Example:
        >>> from ib_mlflow.studies.judging.curves import falls
        >>> [function.__name__ for function in functions_of([falls])][:2]
        ['falls', 'loses']
    """
    return list(_walked(judges).read.values())


def _walked(judges: Iterable[Callable[..., Any]]) -> "_Walk":
    walk = _Walk()
    for judge in judges:
        walk.visit(judge)
    return walk


class _Walk:
    """What was met so far, and which functions were read."""

    def __init__(self) -> None:
        self.met: dict[tuple[float, str], Threshold] = {}
        self.read: dict[int, FunctionType] = {}
        self.roots: set[str] = set()

    def visit(self, value: object, given: frozenset[str] = frozenset()) -> None:
        """Read a value that code names; `given` are arguments that the code passes by name."""
        if isinstance(value, Threshold):
            self.met.setdefault((float(value), value.decides), value)
        elif isinstance(value, partial):
            for part in (value.func, *value.args, *value.keywords.values()):
                self.visit(part, frozenset(value.keywords))
        elif isinstance(value, FunctionType) and self._ours(value.__module__):
            self._function(value, given)
        elif is_dataclass(value) and type(value).__module__.startswith(f"{RULES}.judging"):
            for each in fields(value):
                self.visit(getattr(value, each.name))
        elif isinstance(value, type) and value.__module__.startswith(f"{RULES}.judging"):
            for part in vars(value).values():
                inner = part.fget if isinstance(part, property) else part
                self.visit(inner.func if isinstance(inner, cached_property) else inner)

    def _ours(self, module: str) -> bool:
        if not self.roots:
            self.roots.add(module.partition(".")[0])
        return module.startswith(RULES) or module.partition(".")[0] in self.roots

    def _function(self, function: FunctionType, given: frozenset[str]) -> None:
        for name, default in _defaults(function):
            if name not in given:
                self.visit(default)
        if id(function) in self.read:
            return
        self.read[id(function)] = function
        for cell in function.__closure__ or ():
            self.visit(cell.cell_contents)
        codes = list(_codes(function.__code__))
        names = dict.fromkeys(name for code in codes for name in code.co_names)
        passed = frozenset(_passed(codes))
        for name in names:
            held = function.__globals__.get(name)
            self.visit(held, passed)
            if isinstance(held, ModuleType) and self._ours(held.__name__):
                for inner in names:
                    self.visit(getattr(held, inner, None), passed)


def _defaults(function: FunctionType) -> Iterator[tuple[str, object]]:
    """The arguments that have a value of their own."""
    code, values = function.__code__, function.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    yield from zip(positional[len(positional) - len(values) :], values, strict=True)
    yield from (function.__kwdefaults__ or {}).items()


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _passed(codes: Iterable[CodeType]) -> Iterator[str]:
    """The names by which some code passes arguments, which are among its constants."""
    for code in codes:
        for constant in code.co_consts:
            names = constant if isinstance(constant, tuple) else (constant,)
            yield from (name for name in names if isinstance(name, str))
