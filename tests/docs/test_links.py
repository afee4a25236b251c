"""Links of the documentation lead to files and headings that exist, and Python blocks to names that exist."""

import ast
import importlib
import re
import textwrap
import unicodedata

from tests.docs.pages import CHECKOUT, PAGES, blocks, prose
from tests.in_one_test import in_one_test

LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} (.+?)\s*#*$", re.MULTILINE)
NAMES = [str(page.relative_to(CHECKOUT)) for page in PAGES]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    slugs: dict[str, int] = {}
    for heading in HEADING.findall(prose(text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading).lower()
        kept = [each for each in words if each in " -_" or unicodedata.category(each)[0] in "LN"]
        slug = "".join(kept).replace(" ", "-")
        slugs[slug] = slugs.get(slug, -1) + 1
        if slugs[slug]:
            slugs[f"{slug}-{slugs[slug]}"] = 0
    return set(slugs)


@in_one_test("page", PAGES)
def test_every_relative_link_leads_to_a_file_and_a_heading(page):
    for target in LINK.findall(prose(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file.read_text(encoding="utf-8")), target


@in_one_test("page", PAGES)
def test_every_python_block_parses_and_imports_what_exists(page):
    for language, block in blocks(page.read_text(encoding="utf-8")):
        if language not in ("python", "py"):
            continue
        for node in ast.walk(ast.parse(textwrap.dedent(block))):
            if isinstance(node, ast.Import):
                for each in node.names:
                    if each.name.partition(".")[0] == "leaderboard":
                        importlib.import_module(each.name)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "leaderboard":
                module = importlib.import_module(str(node.module))
                for each in node.names:
                    assert hasattr(module, each.name), f"{node.module}.{each.name}"


def test_headings_have_the_anchors_of_github():
    text = "# What's *new*?\n\n## `run` & [rank](x.md)\n\n## Twice\n\n## Twice\n\n```sh\n# no heading\n```\n"
    assert anchors(text) == {"whats-new", "run--rank", "twice", "twice-1"}
