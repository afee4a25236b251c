"""The code says what it does in plain technical English, as far as a machine can check."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import leaderboard

ROOT = Path(leaderboard.__file__).parent
TESTS = Path(__file__).parent
CHECKOUT = TESTS.parent
ROOMS = (
    "api",
    "axes",
    "backends",
    "board",
    "cache",
    "cli",
    "comparison",
    "data",
    "documents",
    "evaluation",
    "gate",
    "mitigations",
    "own_data",
    "ranking",
    "recipes",
    "reports",
    "stats",
    "store",
    "studies",
    "tasks",
    "testing",
    "training",
)
"""Packages that keep to these rules, as the modules next to them do; others join as they are rewritten."""
FOLDERS = ("app", "benchmarks", "requirements")
"""Folders next to the package that keep to these rules."""
BANNED_NAMES = frozenset({"found", "known", "said", "told", "asked", "given", "seen", "made", "what", "where"})
ALLOWED_PARAMETERS = frozenset({"where"})
"""Keyword of errors that names the file or the flag."""
BANNED_OPENINGS = ("See ", "Of ", "Those ", "That of ")
BANNED_PHRASES = re.compile(
    r"is not told|goes with neither|who is judged|can(no|')t tell|cannot be told|told apart|is not said|stands? beside",
    re.IGNORECASE,
)


def files(folder: Path) -> list[Path]:
    """Return the modules of a folder that keep to these rules; of the package itself, those in no room."""
    return sorted(folder.glob("*.py") if folder == ROOT else folder.rglob("*.py"))


Nodes = list[ast.AST]
PLACES = (ROOT, *(ROOT / room for room in ROOMS), *(CHECKOUT / folder for folder in FOLDERS))


@pytest.fixture(scope="module")
def modules() -> dict[str, Nodes]:
    """The modules by their paths. One test for each module would take longer than what it checks."""
    return {str(file.relative_to(CHECKOUT)): nodes_of(file) for folder in PLACES for file in files(folder)}


def nodes_of(file: Path) -> Nodes:
    """Return all nodes of a module."""
    return list(ast.walk(ast.parse(file.read_text())))


def bound_names(nodes: Nodes) -> Iterator[tuple[str, int]]:
    """Yield every variable, parameter, function and class of a module with its line."""
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.arg(arg=name):
                if name not in ALLOWED_PARAMETERS:
                    yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.MatchAs(name=str(name)):
                yield name, node.lineno


def docstrings(nodes: Nodes) -> Iterator[tuple[str, str]]:
    """Yield the name and the docstring of the module and of every public class and function."""
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            name = getattr(node, "name", "module")
            docstring = ast.get_docstring(node)
            if docstring and not name.startswith("_"):
                yield name, docstring


def attribute_docstrings(nodes: Nodes) -> Iterator[tuple[int, str]]:
    """Yield the strings below assignments, which describe what is assigned, with their lines."""
    for node in nodes:
        body = node.body if isinstance(node, ast.Module | ast.ClassDef) else []
        for assignment, below in pairwise(body):
            match assignment, below:
                case ast.Assign() | ast.AnnAssign(), ast.Expr(value=ast.Constant(value=str(docstring))):
                    yield below.lineno, docstring


def texts(nodes: Nodes) -> Iterator[tuple[str, int]]:
    """Yield every string of a module with its line."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno


def test_every_place_has_modules():
    assert [folder for folder in PLACES if not files(folder)] == []


def test_no_name_is_a_participle_without_a_noun(modules):
    wrong = [
        (path, line, name)
        for path, nodes in modules.items()
        for name, line in bound_names(nodes)
        if name in BANNED_NAMES
    ]
    assert wrong == []


def test_no_name_in_the_tests_is_a_participle_without_a_noun():
    names = [
        f"{file.relative_to(TESTS)}:{line}: {name}"
        for file in sorted(TESTS.rglob("*.py"))
        for name, line in bound_names(nodes_of(file))
        if name in BANNED_NAMES
    ]
    assert names == []


def test_the_first_line_of_a_docstring_is_a_sentence(modules):
    for path, nodes in modules.items():
        for name, docstring in docstrings(nodes):
            first = docstring.splitlines()[0]
            assert first.endswith("."), (path, name, first)
            assert not first.startswith(BANNED_OPENINGS), (path, name, first)


def test_the_description_of_a_constant_stands_alone(modules):
    wrong = [
        (path, line, text)
        for path, nodes in modules.items()
        for line, text in attribute_docstrings(nodes)
        if text.startswith((*BANNED_OPENINGS, "What "))
    ]
    assert wrong == []


def test_no_text_uses_a_phrase_that_readers_do_not_know(modules):
    wrong = [
        (path, line, text)
        for path, nodes in modules.items()
        for text, line in texts(nodes)
        if BANNED_PHRASES.search(text)
    ]
    assert wrong == []


def test_no_two_public_classes_of_these_rooms_have_one_name(modules):
    places = defaultdict(list)
    for path, nodes in modules.items():
        for node in nodes[0].body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path)
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}
