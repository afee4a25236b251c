import numpy as np
import pytest
import torch

from leaderboard.backends.capability import Capability
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.tokenisation import encode_pairs
from leaderboard.backends.local.model import LocalModel
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.prompt_gradients import PromptAttributor
from leaderboard.recipes.zero_shot import ZeroShot
from leaderboard.tasks import Prompt
from tests.recipes.conftest import task_of

PROMPT = Prompt(template="Review: {{ text }}\nSentiment:", choices=(" negative", " positive"))
LABELS = ("negative", "positive")


@pytest.fixture
def classifier(engine, causal):
    return PromptAttributor(LocalModel(engine, causal), PROMPT, LABELS)


def straight(model, text):
    scores = []
    for choice in PROMPT.choices:
        ((before, after),) = encode_pairs(model, [(f"Review: {text}\nSentiment:", choice)])
        with torch.no_grad():
            logits = model.module(torch.tensor([[*before, *after]])).logits[0].double().log_softmax(-1)
        scores.append(sum(float(logits[len(before) + i - 1, token]) for i, token in enumerate(after)))
    return np.array(scores) - np.logaddexp.reduce(scores)


def test_classes_are_the_softmax_of_the_choices_loglikelihoods(classifier, causal):
    texts = ["a great story", "dull"]
    assert classifier.log_probabilities(texts) == pytest.approx(
        np.array([straight(causal, text) for text in texts]), abs=1e-4
    )


def test_another_prompt_is_that_of_another_classifier(engine, causal, classifier):
    other = Prompt(template="{{ text }} is{{ options }}:", choices=(" bad", " good"))
    expected = PromptAttributor(LocalModel(engine, causal), other, LABELS)
    reworded = classifier.with_prompt(other.template, other.choices)
    assert reworded.log_probabilities(["dull"]) == pytest.approx(expected.log_probabilities(["dull"]), abs=1e-5)
    assert reworded.labels == LABELS


def test_logits_are_the_loglikelihoods_of_the_choices(classifier):
    logits = classifier.logits(["dull", "a great story"])
    assert (logits < 0).all()
    normalised = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    assert normalised == pytest.approx(classifier.log_probabilities(["dull", "a great story"]), abs=1e-6)


def test_an_answer_is_the_same_alone(classifier):
    assert classifier.answer("dull") == pytest.approx(classifier.log_probabilities(["dull"])[0])


def test_an_answer_is_computed_afresh_whatever_is_remembered(causal, tmp_path):
    computed = []
    engine = Engine(torch.device("cpu"), 1, lambda _what, done, _total: computed.append(done), AnswerCache(tmp_path))
    classifier = PromptAttributor(LocalModel(engine, causal), PROMPT, LABELS)
    classifier.log_probabilities(["dull"])
    computed.clear()
    classifier.log_probabilities(["dull"])
    assert computed == []
    classifier.answer("dull")
    assert computed == [1]


def test_tokens_include_prompt_and_choice(classifier, causal):
    assert classifier.token_count("dull") == max(
        len(causal.tokenizer.encode(f"Review: dull\nSentiment:{choice}", add_special_tokens=False))
        for choice in PROMPT.choices
    )


def test_gradients_of_both_classes_weighed_by_probability_cancel(classifier):
    words = "a great story with a bad ending".split()
    gradients = [classifier.word_gradients(words, label) for label in range(2)]
    probability = np.exp(classifier.log_probabilities([" ".join(words)])[0])
    assert gradients[0].shape == (7,)
    assert np.abs(gradients[0]).max() > 0
    assert probability[0] * gradients[0] + probability[1] * gradients[1] == pytest.approx(np.zeros(7), abs=1e-4)


def test_the_prompts_own_words_keep_their_gradient_to_themselves(engine, causal):
    """Gradient × input of a single-word text is less than that of all the prompt's tokens together."""
    from leaderboard.backends.local.engine.attribution import words_of_tokens

    context = "Review: dull\nSentiment:"
    offsets = causal.tokenizer(context, add_special_tokens=False, return_offsets_mapping=True).offset_mapping
    owners = words_of_tokens(offsets, ["dull"], len("Review: "))
    owned = "".join(context[begin:end] for (begin, end), owner in zip(offsets, owners, strict=True) if owner == 0)
    assert owned.strip() == "dull"
    assert PromptAttributor(LocalModel(engine, causal), PROMPT, LABELS)._text_start == len("Review: ")


