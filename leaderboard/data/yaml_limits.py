"""Limits of untrusted YAML, checked on the events of the parser before anything is composed.

Composing is recursive in C: 100,000 brackets in a row overflow the stack and crash the process. Aliases that name lists
of aliases ("billion laughs") cost nothing to compose, but have a huge number of nodes to visit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml import MarkedYAMLError

LARGEST_BYTES = 4 * 2**20
DEEPEST = 50
"""Maximum nesting of collections."""
MOST_NODES = 100_000
"""Maximum number of nodes, with repetitions by aliases."""
LONGEST_NUMBER = 100
"""Maximum digits of a number: Python refuses 5,000 digits, and nothing here needs more than 64 bits."""

_PREFIX = "tag:yaml.org,2002:"
PLAIN_TAGS = frozenset(_PREFIX + kind for kind in ("str", "int", "float", "bool", "null", "seq", "map", "merge"))
FUNCTION = "!function"
"""Tag of Python functions in task files of lm-evaluation-harness."""


@dataclass(slots=True)
class _Open:
    """An open collection, and the number of nodes before it."""

    anchor: str | None
    before: int


def check_events(text: str, loader: Any, *, functions: bool = False) -> None:
    """Check that a text stays within the limits, and has only plain tags.

    Args:
        text: a stream of documents.
        loader: the class whose parser reads it.
        functions: scalars with the tag `!function` are permitted.

    Raises:
        yaml.YAMLError: naming the place and what would be valid.
    """
    tree = _Tree()
    for event in _events(text, loader):
        if isinstance(event, yaml.CollectionEndEvent):
            tree.close()
        elif isinstance(event, yaml.NodeEvent):
            _check_tag(event, functions=functions)
            tree.add(event)


class _Tree:
    """Counter of the nodes of a stream, with repetitions by aliases."""

    def __init__(self) -> None:
        self.open: list[_Open] = []
        self.sizes: dict[str, int] = {}
        self.total = 0

    def add(self, event: yaml.NodeEvent) -> None:
        """Count a node, and open it where it is a collection."""
        if isinstance(event, yaml.AliasEvent):
            anchor = str(event.anchor)
            if any(each.anchor == anchor for each in self.open):
                raise _error(f"the alias '*{_short(anchor)}' repeats its own content without end", event)
            self.total += self.sizes.get(anchor, 1)
        else:
            self.total += 1
        if self.total > MOST_NODES:
            raise _error(f"more than {MOST_NODES:,} values, where an alias counts what it repeats", event)
        if isinstance(event, yaml.CollectionStartEvent):
            self.open.append(_Open(event.anchor, self.total - 1))
            if len(self.open) > DEEPEST:
                raise _error(f"more than {DEEPEST} lists or mappings inside one another", event)

    def close(self) -> None:
        """Record the size of the innermost collection, for its aliases."""
        closed = self.open.pop()
        if closed.anchor is not None:
            self.sizes[closed.anchor] = self.total - closed.before


def _events(text: str, loader: Any) -> Iterator[yaml.Event]:
    return yaml.parse(text, Loader=loader)  # type: ignore[no-untyped-call,no-any-return,unused-ignore]


def _check_tag(event: yaml.NodeEvent, *, functions: bool) -> None:
    tag = getattr(event, "tag", None)
    if tag is None or tag == "!" or tag in PLAIN_TAGS:
        return
    if tag == FUNCTION and functions and isinstance(event, yaml.ScalarEvent):
        return
    name = tag.replace(_PREFIX, "!!", 1)
    raise _error(f"the tag '{_short(name)}' is not permitted; write plain text, numbers, lists and mappings", event)


def _error(problem: str, event: yaml.Event) -> MarkedYAMLError:
    mark: Any = event.start_mark  # libyaml's is another class with the same fields
    return MarkedYAMLError(problem=problem, problem_mark=mark)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - characters that a message quotes
