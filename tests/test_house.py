"""The shape of the house: who may import whom, and how large a file may grow."""

import ast
import graphlib
from pathlib import Path

import pytest

from projects.registry import STUDIES as STUDY_MODULES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ib_mlflow"
BELOW = {"training", "networks", "information", "data", "trajectory"}
ALLOWED = {
    "projects": {"studies", "tuning", "tracking", "figures", *BELOW},
    "studies": {"tuning", "tracking", "figures", "execution", *BELOW},
    "tuning": {"tracking", "figures", *BELOW},
    "tracking": {"execution", "trajectory"},
    "figures": {"trajectory"},
    "training": {"networks", "information", "data", "trajectory"},
    "networks": set(),
    "information": set(),
    "data": set(),
    "execution": set(),
    "trajectory": set(),
}
GROUND = {path.stem for path in PACKAGE.glob("*.py")}
"""What stands below every room, so that every room may import it."""
ONLY_IN = {
    "mlflow": {"tracking"},
    "optuna": {"tuning"},
    "dask": {"execution"},
    "dask_jobqueue": {"execution"},
    "distributed": {"execution"},
}
NEVER_IN = {"torch": {"figures", "execution", "trajectory", *GROUND}}

SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "projects").rglob("*.py")])
FILES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in SOURCES}
FILES = {name.removesuffix(".__init__"): path for name, path in FILES.items()}
"""Every source by the name that it is imported by."""


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] == "projects":
        return "projects"
    return parts[1]


def absolute(node: ast.ImportFrom, path: Path) -> str:
    """The module that names are imported from.

    Studies, which are `projects` in a checkout and `ib_mlflow.projects` once installed, name each
    other from where they stand; all else is named from the top.
    """
    among_studies = path.is_relative_to(ROOT / "projects")
    named = node.module or ""
    if node.level == 0:
        assert not (among_studies and named.split(".")[0] == "projects"), f"{path}: {named}"
        return named
    assert among_studies, f"{path}: imports are absolute"
    parts = path.relative_to(ROOT).parts[: -node.level]
    return ".".join([*parts, named] if named else parts)


def imports_of(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = absolute(node, path)
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    room = room_of(path)
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "projects":
            assert room == "projects", f"{path} imports {name}: nothing imports a study"
        if parts[0] == "ib_mlflow":
            target = parts[1] if parts[1] in ALLOWED or parts[1] in GROUND else "__init__"
            allowed = GROUND | ALLOWED.get(room, set()) | {room}
            assert target in allowed, f"{path} imports {name}: it does not stand below {room}"
        if parts[0] in ONLY_IN:
            assert room in ONLY_IN[parts[0]], f"{path} imports {name}"
        assert room not in NEVER_IN.get(parts[0], set()), f"{path} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 250, f"{path} has {lines} lines: split it along what it does"


def sources_of(path: Path) -> set[Path]:
    """The files that a file takes something from, imports for type checking included."""
    origins = set()
    for name in imports_of(path):
        while name and name not in FILES:
            name = name.rpartition(".")[0]
        if name:
            origins.add(FILES[name])
    return origins - {path}


def test_no_two_files_import_each_other_in_a_circle() -> None:
    sorter = graphlib.TopologicalSorter({path: sources_of(path) for path in SOURCES})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = " → ".join(str(path.relative_to(ROOT)) for path in error.args[1])
        pytest.fail(f"these files import each other: {circle}")


def test_the_guard_of_circles_sees_imports_of_files_and_of_their_names(tmp_path: Path) -> None:
    importer = tmp_path / "importer.py"
    importer.write_text("import ib_mlflow.errors\nfrom ib_mlflow import threads\n")
    expected = {PACKAGE / "errors.py", PACKAGE / "threads.py"}
    assert sources_of(importer) == expected


STUDIES = [path for path in SOURCES if path.is_relative_to(ROOT / "projects")]


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: str(path.relative_to(ROOT)))
def test_studies_stand_on_their_room_and_are_imported_by_none(path: Path) -> None:
    doors = {FILES[f"projects.{module}"] for module in STUDY_MODULES.values()}
    room = path.relative_to(ROOT).parts[1]
    for source in sources_of(path):
        if not source.is_relative_to(ROOT / "projects"):
            continue
        if room == "tuning" and source == ROOT / "projects/registry.py":
            continue  # a search finds the study that it tunes by its name
        assert source not in doors, f"{path} imports the study {source}"
        if path.parent != ROOT / "projects":
            own = source.relative_to(ROOT).parts[1] == room
            assert own, f"{path} imports {source}: papers do not know each other"


@pytest.mark.parametrize("name", sorted(STUDY_MODULES))
def test_a_study_is_a_small_file(name: str) -> None:
    lines = len(FILES[f"projects.{STUDY_MODULES[name]}"].read_text(encoding="utf-8").splitlines())
    assert lines <= 120, f"{name} has {lines} lines: move what judges and reads beside it"


def parameters_of(node: ast.FunctionDef) -> int:
    own = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len([argument for argument in own if argument.arg not in ("self", "cls")])


def is_kernel(node: ast.FunctionDef) -> bool:
    words = {ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list}
    return bool(words & {"compiled", "summing", "njit", "intrinsic"})


DOORS = {
    "PixelCNN",
    "ResNet",
    "classifier",
    "edge_information",
    "fit",
    "from_arrays",
    "mixture_entropy",
    "mlp",
    "noisy_information",
    "train",
    "train_classifier",
    "train_decoder",
    "train_reconstruction",
}
"""Public functions whose options are all named: a user types few of them at a time."""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_few_parameters_travel_together(path: Path) -> None:
    """Compiled kernels know no structures, and doors of the library have options with names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and node.name in DOORS:
            continue
        for function in functions_of(node):
            if function.name not in DOORS and not is_kernel(function):
                count = parameters_of(function)
                assert count <= 6, f"{path}: {function.name} takes {count} parameters"


def functions_of(node: ast.AST) -> list[ast.FunctionDef]:
    """The functions that stand right inside a module, class or function."""
    body = getattr(node, "body", [])
    children = body if isinstance(body, list) else []
    return [child for child in children if isinstance(child, ast.FunctionDef)]
