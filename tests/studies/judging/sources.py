"""Whether code asks at half and at twice a threshold: followed through its source.

A threshold may stand in words, be multiplied by the factor that `steady` gives, or be handed to
what does one of these. Where else it is used, it is asked once.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType

from ib_mlflow.studies.judging.threshold import Threshold

FACTORS = {"factor", "power", "k"}
"""What judges call the factor of `steady`."""
WORDS = {"nats", "Quantity"}
"""What only writes a number."""
CARRIES = (ast.keyword, ast.UnaryOp, ast.Tuple, ast.Starred, ast.IfExp)
"""What hands a number on as it is."""
Asked = frozenset[tuple[int, str]]


def asked_once(function: FunctionType, spared: set[Threshold]) -> list[str]:
    """Where a function uses a threshold without asking at half and at twice of it.

    Arguments:
        function: whose code is read.
        spared: thresholds that need not be asked so.

    Returns:
        The function with the name that holds the threshold, once for each.
    """
    names = {
        name
        for name, value in _known(function).items()
        if isinstance(value, Threshold) and value not in spared
    }
    for name, parameter in inspect.signature(function).parameters.items():
        if isinstance(parameter.default, Threshold) and parameter.default not in spared:
            names.add(name)
    return _Reading(function, names, spared, frozenset()).loose()


class _Reading:
    """The source of a function, and which of its names hold thresholds."""

    def __init__(
        self, function: FunctionType, names: set[str], spared: set[Threshold], asked: Asked
    ) -> None:
        self.function, self.names, self.spared, self.asked = function, set(names), spared, asked
        self.tree = _source(function)
        self.above = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }
        self.returns = False

    def loose(self) -> list[str]:
        """Uses that ask once; names that are given a threshold are followed until none is new."""
        count = -1
        found: list[str] = []
        while count != len(self.names):
            count = len(self.names)
            found = [ast.unparse(use) for use in list(self._uses()) if not self._asks(use)]
        return [f"{self.function.__name__}: {use}" for use in dict.fromkeys(found)]

    def _uses(self) -> Iterator[ast.AST]:
        for node in ast.walk(self.tree):
            named = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            given = isinstance(node, ast.Call) and self._gives(self._called(node))
            if (named and node.id in self.names) or given:
                yield node

    def _asks(self, node: ast.AST) -> bool:
        """Climb from a use to what is done with the number."""
        place = None
        while (above := self.above.get(node)) is not None:
            if isinstance(above, ast.FormattedValue | ast.arguments | ast.Expr):
                return True  # what is done with an argument is read by itself
            if isinstance(above, ast.BinOp):
                other = above.right if above.left is node else above.left
                times = isinstance(above.op, ast.Mult | ast.Pow)
                if times and any(getattr(of, "id", "") in FACTORS for of in ast.walk(other)):
                    return True
            elif isinstance(above, ast.Call):
                asks = self._hands_on(above, node)
                if asks is not None:
                    return asks
                place = None
            elif isinstance(above, ast.Assign):
                self._name(above.targets[0], place)
                return True
            elif isinstance(above, ast.Return):
                self.returns = True
                return True
            elif not isinstance(above, CARRIES):
                return False
            if isinstance(above, ast.Tuple):
                place = above.elts.index(node)
            node = above
        return True

    def _name(self, target: ast.AST, place: int | None) -> None:
        """Follow the names that are given a threshold, of several the one at its place."""
        several = isinstance(target, ast.Tuple) and place is not None
        self.names |= {
            of.id
            for of in ast.walk(target.elts[place] if several else target)
            if isinstance(of, ast.Name)
        }

    def _hands_on(self, call: ast.Call, node: ast.AST) -> bool | None:
        """Whether what is called asks; None where it only reckons with the number."""
        if isinstance(call.func, ast.Name) and call.func.id in WORDS:
            return True
        called = self._called(call)
        if called is None:
            return None if _reckons(call) else False
        names = list(inspect.signature(called).parameters)
        taken = node.arg if isinstance(node, ast.keyword) else names[call.args.index(node)]
        if (id(called), taken) in self.asked:
            return True  # it is being read
        asked = self.asked | {(id(called), taken)}
        inner = _Reading(called, {taken}, self.spared, asked)
        loose = inner.loose()
        return None if inner.returns and not loose else not loose

    def _called(self, call: ast.Call) -> FunctionType | None:
        value = _known(self.function).get(getattr(call.func, "id", ""))
        ours = isinstance(value, FunctionType) and not value.__module__.startswith("numpy")
        return value if ours else None

    def _gives(self, function: FunctionType | None) -> bool:
        """Whether a function returns a threshold, or a number that holds one."""
        if function is None:
            return False
        names = {
            name
            for name in function.__code__.co_names
            if isinstance(value := function.__globals__.get(name), Threshold)
            and value not in self.spared
        }
        inner = _Reading(function, names, self.spared, self.asked) if names else None
        return inner is not None and not inner.loose() and inner.returns


def _reckons(call: ast.Call) -> bool:
    """Whether a call is one of numpy, of the checks at the door, or of Python's own."""
    if isinstance(call.func, ast.Attribute):
        return getattr(call.func.value, "id", "") in ("np", "limits")
    return isinstance(call.func, ast.Name)


def _known(function: FunctionType) -> dict[str, object]:
    cells = function.__closure__ or ()
    held = zip(function.__code__.co_freevars, (of.cell_contents for of in cells), strict=True)
    return {**function.__globals__, **dict(held)}


def _source(function: FunctionType) -> ast.AST:
    """The syntax tree of a function, or of a lambda somewhere in a statement."""
    text = textwrap.dedent(inspect.getsource(function))
    if function.__name__ != "<lambda>":
        return ast.parse(text)
    start = text.index("lambda")
    for end in range(len(text), start, -1):
        try:
            return ast.parse(f"({text[start:end]})")
        except SyntaxError:
            continue
    raise ValueError(text)
