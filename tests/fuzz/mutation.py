"""Mutation: valid inputs become nearly valid ones, at the level of bytes, of text, and of trees of keys and values."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

import yaml

TEXTS = (
    *("", " ", "\n", "\t", "\r\n", "\x00", "\x1b[2J\x1b]0;x\x07", "::error::x", "\ufeff", "\u202e", "\u2028", "\ud800"),
    *("é", "e\u0301", "İ", "ß", "ﬁ", "٣", "²", "Ⅷ", "−", "≤", "½", "😀", "\U000e0001", "\uffff", "你好"),
    *("../", "../../etc/passwd", "/etc/passwd", "/dev/zero", "/proc/self/environ", "~root", "~", "C:\\x", "file:///x"),
    *(
        "{{ 7 * 7 }}",
        "{% for x in range(9) %}{{ x }}{% endfor %}",
        "{{ ''.__class__.__mro__ }}",
        "{#",
        "{%",
        "{{",
        "}}",
    ),
    *("{{ 9 ** 9 ** 9 }}", "{{ 'a' * 10 ** 9 }}", "(a+)+$", "(?P<a>", "(?:a{1,999}){1,999}", "[", "\\", "\\N", "(?i)x"),
    *("!!python/object/apply:os.system [id]", "!!int x", "!!bool maybe", "!!timestamp x", "!!binary '*'", "&a [*a]"),
    *("*a", "<<: *a", "<<: 1", "? [a]: b", "- - -", "[" * 50, "{a: " * 50, "|", ">", "%YAML 9.9", "---", "..."),
    *("2020-13-45", "0x", "1_0", "0b2", "1e999", "-1", "9" * 30, "9" * 5000, "nan", ".inf", "NaN", "Infinity", "1:60"),
    *("null", "true", "no", "on", "None", "[]", "{}", '""', "''", ",", ":", "=", "#", "@", "`", "|", "'", '"', "$(id)"),
    *(
        "a" * 300,
        "a/" * 300,
        "." * 50,
        "x.y.z",
        "http://127.0.0.1:1/x",
        "==1",
        "@main",
        "package:",
        "lm_eval:",
        "x" * 9,
    ),
    *(
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "%s%n",
        "%2e%2e%2f",
        "' OR 1=1 --",
        "?mode=memory",
        "a;b",
        "--",
    ),
)
NUMBERS = (0, -1, 1, 2, 2**31, 2**63 - 1, 2**63, -(2**63), 10**30, 10**400, 0.5, -0.0, 1e-320, 1e308, -1e308)
VALUES = (*NUMBERS, *TEXTS, None, True, False, [], {}, [[]], [{}], {"": ""}, [None], {"a": {"b": {"c": []}}})


def mutated_bytes(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """Some seed with a few bytes changed, as a damaged file has them."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        place = rng.randrange(len(data) + 1)
        end = min(len(data), place + rng.choice((1, 2, 4, 16, 256)))
        match rng.randrange(7):
            case 0:
                data[place:end] = b""
            case 1:
                data[place:place] = rng.randbytes(rng.choice((1, 4, 32)))
            case 2:
                data[place:end] = rng.randbytes(end - place)
            case 3:
                data[place:place] = data[place:end] * rng.choice((1, 2, 50))
            case 4:
                data[place:end] = rng.choice((b"\x00", b"\xff", b"\x7f", b"\x80")) * (end - place)
            case 5 if place < len(data):
                data[place] ^= 1 << rng.randrange(8)
            case _:
                data = data[:place]
    return bytes(data)


