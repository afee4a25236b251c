"""Recipes of encoder-decoders: prompts, probes and fine-tuning."""

import numpy as np
import pytest

from leaderboard.backends.capability import Capability
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.model import LocalModel
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.choosing import choose
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.lora import Lora
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.prompt_gradients import PromptAttributor
from leaderboard.tasks import Prompt
from leaderboard.testing.models import tiny_bart, tiny_t5
from tests.conftest import loaded

FAST = {"learning_rate": 5e-3, "epochs": 8, "batch_size": 4, "max_length": 32, "dropout": 0.0}
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


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe",
    [Finetune(**FAST), Lora(**FAST | {"epochs": 8}, adapter_dropout=0.0), Probe(max_length=64, c=1.0)],
    ids=["finetune", "lora", "probe"],
)
def test_it_learns_to_classify(recipe, model, preparing, praise):
    subject = recipe.prepare(preparing(model, praise.task, praise.splits))
    answers = subject.classifier().log_probabilities([example.content for example in praise.splits["test"]])
    assert np.mean(answers.argmax(1) == [example.label for example in praise.splits["test"]]) > 0.9
    assert {Capability.CLASSIFY, Capability.ATTRIBUTE} <= subject.capabilities


@pytest.mark.slow
def test_a_t5_learns_to_tag_words_and_a_bart_has_no_class_for_it(model, preparing, people):
    preparation = preparing(model, people.task, people.splits)
    if model.name == "tiny_bart":
        with pytest.raises(NotMeasurableError, match="no class of transformers"):
            Finetune(**FAST).prepare(preparation)
        return
    subject = Finetune(**FAST).prepare(preparation)
    (answers,) = subject.tagger().log_probabilities([("The", "doctor", "laughed")])
    assert answers.argmax(1).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "recipe", [Finetune(**FAST, unfrozen_layers=1), Probe(max_length=64, drop_layers=1)], ids=["freeze", "drop"]
)
def test_layers_are_neither_frozen_nor_dropped(recipe, model, preparing, praise):
    with pytest.raises(RequestError, match="is not made of a single list of layers"):
        recipe.prepare(preparing(model, praise.task, praise.splits))
