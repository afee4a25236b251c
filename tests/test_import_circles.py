"""Modules import one another in one direction: no module imports, over others, itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

import leaderboard

ROOT = Path(leaderboard.__file__).parent


def graph_of(files: dict[str, str]) -> "nx.DiGraph":
    """Return which module imports which, from sources by module name.

    Lazy imports and those for type checkers count. That a package names its own modules, as a registry or as its lazy
    names, does not: the modules of a package may import the light settings in its `__init__`.
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(files)
    for name, source in files.items():
        graph.add_edges_from(
            (name, other) for other in imports_of(source, files) if not other.startswith(f"{name}.") and other != name
        )
    return graph


def imports_of(source: str, modules: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & modules.keys()
            yield from inner or {node.module}


def circles_of(files: dict[str, str]) -> list[set[str]]:
    return [circle for circle in nx.strongly_connected_components(graph_of(files)) if len(circle) > 1]


def sources() -> dict[str, str]:
    paths = {path.relative_to(ROOT.parent).with_suffix(""): path for path in ROOT.rglob("*.py")}
    return {".".join(name.parts).removesuffix(".__init__"): path.read_text() for name, path in paths.items()}


def test_no_module_imports_itself_over_others() -> None:
    assert circles_of(sources()) == []


def test_circles_over_lazy_imports_and_types_are_detected() -> None:
    lazy = "def f():\n    from a.second import x"
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import third"
    files = {"a": "from a import first", "a.first": lazy, "a.second": typed, "a.third": "import a.first\nimport os"}
    assert circles_of(files) == [{"a.first", "a.second", "a.third"}]
    assert not circles_of(files | {"a.third": "from a import VERSION"})
