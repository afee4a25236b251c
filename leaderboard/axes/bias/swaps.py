"""Swaps: the words in which the two sentences of a pair differ, which pairs have in common."""

import difflib
import re

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def swapped_words(more: str, less: str) -> list[str]:
    """The words, without case, that either sentence has where the other has others; sorted, each once.

    The two sentences are aligned word by word (difflib's SequenceMatcher). Where they differ in punctuation or case
    alone nothing is swapped.
    """
    one, other = (_WORD.findall(sentence.casefold()) for sentence in (more, less))
    words: set[str] = set()
    for tag, start, end, start_other, end_other in difflib.SequenceMatcher(
        None, one, other, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            words.update(one[start:end], other[start_other:end_other])
    return sorted(words)
