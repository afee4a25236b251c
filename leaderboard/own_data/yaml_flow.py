"""Values in the flow style of YAML, on one line, as task files have them."""

import re
from collections.abc import Mapping, Sequence

import yaml

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_RESERVED = frozenset(["y", "n", "yes", "no", "true", "false", "on", "off", "null"])
Value = str | bool | int | float | Sequence["Value"] | Mapping[str, "Value"]


def flow(value: Value) -> str:
    """Return a value in flow style: lists in brackets, mappings in braces, texts quoted where YAML needs it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _text(value)
        case Mapping():
            return "{" + ", ".join(f"{_text(key)}: {flow(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(flow, value)) + "]"


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.casefold() not in _RESERVED:
        return text
    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=1 << 30)
    return quoted.rstrip("\n")
