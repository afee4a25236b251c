"""Visible text: untrusted names and messages in which every character is visible and harmless.

Names come from untrusted folders, files, documents and stores. A terminal executes control characters in them,
direction marks change how they look, zero-width characters are hidden in them, and unpaired surrogates cannot be
written to any file. Each of these is replaced by a visible `�`. Joiners and marks that a script needs stay: Hindi and
Persian words, composed emoji, flags.

"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

REPLACEMENT = "\ufffd"
LONGEST_NAME = 500
"""Maximum characters of a name on one line; longer ones end with `…`."""

_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS = "\U000e0020-\U000e007f"
_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff" + _JOINERS
)
"""Characters without width, or without any form (the default ignorables of Unicode)."""
_TURNING = "\u202a-\u202e\u2066-\u2069"
"""Embeddings, overrides and isolates, which change the order of the following text."""
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_NO_CHARACTERS = "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_ENDS_OF_LINES = "\u0085\u2028\u2029"
_SUSPECT = re.compile(f"[{_CONTROLS}{_TURNING}{_INVISIBLE}{_NO_CHARACTERS}{_ENDS_OF_LINES}\r]")
_WANTED = re.compile(
    # a joiner or a selector behind a letter or picture of a script that uses it, and a selector behind a key's sign
    rf"[^\x00-\x7f{_CONTROLS}{_TURNING}{_INVISIBLE}{_NO_CHARACTERS}{_ENDS_OF_LINES}\s][{_JOINERS}{_SELECTORS}]{{1,2}}"
    rf"|[0-9#*][\ufe0e\ufe0f]\u20e3?|\U0001f3f4[{_TAGS}]+|[\u1820-\u18aa][\u180b-\u180e]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_FOR_PEOPLE = re.compile(f"[{_CONTROLS}{_TURNING}{_NO_CHARACTERS}{_ENDS_OF_LINES}\r]")
"""Characters that a text of several lines must not hold; zero-width characters are needed in many scripts."""


def one_line(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a name on one line, in the composed form of Unicode, with every character visible.

    Args:
        text: from anywhere.
        longest: characters that are kept.
    """
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _seen(re.sub(r"[\t\n\r\v\f\u0085\u2028\u2029]+", " ", text[: 2 * longest])))
    if "  " in text or text[:1].isspace() or text[-1:].isspace():
        text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def label(text: str) -> str:
    """Return a label on one line with every character visible; letters and spaces stay, since data depends on them."""
    if text.isascii() and text.isprintable():
        return text
    return _seen(re.sub(r"[\t\n\r\v\f\u0085\u2028\u2029]", " ", text))


def prose(text: str) -> str:
    """Return a text of several lines; lines and tabs stay, and no character is harmful."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    return _FOR_PEOPLE.sub(REPLACEMENT, text) if _FOR_PEOPLE.search(text) else text


def writable(text: str) -> str:
    """Replace unpaired surrogates in a text, such as `os.fsdecode` creates, so that every file can hold it."""
    return text if text.isascii() else _SURROGATES.sub(REPLACEMENT, text)


def writable_in(value: Any) -> Any:
    """Replace unpaired surrogates in the texts and keys of a JSON-like value."""
    match value:
        case str():
            return writable(value)
        case Mapping():
            return {writable(str(key)): writable_in(each) for key, each in value.items()}
        case list() | tuple():
            return [writable_in(each) for each in value]
    return value


def _seen(text: str) -> str:
    if _SUSPECT.search(text) is None:
        return text
    parts, begin = [], 0
    for wanted in _WANTED.finditer(text):
        parts += [_SUSPECT.sub(REPLACEMENT, text[begin : wanted.start()]), wanted[0]]
        begin = wanted.end()
    return "".join([*parts, _SUSPECT.sub(REPLACEMENT, text[begin:])])
