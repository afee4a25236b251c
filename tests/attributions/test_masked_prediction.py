"""Attributions of the token in the place of a mask."""

import copy
import dataclasses

import numpy as np
import pytest
import scipy
import torch

from leaderboard.attributions.masked_prediction import MaskedPrediction
from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.local.capabilities import LocalMaskedLikelihood
from leaderboard.backends.local.engine.mask_filling import LocalMaskFiller
from leaderboard.errors import NotMeasurableError

WORDS = "the film was a [MASK] surprise .".split()
MASK = WORDS.index("[MASK]")


@pytest.fixture
def filler(engine, masked):
    return LocalMaskedLikelihood(engine, masked).mask_filler()


def test_probabilities_are_those_of_the_head_at_the_mask(filler, masked):
    inputs = masked.tokenizer(" ".join(WORDS), return_tensors="pt")
    place = inputs["input_ids"][0].tolist().index(masked.tokenizer.mask_token_id)
    with torch.no_grad():
        probabilities = masked.module(**inputs).logits[0, place].double().softmax(-1)
    likely = filler.likely_tokens(" ".join(WORDS), 3)
    assert list(likely.values()) == pytest.approx(probabilities.topk(3).values.tolist(), rel=1e-4)
    token = filler.token("film")
    log_odds = filler.log_odds([" ".join(WORDS)], token)[0]
    assert scipy.special.expit(log_odds) == pytest.approx(float(probabilities[token]), rel=1e-4)


def test_occlusion_is_the_fall_without_a_word_and_the_mask_stays(filler):
    film = filler.token("film")
    text = MaskedPrediction(filler, WORDS, film)
    values = attribution_methods()["occlusion"].attribute(TextUnits(text, budget=64), seed=0).values
    whole, without = filler.log_odds([" ".join(WORDS), " ".join(WORDS[1:])], film)
    assert values[0] == pytest.approx(whole - without)
    assert values[MASK] == 0


def test_gradients_are_those_of_the_log_odds(filler, masked):
    token = filler.token("film")
    values = MaskedPrediction(filler, WORDS, token).gradients().values
    inputs = masked.tokenizer(" ".join(WORDS), return_tensors="pt")
    embeddings = masked.text_embeddings(inputs["input_ids"]).detach()
    place = inputs["input_ids"][0].tolist().index(masked.tokenizer.mask_token_id)
    step = 1e-3

    def log_odds(scale):
        moved = embeddings.clone()
        moved[0, 1:place] *= scale  # all words before the mask
        with torch.no_grad():
            logits = masked.module(inputs_embeds=moved, attention_mask=inputs["attention_mask"]).logits[0, place]
        others = torch.cat([logits[:token], logits[token + 1 :]]).double().logsumexp(0)
        return float(logits[token].double() - others)

    expected = (log_odds(1 + step) - log_odds(1 - step)) / (2 * step)
    assert values[:MASK].sum() == pytest.approx(expected, abs=2e-3)
    assert values[MASK] == 0


def test_integrals_sum_to_the_difference(filler):
    integrals = MaskedPrediction(filler, WORDS, filler.token("film")).integrals()
    assert integrals.error < 0.01
    assert np.isfinite(integrals.values).all()


@pytest.mark.parametrize("text", ["no mask here", "one [MASK] and another [MASK]"])
def test_a_text_without_exactly_one_mask_is_refused(filler, text):
    with pytest.raises(NotMeasurableError, match=r"reads \d masks in this text; write \[MASK\] once"):
        filler.likely_tokens(text, 3)


def test_a_word_of_several_tokens_is_refused(filler):
    with pytest.raises(NotMeasurableError, match="one mask is one token"):
        filler.token("uzbekistan")


@pytest.fixture
def byte_level(engine, causal):
    """A filler with the byte-level tokenizer of most RoBERTas, of which only names are requested."""
    tokenizer = copy.deepcopy(causal.tokenizer)
    tokenizer.add_special_tokens({"mask_token": "<mask>"})
    return LocalMaskFiller(engine, dataclasses.replace(causal, tokenizer=tokenizer))


@pytest.mark.parametrize("family", ["filler", "byte_level"])
def test_the_name_of_every_token_names_this_token(family, request):
    filler = request.getfixturevalue(family)
    tokenizer = filler._model.tokenizer
    for number in set(tokenizer.get_vocab().values()) - {tokenizer.unk_token_id}:
        assert filler.token(filler.token_name(number)) == number


def test_a_token_inside_a_word_is_not_the_word(byte_level):
    vocabulary = byte_level._model.tokenizer.get_vocab()
    assert (byte_level.token("a"), byte_level.token("##a")) == (vocabulary["Ġa"], vocabulary["a"])
    assert byte_level.token_name(vocabulary["a"]) == "##a"


def test_the_words_that_are_read_end_at_the_window_and_have_the_mask(filler):
    assert filler.words_read(["[MASK]", *WORDS[:4] * 60]) == range(126)
    assert filler.words_read(["the", "film", "[MASK]"]) == range(3)
