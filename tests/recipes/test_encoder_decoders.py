"""Recipes of encoder-decoders: prompts, probes and fine-tuning."""

import numpy as np
import pytest

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.model import LocalModel
from leaderboard.data.examples import TextExample
from leaderboard.recipes.choosing import choose
from leaderboard.recipes.prompt_gradients import PromptAttributor
from leaderboard.tasks import Prompt
from leaderboard.testing.models import tiny_bart, tiny_t5
from tests.conftest import loaded

PROMPT = Prompt(template="Review: {{ text }} Sentiment:", choices=(" positive", " bad"))


@pytest.fixture(scope="module", params=[tiny_t5, tiny_bart], ids=["t5", "bart"])
def model(request, tmp_path_factory):
    folder = request.param(tmp_path_factory.mktemp("models") / request.param.__name__)
    return loaded(folder, ModelKind.ENCODER_DECODER)


def test_it_is_prompted_by_default():
    assert choose(ModelKind.ENCODER_DECODER, "cpu", TextExample) == "zero_shot"


def test_gradients_of_a_prompt_are_those_of_the_encoded_words(model, engine):
    classifier = PromptAttributor(LocalModel(engine, model), PROMPT, ("a", "b"))
    words = ["The", "film", "was", "dull"]
    gradients = classifier.word_gradients(words, 0)
    # All tokens of "film" are made larger by a little.
    ids = model.tokenizer("Review: The film was dull Sentiment:", return_offsets_mapping=True)
    places = [at for at, (begin, end) in enumerate(ids.offset_mapping) if begin < 16 and end > 12 and end > begin]
    step = 1e-3

    def changed(size):
        def hook(_table, _ids, states):
            states = states.clone()
            states[:, places] *= 1 + size
            return states

        handle = model.text_embeddings.register_forward_hook(hook)
        try:
            return float(classifier.log_probabilities([" ".join(words)])[0, 0])
        finally:
            handle.remove()

    assert gradients[1] == pytest.approx((changed(step) - changed(-step)) / (2 * step), rel=0.05, abs=1e-3)


def test_words_that_a_long_prompt_loses_have_no_gradient(model, engine):
    classifier = PromptAttributor(LocalModel(engine, model), PROMPT, ("a", "b"))
    gradients = classifier.word_gradients(["dull"] * 200, 0)
    assert np.count_nonzero(gradients[:50]) == 0
    assert np.count_nonzero(gradients[-50:]) == 50
