import dataclasses

import pytest

from leaderboard.data.examples import ChoiceExample, TaggedExample, TextExample
from leaderboard.errors import RequestError
from leaderboard.training.encoding import Encoder, pad_rows
from leaderboard.training.objectives import classification, tagging
from leaderboard.training.objectives import multiple_choice as choice


@pytest.fixture
def typed(texts):
    """As for a BERT whose tokenizer names token types."""
    return dataclasses.replace(texts, has_token_types=True)


def test_single_text_has_no_token_types(typed):
    (row,) = classification.encode(typed, [TextExample(id="a", text="The film", label=1)])
    assert row.targets == (1,)
    assert row.pieces[0].types is None
    assert "token_type_ids" not in pad_rows([row], pad_id=0)


def test_second_of_a_pair_has_the_second_type(typed):
    (row,) = classification.encode(typed, [TextExample(id="a", text="The film", second="The plot was", label=0)])
    assert row.pieces[0].types == [0] * 4 + [1] * 4  # [CLS] The film [SEP] The plot was [SEP]


def test_pair_has_no_token_types_where_the_model_has_none(texts):
    (row,) = classification.encode(texts, [TextExample(id="a", text="The film", second="The plot", label=0)])
    assert row.pieces[0].types is None


def test_single_texts_beside_pairs_keep_their_order_and_have_the_first_type(typed):
    examples = [
        TextExample(id="a", text="The film", second="The plot", label=0),
        TextExample(id="b", text="The plot was dull and the film", label=1),
    ]
    rows = classification.encode(typed, examples)
    assert [row.targets for row in rows] == [(0,), (1,)]
    assert pad_rows(rows, pad_id=0)["token_type_ids"].tolist() == [[0] * 4 + [1] * 3 + [0] * 2, [0] * 9]


def test_rows_are_padded_on_the_right_to_the_longest(texts):
    rows = classification.encode(texts, [TextExample(id=t, text=t, label=0) for t in ("The film", "The plot was")])
    inputs = pad_rows(rows, pad_id=7)
    assert inputs["input_ids"].shape == (2, 5)
    assert inputs["input_ids"][0, 4] == 7
    assert inputs["attention_mask"].tolist() == [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]


def test_texts_are_cut_to_the_maximal_length(texts):
    (row,) = classification.encode(texts, [TextExample(id="a", text="dull " * 99, label=0)])
    assert row.length == 32


def test_tag_stands_at_the_first_piece_of_its_word(texts):
    # "xyz" is no word of the tokenizer: it has a piece a letter.
    (row,) = tagging.encode(texts, [TaggedExample(id="a", words=("The", "xyz", "film"), tags=(1, 2, 3))])
    assert len(row.pieces[0].ids) == 2 + 5
    assert row.targets == (1, 2, 3)
    assert row.places == (1, 2, 5)


def test_words_without_a_piece_or_behind_the_end_are_left_out(texts):
    short = dataclasses.replace(texts, max_length=5)
    example = TaggedExample(id="a", words=("The", "\x00", "film", "xyz", "was"), tags=(0, 1, 2, 3, 4))
    (row,) = tagging.encode(short, [example])
    assert row.targets == (0, 2, 3)
    assert row.places == (1, 2, 3)


def test_sentence_of_which_nothing_is_read_is_left_out(texts):
    examples = [TaggedExample(id="a", words=("\x00",), tags=(0,)), TaggedExample(id="b", words=("film",), tags=(1,))]
    assert [row.index for row in tagging.encode(texts, examples)] == [1]


def test_every_choice_is_read_with_its_question(typed):
    (row,) = choice.encode(typed, [ChoiceExample(id="a", question="The film", choices=("dull", "a story"), answer=1)])
    # [CLS] The film [SEP] dull [SEP], and [CLS] The film [SEP] a story [SEP]
    assert [piece.types for piece in row.pieces] == [[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 1, 1, 1]]
    assert row.targets == (1,)


def test_length_above_what_the_model_reads_is_refused_with_both_numbers(encoder):
    with pytest.raises(RequestError, match=r"max_length 512: .* reads at most 128 tokens"):
        Encoder.of(encoder, 512)


def test_nothing_is_encoded_of_nothing(texts):
    assert classification.encode(texts, []) == []
    assert tagging.encode(texts, []) == []
    assert choice.encode(texts, []) == []
