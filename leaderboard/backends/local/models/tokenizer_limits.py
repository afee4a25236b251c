"""Limits of tokenizers: how much longer they make a text, and how long that takes.

Nine rules that replace a letter by ten, each one line of tokenizer.json, make 8.5 GB of one word. What a tokenizer does
to every text can be read from its parts; what it does to some is tried on texts that bring out the slow ones.
"""

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from leaderboard.errors import RequestError

MOST_GROWTH = 512
"""Characters that one may become. Unicode's own forms make 18 of one (U+FDFA)."""
MOST_ADDED = 4_096
"""Characters or tokens put around every text; a model's template has a few."""
MOST_PADDING = 1 << 20
LONGEST_WORD = 10_000
"""Characters of a word that are compared with a vocabulary of word pieces, in quadratic time; BERT has 100."""
_SECONDS = 10.0
"""CPU time for one probe. Ordinary tokenizers take 0.01 s."""
_LENGTH = 1_000
_SIGNS, _ENDS = ("a", "A", "1", " ", "\n", "!", "é", "中", "\u0301"), ("!", "b ", " 1")
PROBES = (
    "The film was a wonderful surprise, and I'd watch it again: 10,000 times!\n\n\tWouldn't you? http://a.org/a_b",
    "Zażółć gęślą jaźń; Привет, мир; 你好,世界; こんにちは; שלום; مرحبا ﷺ; नमस्ते; 👩‍👩‍👧‍👦 ½ ﬁ Å\u0301\u200b\ufeff",
    *(sign * _LENGTH + end for sign in _SIGNS for end in _ENDS),
    "aA" * _LENGTH + "!",
    "a " * _LENGTH + "!",
    "a1" * _LENGTH + "!",
    " \n" * _LENGTH + "x",
)
"""Ordinary texts, and long runs of one kind of character that a pattern with nested repetition reads in exponential
time."""
_NESTED = re.compile(r"\((?:\?:|\?i:)?(?:\\.|\[(?:\\.|[^\]\\])*\]|[^()\[\]\\+*?{}|])[+*]\)[+*]")
"""A repeated group of one repeated character or class: `(a+)+` takes exponential time on some text, whatever it is."""

_GROWTH = {
    # Unicode 16: U+FDFA is eighteen characters in NFKC, "İ" two in lower case. The other forms make four of one,
    # and one of them after another no more than the longest.
    **dict.fromkeys(("NFC", "NFD", "NFKC", "NFKD"), 18.0),
    "Lowercase": 2.0,
    "BertNormalizer": 12.0,  # accents apart (4), and a space on either side of a Chinese character (3)
    "ByteLevel": 4.0,  # a character for each byte of UTF-8
}
"""Largest number of characters that a rule makes of one."""
_SETTLING = {
    **dict.fromkeys(("NFC", "NFD", "NFKC", "NFKD", "Precompiled"), "form"),
    **dict.fromkeys(("Lowercase", "BertNormalizer"), "case"),
}
"""Idempotent rules and their groups."""
_CHANGES_NOTHING = frozenset(
    {"Sequence", "Strip", "StripAccents", "Nmt", "Prepend"}  # normalizers; `Prepend` has a limit of its own
    | {"BertPreTokenizer", "CharDelimiterSplit", "Delimiter", "Digits", "FixedLength", "Metaspace", "Punctuation"}
    | {"Split", "UnicodeScripts", "Whitespace", "WhitespaceSplit"}
    | {"BPEDecoder", "ByteFallback", "CTC", "Fuse", "WordPiece"}
    | {"BertProcessing", "RobertaProcessing", "TemplateProcessing"}
)
"""Rules after which a text is as long as before, but for what is put around it."""

_EMPTY = re.compile(r"[*?|^$(]|\{0|\\[bBAzZG]")
"""Signs of an expression that may match between two characters, and so make two of one."""


def check_parts(tokenizer: Any) -> None:
    """Check that the parts of a fast tokenizer make no text much longer, and have no exponential pattern.

    Args:
        tokenizer: a `tokenizers.Tokenizer`.

    Raises:
        RequestError: naming the part.
    """
    for name in ("normalizer", "pre_tokenizer", "decoder", "post_processor"):
        part = getattr(tokenizer, name)
        if part is None:
            continue
        state = json.loads(part.__getstate__())
        if (growth := _growth(state)) > MOST_GROWTH:
            raise RequestError(f"its {name} makes {growth:,.0f} characters of one; at most {MOST_GROWTH} are allowed")
        for rule in _rules(state):
            _check_rule(name, rule)
    padding = tokenizer.padding or {}
    lengths = (padding.get("length"), padding.get("pad_to_multiple_of"))
    if any(length is not None and length > MOST_PADDING for length in lengths):
        raise RequestError(f"it pads to {max(filter(None, lengths)):,} tokens; at most {MOST_PADDING:,} are allowed")
    longest = getattr(tokenizer.model, "max_input_chars_per_word", None)
    if longest is not None and longest > LONGEST_WORD:
        raise RequestError(f"max_input_chars_per_word is {longest:,}; at most {LONGEST_WORD:,} are allowed")


