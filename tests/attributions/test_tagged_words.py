"""Attributions of tags: of a linear tagger they are weight × input, also at another temperature or label order."""

import dataclasses

import numpy as np
import pytest

from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.tagged_words import TaggedWords, joint_log_odds
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.kind import ModelKind
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.temperature.scaling import TemperedTagger
from leaderboard.recipes.as_is.heads import HeadTagger
from leaderboard.recipes.ensemble.prepare import EnsembleTagger
from leaderboard.recipes.label_order import ReorderedTagger
from leaderboard.recipes.labels import LabelMap
from leaderboard.recipes.span_tagger import SpanTagger
from tests.attributions.conftest import BagOfEmbeddings, weights_of

WORDS = "the plot is dull but a wonderful surprise".split()
ADDITIVE = [name for name, method in attribution_methods().items() if method.additive]


class TaggingBag(BagOfEmbeddings):
    """Every word has the logits of the whole bag."""

    def forward(self, input_ids=None, attention_mask=None, inputs_embeds=None, output_attentions=False):
        output = super().forward(input_ids, attention_mask, inputs_embeds, output_attentions)
        output.logits = output.logits[:, None].expand(-1, attention_mask.shape[1], -1)
        return output


@pytest.fixture
def tagger(bag, engine):
    bag.module.__class__ = TaggingBag
    model = dataclasses.replace(bag, kind=ModelKind.TAGGER, identity="tagging bag")
    return HeadTagger(engine, model, LabelMap(("O", "B-X"), (0, 1)))


def values(tagger, method="gradient_x_input", tags=None, words=WORDS):
    text = TaggedWords(tagger, words, tags or {3: 1}, filler="[MASK]")
    return attribution_methods()[method].attribute(TextUnits(text, budget=64), seed=0).values


@pytest.mark.parametrize("name", ADDITIVE)
def test_attributions_of_a_tag_are_weight_times_input(name, bag, tagger):
    assert values(tagger, name) == pytest.approx(np.array(weights_of(bag, WORDS)), abs=2e-3)


def test_attention_is_that_of_the_tagged_word(tagger):
    attention = values(tagger, "attention")
    assert attention[-1] == pytest.approx(1)  # this model looks at the last word alone


@pytest.mark.parametrize("method", ["gradient_x_input", "integrated_gradients", "occlusion"])
def test_temperature_label_order_and_scheme_pass_gradients_on(method, bag, tagger):
    weights = np.array(weights_of(bag, WORDS))
    assert values(TemperedTagger(tagger, 4.0), method) == pytest.approx(weights / 4, abs=2e-3)
    assert values(ReorderedTagger(tagger, ("B-X", "O"), (1, 0)), method) == pytest.approx(-weights, abs=2e-3)
    assert values(SpanTagger(tagger, tagger.labels), method) == pytest.approx(weights, abs=2e-3)


def test_an_ensemble_gives_answers_alone(tagger):
    ensemble = EnsembleTagger([tagger, tagger])
    assert values(ensemble, "occlusion") == pytest.approx(values(tagger, "occlusion"), abs=1e-5)
    with pytest.raises(NotMeasurableError, match="combines several answers"):
        values(ensemble)


def test_a_span_has_the_log_odds_of_the_product_of_its_probabilities(tagger):
    (answer,) = tagger.log_probabilities([WORDS])
    product = np.exp(answer[2, 0] + answer[3, 1])
    text = TaggedWords(tagger, WORDS, {2: 0, 3: 1}, filler="[MASK]")
    assert text.scores([tuple(range(len(WORDS)))])[0] == pytest.approx(np.log(product / (1 - product)), abs=1e-5)
    scores = text.attribution().word_integrals(WORDS, 0)
    empty, whole = text.scores([(), tuple(range(len(WORDS)))])
    assert scores.values.sum() == pytest.approx(whole - empty, abs=1e-2)


def test_log_odds_of_certain_tags_are_finite_and_exact():
    certain = np.array([[-1e-12, np.log(1e-12)]] * 2)
    assert joint_log_odds(certain, [0, 0]) == pytest.approx(-np.log(2e-12), rel=1e-3)
    assert np.isfinite(joint_log_odds(np.array([[0.0, -np.inf]]), [0]))
    assert joint_log_odds(np.log([[0.25, 0.75], [0.5, 0.5]]), [1, 0]) == pytest.approx(np.log(0.375 / 0.625))


def test_a_sentence_that_is_tagged_in_parts_has_no_gradients(tagger):
    with pytest.raises(NotMeasurableError, match="tagged in parts"):
        values(tagger, words=WORDS * 20)
