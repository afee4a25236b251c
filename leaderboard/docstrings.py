"""Docstrings: what classes with settings say about themselves, for tables and files that are made of it."""

import inspect
import re

_ATTRIBUTE = re.compile(r"^ {4}(\w+(?:, \w+)*): (.*)$")


def summary(kind: type) -> str:
    """The first paragraph of a class's docstring, in one line."""
    return " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())


def attribute_meanings(kind: type) -> dict[str, str]:
    """What the `Attributes:` sections of a class and those it builds on say; a class goes before those."""
    meanings: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        inside, name = False, ""
        for line in inspect.cleandoc(each.__dict__.get("__doc__") or "").splitlines():
            if line == "Attributes:":
                inside = True
            elif inside and (match := _ATTRIBUTE.match(line)):
                name = match[1]
                meanings[name] = match[2]
            elif inside and line.startswith(" " * 8):
                meanings[name] += " " + line.strip()
            elif line:
                inside = False
    return meanings
