"""Kernels that inline what another file defines: numba's cache does not watch that file."""

import ast
import dis
import hashlib
import importlib
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import ib_mlflow.information

ROOT = Path(ib_mlflow.information.__file__).parents[2]


def module_of(path: Path) -> types.ModuleType:
    return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def kernels_of(module: types.ModuleType) -> Iterator[Dispatcher]:
    for value in vars(module).values():
        if isinstance(value, Dispatcher) and value.py_func.__module__ == module.__name__:
            yield value


def origins_of(tree: ast.Module) -> dict[str, Path]:
    """Files of the package by the names that are imported from them."""
    return {
        alias.asname or alias.name: ROOT / Path(*node.module.split(".")).with_suffix(".py")
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("ib_mlflow.")
        for alias in node.names
    }


def globals_of(code: types.CodeType) -> set[str]:
    return {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}


def inlined_by(path: Path) -> set[Path]:
    """The files that define a function, a constant or a decorator which a kernel here uses."""
    tree, module = ast.parse(path.read_text(encoding="utf-8")), module_of(path)
    names = set()
    for kernel in kernels_of(module):
        names |= globals_of(kernel.py_func.__code__)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and isinstance(vars(module)[node.name], Dispatcher):
            names |= {part.id for d in node.decorator_list for part in ast.walk(d)
                      if isinstance(part, ast.Name)}  # fmt: skip
    return {origin for name, origin in origins_of(tree).items() if name in names}


COMPILED = [
    path
    for path in sorted((ROOT / "ib_mlflow" / "information").rglob("*.py"))
    if any(True for _ in kernels_of(module_of(path)))
]
INLINING = [path for path in COMPILED if inlined_by(path)]


def identity(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", INLINING, ids=identity)
def test_cached_machine_code_follows_changes_of_what_it_inlines(path: Path) -> None:
    digests = {
        identity(origin): hashlib.sha256(origin.read_bytes()).hexdigest()[:16]
        for origin in inlined_by(path)
    }
    pinned = getattr(module_of(path), "INLINED_SHA256", {})
    assert pinned == digests, f"what {identity(path)} inlines has changed: write {digests} there"


def test_the_guard_sees_functions_constants_and_decorators() -> None:
    room = ROOT / "ib_mlflow" / "information"
    origins = {identity(path): set(map(identity, inlined_by(path))) for path in INLINING}
    assert origins["neighbours/search"] == {"inputs/pairs"}
    assert origins["mixture/traverse"] == {"mixture/leaf", "mixture/nodes", "mixture/sums"}
    assert origins["mixture/sampling"] == {"mixture/sums"}, "a decorator says how to compile"
    assert room / "mixture" / "tree.py" in COMPILED
    assert "mixture/tree" not in origins, "what only Python calls is not inlined"
