"""Words get the tokens that they have in running text, whatever the tokenizer."""

import copy

import pytest
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast

from leaderboard.backends.local.models.word_encoding import WordEncoder
from leaderboard.testing.models import SENTENCES, _byte_pairs, _wordpiece

SENTENCE = ["The", "film", "was", "a", "wonderful", "surprise", ",", "said", "her", "mother", "."]


def _running(tokenizer, words):
    """By the definition: the first token of the whole text that has a character of the word in it."""
    text = " ".join(words)
    encoded = tokenizer(text, return_offsets_mapping=True)
    places, start = {}, 0
    for index, word in enumerate(words):
        overlaps = [
            position
            for position, (begin, end) in enumerate(encoded["offset_mapping"])
            if begin < start + len(word) and end > start
        ]
        if overlaps:
            places[index] = overlaps[0]
        start += len(word) + 1
    return encoded["input_ids"], places


def _sentencepiece_like():
    """As Gemma's: spaces become ▁ in running text, and nothing is put before the first word."""
    words = [word for sentence in SENTENCES for word in sentence.replace(".", " .").replace(",", " ,").split()]
    letters = sorted({letter for word in words for letter in word} | {"▁"})
    merges, tokens = [], ["<unk>", *letters]
    for word in dict.fromkeys(f"▁{word}" for word in words):
        for cut in range(1, len(word)):
            merges.append((word[:cut], word[cut]))
            tokens.append(word[: cut + 1])
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(BPE(vocabulary, list(dict.fromkeys(merges)), unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    tokenizer.decoder = decoders.Replace("▁", " ")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


@pytest.mark.parametrize("make", [_byte_pairs, _sentencepiece_like], ids=["byte-level", "sentencepiece"])
def test_words_with_spaces_in_their_tokens_are_read_as_running_text(make):
    tokenizer = make()
    encoder = WordEncoder(tokenizer, copy.deepcopy(tokenizer))
    assert encoder.reads_running_text
    ids, places = encoder.encode([SENTENCE])[0]
    assert (ids, places) == _running(tokenizer, SENTENCE)
    assert len(places) == len(SENTENCE)
    alone = tokenizer([SENTENCE], is_split_into_words=True)["input_ids"][0]
    assert ids != alone


def test_the_film_keeps_its_space():
    tokenizer = _byte_pairs()
    ids, places = WordEncoder(tokenizer, tokenizer).encode([["The", "film"]])[0]
    assert [tokenizer.convert_ids_to_tokens(ids)[place] for place in places.values()] == ["The", "Ġfilm"]


def test_word_pieces_are_read_word_by_word_as_before():
    tokenizer = _wordpiece()
    encoder = WordEncoder(tokenizer, tokenizer)
    assert not encoder.reads_running_text
    encoded = tokenizer([SENTENCE], is_split_into_words=True)
    assert encoder.encode([SENTENCE])[0][0] == encoded["input_ids"][0]


@pytest.mark.parametrize("make", [_byte_pairs, _wordpiece])
def test_sentences_are_cut(make):
    tokenizer = make()
    ids, places = WordEncoder(tokenizer, tokenizer).encode([SENTENCE], max_length=4)[0]
    assert len(ids) == 4
    assert max(places.values()) < 4
    assert 0 < len(places) < len(SENTENCE)


def test_a_word_without_a_character_of_its_own_has_no_token():
    tokenizer = _byte_pairs()
    _, places = WordEncoder(tokenizer, tokenizer).encode([["The", "", "film"]])[0]
    assert list(places) == [0, 2]
