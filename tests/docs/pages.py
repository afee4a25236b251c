"""Pages of the documentation, and the blocks of code in them."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = [
    *(CHECKOUT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
    *sorted((CHECKOUT / "docs").rglob("*.md")),
    *sorted((CHECKOUT / "benchmarks").glob("*.md")),
]
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$|((?:^(?: {4}|\t)[^\n]*\n|^\n(?= {4}))+)", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The language and the text of every fenced block, and of every indented one, which has no language."""
    for match in _BLOCK.finditer(text):
        if match[3] is None:
            yield match[1], match[2]
        elif match[3].strip():
            yield "", textwrap.dedent(match[3])


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return _BLOCK.sub("\n", text)