def test_a_masked_model_gets_no_classifier_from_a_prompt(masked, task_with_prompt, preparing):
    subject = ZeroShot().prepare(preparing(masked, task_with_prompt, {}))
    assert subject.capabilities == {Capability.PSEUDO_LOGLIKELIHOOD, Capability.HIDDEN_STATES, Capability.WEIGHTS}


def test_a_causal_model_classifies_without_training(causal, task_with_prompt, preparing):
    subject = ZeroShot().prepare(preparing(causal, task_with_prompt, {}))
    assert subject.capabilities == {
        Capability.LOGLIKELIHOOD,
        Capability.CHOOSE,
        Capability.CLASSIFY,
        Capability.ATTRIBUTE,
        Capability.GENERATE,
        Capability.STREAM,
        Capability.HIDDEN_STATES,
        Capability.WEIGHTS,
    }
    assert subject.training is None


WORDED = [{"template": 1}, {"prefix": "instruction"}, {"prefix": "fair"}]


@pytest.mark.parametrize("setting", WORDED)
@pytest.mark.parametrize("model", ["masked", "encoder"])
def test_who_is_asked_nothing_in_words_cannot_be_asked_in_others(task_with_prompt, preparing, setting, model, request):
    with pytest.raises(NotMeasurableError, match="does not continue text"):
        ZeroShot(**setting).prepare(preparing(request.getfixturevalue(model), task_with_prompt, {}))


@pytest.mark.parametrize("setting", WORDED)
def test_other_words_change_the_answers_and_the_identity(causal, task_with_prompt, preparing, setting):
    recipes = [ZeroShot(), ZeroShot(**setting)]
    plain, other = (recipe.prepare(preparing(causal, task_with_prompt, {})).classifier() for recipe in recipes)
    assert np.abs(plain.log_probabilities(["dull"]) - other.log_probabilities(["dull"])).max() > 1e-4
    assert recipes[0].details != recipes[1].details
    assert [recipe.changes_model for recipe in recipes] == [False, True]


def test_what_is_said_first_stands_before_the_prompt(engine, causal, task_with_prompt, preparing):
    prompted = ZeroShot(prefix="instruction", template=2).prepare(preparing(causal, task_with_prompt, {})).classifier()
    prompt = Prompt(
        template="Decide whether the text is negative or positive.\n\n"
        "{{ text }}\nQuestion: Is this negative or positive?\nAnswer:",
        choices=PROMPT.choices,
    )
    expected = PromptAttributor(LocalModel(engine, causal), prompt, LABELS)
    assert prompted.log_probabilities(["dull"]) == pytest.approx(expected.log_probabilities(["dull"]))
    words = "a great story".split()
    assert prompted.word_gradients(words, 1) == pytest.approx(expected.word_gradients(words, 1), abs=1e-6)
    assert prompted.token_count("dull") == expected.token_count("dull")


def test_questions_with_answers_of_their_own_are_asked_behind_what_is_said_first(causal, questions, preparing):
    subject = ZeroShot(prefix="fair").prepare(preparing(causal, questions.task, questions.splits))
    assert subject.beginning.startswith("Please ensure")
    assert subject.classifies_with is None


def test_questions_with_answers_of_their_own_have_no_other_wording(causal, questions, preparing):
    with pytest.raises(NotMeasurableError, match="has multiple-choice questions"):
        ZeroShot(template=1).prepare(preparing(causal, questions.task, questions.splits))


def test_a_task_without_a_prompt_leaves_the_model_as_it_is(causal, preparing):
    bare = task_of("bare", "classification")
    assert ZeroShot().prepare(preparing(causal, bare, {})).classifies_with is None
    with pytest.raises(NotMeasurableError, match="no prompt with choices"):
        ZeroShot(prefix="fair").prepare(preparing(causal, bare, {}))


@pytest.fixture
def task_with_prompt():
    from leaderboard.tasks import default_catalogue

    return default_catalogue().task("sst2")