def mutated_text(rng: Random, text: str, words: Sequence[str] = TEXTS) -> str:
    """The text with parts left out, repeated, moved, or replaced by words that readers trip over."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        place = rng.randrange(len(text) + 1)
        end = min(len(text), place + rng.choice((0, 1, 1, 2, 5, 20)))
        match rng.randrange(6):
            case 0:
                text = text[:place] + text[end:]
            case 1:
                text = text[:end] + text[place:end] * rng.choice((1, 1, 2, 40)) + text[end:]
            case 2:
                text = text[:place] + chr(rng.choice((rng.randrange(128), rng.randrange(0xD800)))) + text[end:]
            case 3:
                other = rng.randrange(len(text) + 1)
                text = text[:other] + text[place:end] + text[other:]
            case _:
                text = text[:place] + rng.choice(words) + text[end:]
    return text


def mutated_line(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """What may stand on a command line: a seed with changes, or words of several seeds in another order."""
    if rng.randrange(3):
        text = mutated_text(rng, rng.choice(seeds).decode("utf-8", "surrogateescape"))
    else:
        words = [word for seed in rng.choices(seeds, k=3) for word in _WORDS.findall(seed.decode())]
        text = "".join(rng.choice((*words, rng.choice(TEXTS))) for _ in range(rng.randrange(1, 9)))
    return text.encode("utf-8", "surrogatepass")


def mutated_tree(rng: Random, tree: Any, *others: Any) -> Any:
    """The tree with keys left out, renamed or moved, and values replaced by those of another kind.

    Args:
        rng: random numbers.
        tree: of mappings, lists and plain values; left as it is.
        others: trees of the same kind, whose parts it may get.
    """
    changed = deepcopy(tree)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        places = list(_places(changed))
        if not places:
            return rng.choice(VALUES)
        holder, key = rng.choice(places)
        match rng.randrange(9):
            case 0 if isinstance(holder, dict):
                del holder[key]
            case 1 if isinstance(holder, dict):
                name = rng.choice((*(each for one, each in places if isinstance(one, dict)), *TEXTS, 1, None))
                holder[name] = holder.pop(key)
            case 2:
                holder[key] = deepcopy(_part(rng, rng.choice((changed, *others))))
            case 3:
                holder[key] = _nested(rng, holder[key])
            case 4 if isinstance(holder, list):
                holder[key:key] = [deepcopy(holder[key])] * rng.choice((1, 2, 30))
            case 5 if isinstance(holder[key], str):
                holder[key] = mutated_text(rng, holder[key])
            case 6 if isinstance(holder[key], int | float):
                holder[key] = rng.choice(NUMBERS)
            case _:
                holder[key] = deepcopy(rng.choice(VALUES))
    return changed


def mutated_yaml(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """A YAML file that is nearly one of the seeds: the tree changed, the text, the bytes, or two of these."""
    if rng.randrange(8) == 0:
        return mutated_bytes(rng, seeds)
    text = rng.choice(seeds).decode()
    if rng.randrange(4):
        trees = [_parsed(each) for each in (text.encode(), rng.choice(seeds))]
        text = as_yaml(rng, mutated_tree(rng, *trees))
    if rng.randrange(3) == 0:
        text = mutated_text(rng, text)
    return text.encode("utf-8", "surrogatepass")


def mutated_json(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """A JSON file that is nearly one of the seeds."""
    if rng.randrange(8) == 0:
        return mutated_bytes(rng, seeds)
    text = as_json(mutated_tree(rng, *(json.loads(rng.choice(seeds)) for _ in range(2))))
    return (mutated_text(rng, text) if rng.randrange(4) == 0 else text).encode("utf-8", "surrogatepass")


_DEEP = 2_000


def as_yaml(rng: Random, tree: Any) -> str:
    """The tree as YAML, in one of its two styles: JSON is the other."""
    if rng.randrange(2):
        return as_json(tree)
    try:
        return str(yaml.dump(tree, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=10**6))
    except (UnicodeError, RecursionError):  # half of a surrogate pair; deeper than the writer of YAML can go
        return as_json(tree)


def as_json(tree: Any) -> str:
    """The tree as JSON; a key that is no text is written as one, and lists stand for what is too deep to be written."""
    try:
        return json.dumps(tree, ensure_ascii=True, default=str, skipkeys=False)
    except RecursionError:
        return "[" * _DEEP + "]" * _DEEP


_WORDS = re.compile(r"\w+|\s+|[^\w\s]+")
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Plain(yaml.SafeLoader):
    """Reads values with tags of their own as the text that they are."""


_Plain.add_multi_constructor("!", lambda _, suffix, node: f"!{suffix} {node.value}")  # type: ignore[no-untyped-call]
_PARSED: dict[bytes, Any] = {}


def _parsed(text: bytes) -> Any:
    if text not in _PARSED:
        _PARSED[text] = yaml.load(text, Loader=_Plain)  # noqa: S506 - a SafeLoader
    return _PARSED[text]


def _places(tree: Any) -> Any:
    """Every place in the tree that holds a value: its holder and its key or index."""
    if isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield tree, key
            yield from _places(value)


def _part(rng: Random, tree: Any) -> Any:
    places = list(_places(tree))
    if not places:
        return tree
    holder, key = rng.choice(places)
    return holder[key]


def _nested(rng: Random, value: Any) -> Any:
    """The value inside lists or mappings, mostly a few and sometimes more than any reader should follow."""
    for _ in range(rng.choice((1, 1, 2, 5, 60, 400))):
        value = [value] if rng.randrange(2) else {"a": value}
    return value
