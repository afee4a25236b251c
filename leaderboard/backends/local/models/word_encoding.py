"""Tokenisation of sentences that are split into words, with the first token of each word."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from transformers import PreTrainedTokenizerBase

SAMPLE = ("Nobody", "said", "that", "the", "film", "was", "dull", ",", "but", "it", "'s", "long", ".")

Encoded = tuple[list[int], dict[int, int]]
"""Tokens of a sentence, and the position of the first token of each word that has one and was not cut."""


@dataclass(frozen=True)
class WordEncoder:
    """Tokens of sentences of words.

    Word by word, where that gives a word inside a sentence the tokens that it has in running text. Some tokenizers put
    a space before words in running text alone (byte-level ones of the generic class): `the film` would become `the`
    `film` instead of `the` ` film`. Of those the whole text is encoded, its words joined by spaces, and offsets tell
    which tokens are a word's.

    Attributes:
        tokenizer: for texts.
        by_words: Tokenizer for words; puts a space before each where it supports that.
    """

    tokenizer: PreTrainedTokenizerBase
    by_words: PreTrainedTokenizerBase

    @cached_property
    def reads_running_text(self) -> bool:
        """Whether sentences are encoded as running text, since single words would have other tokens."""
        ids, first = self._word_by_word([SAMPLE], None)[0]
        running, _ = self._as_text([SAMPLE], None)[0]
        # Before the first word some put a space and others do not: either is how models were taught words.
        behind = ids[first.get(1, 0) :]
        return behind != running[len(running) - len(behind) :]

    def encode(self, sentences: Sequence[Sequence[str]], *, max_length: int | None = None) -> list[Encoded]:
        """Encode sentences with the special tokens of the tokenizer.

        Args:
            sentences: lists of words.
            max_length: tokens to cut to on the right, special tokens included; None cuts nothing.
        """
        if not sentences:
            return []
        as_text = self.reads_running_text
        return self._as_text(sentences, max_length) if as_text else self._word_by_word(sentences, max_length)

    def _word_by_word(self, sentences: Sequence[Sequence[str]], max_length: int | None) -> list[Encoded]:
        encoded = self.by_words(
            [list(words) for words in sentences],
            is_split_into_words=True,
            truncation=max_length is not None,
            max_length=max_length,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        results = []
        for index, ids in enumerate(encoded["input_ids"]):
            first: dict[int, int] = {}
            for position, word in enumerate(encoded.word_ids(index)):
                if word is not None:
                    first.setdefault(word, position)
            results.append((list(ids), first))
        return results

    def _as_text(self, sentences: Sequence[Sequence[str]], max_length: int | None) -> list[Encoded]:
        encoded = self.tokenizer(
            [" ".join(words) for words in sentences],
            truncation=max_length is not None,
            max_length=max_length,
            return_offsets_mapping=True,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        return [
            (list(ids), _first_tokens(words, offsets))
            for words, ids, offsets in zip(sentences, encoded["input_ids"], encoded["offset_mapping"], strict=True)
        ]


def _first_tokens(words: Sequence[str], offsets: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Return the position of the first token with a character of each word."""
    first: dict[int, int] = {}
    start = position = 0
    for index, word in enumerate(words):
        end = start + len(word)
        while position < len(offsets) and (
            offsets[position][1] <= start or offsets[position][0] == offsets[position][1]
        ):
            position += 1
        if word and position < len(offsets) and offsets[position][0] < end:
            first[index] = position
        start = end + 1
    return first
