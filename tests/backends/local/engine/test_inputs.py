import copy
from dataclasses import replace

import pytest
from tokenizers import Tokenizer, pre_tokenizers, processors
from tokenizers.models import BPE
from transformers import RobertaTokenizerFast

from leaderboard.backends.local.engine.batching import Row
from leaderboard.backends.local.engine.inputs import text_row, words_rows


def test_a_text_is_one_row_of_tokens(encoder):
    row = text_row(encoder, "The film was a wonderful surprise", max_length=128)
    assert row == Row(tuple(encoder.tokenizer("The film was a wonderful surprise").input_ids))


@pytest.fixture
def typed(encoder):
    """A model whose tokenizer names types of tokens, as BERT's does."""
    tokenizer = copy.deepcopy(encoder.tokenizer)
    tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    return replace(encoder, tokenizer=tokenizer)


def test_the_second_of_two_texts_begins_behind_the_separator(typed):
    row = text_row(typed, ("The film", "a wonderful surprise"), max_length=128)
    # [CLS] The film [SEP] a wonderful surprise [SEP]
    assert len(row.ids) == 8
    assert row.second == 4
    assert row.ids[3] == typed.tokenizer.sep_token_id


def test_a_model_without_types_of_tokens_tells_two_texts_apart_by_the_separator_alone(typed):
    module = copy.copy(typed.module)
    module.config = copy.deepcopy(typed.module.config)
    module.config.type_vocab_size = 1
    assert text_row(replace(typed, module=module), ("The film", "worse"), max_length=128).second == 0


def test_long_texts_are_cut(encoder):
    assert len(text_row(encoder, "The " * 50, max_length=16).ids) == 16
    assert len(text_row(encoder, ("The " * 50, "worse"), max_length=16).ids) == 16


def test_words_are_read_at_their_first_token(encoder):
    ((row, words),) = words_rows(encoder, ["The", "xyz", "film"])
    # [CLS] The x ##y ##z film [SEP]
    assert [position for position, _ in row.reads] == [1, 2, 5]
    assert words == [0, 1, 2]


def test_a_word_without_a_token_is_not_read(encoder):
    ((row, words),) = words_rows(encoder, ["The", "\u200b", "film"])
    assert words == [0, 2]
    assert len(row.reads) == 2


def test_a_sentence_that_is_too_long_is_cut_between_words(encoder):
    parts = words_rows(encoder, [*["The"] * 125, "xyz", "film", "The"])
    assert [len(row.ids) for row, _ in parts] == [127, 7]  # the three tokens of xyz stay together
    assert [word for _, words in parts for word in words] == list(range(128))


def test_of_a_word_that_is_too_long_the_beginning_is_read(encoder):
    parts = words_rows(replace(encoder, max_length=16), ["The", "x" * 40, "film"])
    assert [len(row.ids) for row, _ in parts] == [3, 16, 3]
    assert [word for _, words in parts for word in words] == [0, 1, 2]


def test_a_tokenizer_that_keeps_spaces_in_tokens_reads_words_with_one_before_each(encoder, tmp_path):
    """As RoBERTa's: without a space, a word in the middle would be another token than in running text."""
    letters = {token: number for number, token in enumerate(["<s>", "</s>", "<unk>", "a", "b", "Ġ", "Ġa", "Ġb"])}
    backend = Tokenizer(BPE(letters, [("Ġ", "a"), ("Ġ", "b")], unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0), add_prefix_space=False)
    tokenizer = RobertaTokenizerFast(tokenizer_object=backend, add_prefix_space=False)
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "roberta"}')
    model = replace(encoder, tokenizer=RobertaTokenizerFast.from_pretrained(tmp_path), folder=tmp_path)
    ((row, words),) = words_rows(model, ["a", "b"])
    assert model.tokenizer.convert_ids_to_tokens(row.ids) == ["<s>", "Ġa", "Ġb", "</s>"]
    assert words == [0, 1]
