"""Attributions of the token in the place of a mask."""

import numpy as np
import pytest
import scipy
import torch

from leaderboard.attributions.masked_prediction import MaskedPrediction
from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.local.capabilities import LocalMaskedLikelihood
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
    token = masked.tokenizer.convert_tokens_to_ids("film")
    log_odds = filler.log_odds([" ".join(WORDS)], "film")[0]
    assert scipy.special.expit(log_odds) == pytest.approx(float(probabilities[token]), rel=1e-4)


def test_occlusion_is_the_fall_without_a_word_and_the_mask_stays(filler):
    text = MaskedPrediction(filler, WORDS, "film")
    values = attribution_methods()["occlusion"].attribute(TextUnits(text, budget=64), seed=0).values
    whole, without = filler.log_odds([" ".join(WORDS), " ".join(WORDS[1:])], "film")
    assert values[0] == pytest.approx(whole - without)
    assert values[MASK] == 0


def test_gradients_are_those_of_the_log_odds(filler, masked):
    values = MaskedPrediction(filler, WORDS, "film").gradients().values
    token = masked.tokenizer.convert_tokens_to_ids("film")
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
    integrals = MaskedPrediction(filler, WORDS, "film").integrals()
    assert integrals.error < 0.01
    assert np.isfinite(integrals.values).all()


@pytest.mark.parametrize("text", ["no mask here", "one [MASK] and another [MASK]"])
def test_a_text_without_exactly_one_mask_is_refused(filler, text):
    with pytest.raises(NotMeasurableError, match=r"reads \d masks in this text; write \[MASK\] once"):
        filler.likely_tokens(text, 3)


def test_a_word_of_several_tokens_is_refused(filler):
    with pytest.raises(NotMeasurableError, match="one mask is one token"):
        filler.log_odds([" ".join(WORDS)], "uzbekistan")
