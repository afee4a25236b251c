"""Hints that name commands: wrapped so that a flag and its value can be copied from one line."""

import re

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

_BEFORE_A_VALUE = re.compile(r"(?<!\S)(--?[A-Za-z][\w-]*) (?=[^\s-])")
"""A flag that has a value behind it."""
_JOINT = "\ue000"
"""Character of the private use area that holds a flag and its value together while lines are broken."""


class Hint:
    """A text that breaks between words, but not between a flag and its value."""

    def __init__(self, text: str, *, style: str = "") -> None:
        self._text = Text(_BEFORE_A_VALUE.sub(rf"\1{_JOINT}", text), style=style)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines at the width of the console."""
        for line in self._text.wrap(console, options.max_width):
            yield Text(line.plain.rstrip().replace(_JOINT, " "), style=self._text.style)
