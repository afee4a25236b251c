"""Sentences of a text, by its punctuation."""

import re

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]*[^\W{_UNSPACED}][^\s{_UNSPACED}]*")
"""A Han or kana character, or what stands between spaces and has a letter or a digit."""
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|a\.m|p\.m|[A-Z])\.$")
_END = re.compile(r"[.!?…]+[\"'”’)\]*]*(?=\s|$)|[。！？]+[”’）」]*|\n+")


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text that have a letter or a digit, without white space at either end.

    They are parted by the end of a line, and by full stops, exclamation and question marks. The full stop of an
    initial, or of a title such as "Dr.", ends none.
    """
    sentences, start = [], 0
    for end in _END.finditer(text):
        followed = text[end.end() :].strip() != ""
        if followed and end[0] == "." and _ABBREVIATION.search(text, start, end.end()):
            continue
        sentences.append(text[start : end.end()])
        start = end.end()
    sentences.append(text[start:])
    return [sentence.strip() for sentence in sentences if WORD.search(sentence)]
