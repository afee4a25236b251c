"""The code of the pages under `docs/extend` is that of the files that the other tests here install, and is complete."""

import ast
import builtins
import re
import symtable
from collections.abc import Iterator
from importlib import import_module
from itertools import groupby
from pathlib import Path

import pytest

from tests.in_one_test import in_one_test

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = CHECKOUT / "tests" / "extend"
BLOCK = re.compile(r"<!-- (\S+) -->\n```(\w+)\n(.*?)```", re.DOTALL)
PAGES = sorted((CHECKOUT / "docs" / "extend").glob("*.md"))
SOURCES = sorted(path for path in EXAMPLES.glob("*/**/*.py") if "__pycache__" not in path.parts)
_PUBLIC = re.findall(
    r"`(leaderboard[\w.]*)`",
    (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## What is public")[2].partition("\n## ")[0],
)


def python_files(page: Path) -> dict[str, list[str]]:
    """The Python blocks of a page by the file that they are parts of."""
    blocks = [(file, block) for file, language, block in BLOCK.findall(page.read_text("utf-8")) if language == "python"]
    return {file: [block for _, block in group] for file, group in groupby(blocks, key=lambda each: each[0])}


def undefined_names(code: str) -> set[str]:
    """The names that code uses as global ones and defines nowhere."""
    top = symtable.symtable(code, "page", "exec")
    defined = {each.get_name() for each in top.get_symbols() if each.is_assigned() or each.is_imported()}
    names = {name for table in _tables(top) for name in _global_names(table)}
    return (names | set(_quoted_annotations(ast.parse(code)))) - {*defined, *dir(builtins), "__file__"}


def _quoted_annotations(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
                yield annotation.value


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    for each in table.get_symbols():
        if each.is_referenced() and (table.get_type() == "module" or each.is_global()):
            yield each.get_name()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_part_of_the_file_that_it_names(page):
    text = page.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert sum(language == "python" for _, language, _ in blocks) == text.count("```python")
    for file, _, block in blocks:
        assert block in (CHECKOUT / file).read_text(encoding="utf-8"), file


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_the_folders_of_its_blocks(page):
    text = page.read_text(encoding="utf-8")
    for file, _, _ in BLOCK.findall(text):
        folder = "/".join(file.split("/")[:3])
        assert f"`{folder}" in text, folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_a_file_define_every_name_that_they_use(page):
    for file, blocks in python_files(page).items():
        assert undefined_names("\n".join(blocks)) == set(), file
        source = (CHECKOUT / file).read_text(encoding="utf-8")
        assert sorted(blocks, key=source.index) == blocks, file


@in_one_test("source", SOURCES)
def test_an_example_imports_public_names_alone(source):
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not [each.name for each in node.names if each.name.partition(".")[0] == "leaderboard"]
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "leaderboard":
            assert node.module in _PUBLIC, node.module
            assert {each.name for each in node.names} <= set(import_module(node.module).__all__), node.module


def test_an_undefined_name_is_noticed():
    code = "import os\ndef f(x: 'X') -> str:\n    return os.sep + x + y\nclass A(B): pass\n"
    assert undefined_names(code) == {"X", "y", "B"}