def check_probes(tokenizer: Any) -> None:
    """Check that texts are encoded to a plausible number of tokens and decoded, within seconds.

    Args:
        tokenizer: a `transformers` tokenizer.

    Raises:
        RequestError: naming what was too much.
    """
    for text in PROBES:
        begin = time.process_time()
        ids = tokenizer(text, truncation=False)["input_ids"]
        most = MOST_GROWTH * len(text) + MOST_ADDED
        if len(ids) > most:
            raise RequestError(
                f"it makes {len(ids):,} tokens of {len(text):,} characters; at most {most:,} are allowed"
            )
        tokenizer.decode(ids[:_LENGTH])
        if (seconds := time.process_time() - begin) > _SECONDS:
            raise RequestError(f"it takes {seconds:.0f} s for {len(text):,} characters: {text[:10]!r}…{text[-4:]!r}")


def _rules(state: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the rules of a part in their order, sequences expanded."""
    waiting = [state]
    while waiting:
        rule = waiting.pop()
        if isinstance(rule, dict):
            yield rule
            for inside in ("normalizers", "pretokenizers", "decoders", "processors"):
                waiting += reversed(rule.get(inside) or [])


def _growth(state: Any) -> float:
    """Return the largest number of characters that all rules in sequence make of one.

    A form of Unicode, or lower case, changes nothing the second time, unless a rule put other characters in between.

    Raises:
        RequestError: For a rule of an unknown type.
    """
    growth, settled = 1.0, set[str]()
    for rule in _rules(state):
        kind = str(rule.get("type"))
        group = _SETTLING.get(kind)
        grown = _growth_of(kind, rule)
        growth *= max(1.0, grown / _GROWTH["NFKC"]) if group in settled else grown
        settled = {*settled, group} if group else settled if kind in _CHANGES_NOTHING else set()
    return growth


def _growth_of(kind: str, rule: Mapping[str, Any]) -> float:
    if kind == "Replace":
        pattern = rule.get("pattern") or {}
        content = len(str(rule.get("content", "")))
        if "String" in pattern:
            return max(1.0, content / max(1, len(pattern["String"])))
        return 1.0 + content if _EMPTY.search(str(pattern.get("Regex", ""))) else max(1.0, content)
    if kind == "Precompiled":
        return max(_GROWTH["NFKC"], _longest_form(str(rule.get("precompiled_charsmap") or "")))
    if kind in _CHANGES_NOTHING:
        return 1.0
    if kind not in _GROWTH:
        raise RequestError(f"it has a rule of the type {kind[:40]!r}, whose effect on the length of a text is unknown")
    return _GROWTH[kind]


def _longest_form(charsmap: str) -> float:
    """Return the length of the longest replacement of a character in a table of SentencePiece.

    The table is the size of a trie in 4 bytes, the trie, and the texts one behind the other, each ended by a zero.
    """
    data = base64.b64decode(charsmap)
    trie = int.from_bytes(data[:4], "little")
    forms = data[4 + trie :].decode(errors="replace").split("\0")
    return float(max(1, max(map(len, forms), default=1)))


def _check_rule(name: str, rule: Mapping[str, Any]) -> None:
    kind = rule.get("type")
    if kind == "Prepend" and len(rule.get("prepend", "")) > MOST_ADDED:
        raise RequestError(f"its {name} puts {len(rule['prepend']):,} characters before every text")
    if kind == "TemplateProcessing":
        tokens = [len(each.get("ids", ())) for each in (rule.get("special_tokens") or {}).values()]
        pieces = max(len(rule.get("single") or ()), len(rule.get("pair") or ()))
        if pieces * max(tokens, default=1) > MOST_ADDED:
            raise RequestError(f"its {name} puts {pieces * max(tokens, default=1):,} tokens around every text")
    pattern = rule.get("pattern")
    expression = pattern.get("Regex") if isinstance(pattern, dict) else None
    if expression is not None and (nested := _NESTED.search(str(expression))):
        raise RequestError(
            f"its {name} has the pattern {nested.group()[:40]!r}: repetition in repetition takes exponential time"
        )
