import numpy as np
import pytest

from leaderboard.axes.accuracy.multiple_choice import MultipleChoice, MultipleChoiceParameters
from leaderboard.data.examples import ChoiceExample
from leaderboard.engine.scoring import choices, loglikelihoods
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.few_shot import FewShot, draw_balanced
from tests.recipes.conftest import films


def prepare(recipe, preparing, model, lesson, **more):
    return recipe.prepare(preparing(model, lesson.task, lesson.splits, **more))


def test_of_each_class_as_many_as_can_be():
    shown = draw_balanced(films("train", 60), 5, seed=0)
    assert sorted(example.label for example in shown) == [0, 0, 0, 1, 1]
    assert len({example.id for example in shown}) == 5


def test_a_rare_class_is_shown_as_far_as_it_goes():
    rare = [example for example in films("train", 20) if example.label == 0 or example.id == "train-0"]
    shown = draw_balanced(rare, 6, seed=0)
    assert sorted(example.label for example in shown) == [0, 0, 0, 0, 0, 1]


def test_no_more_than_there_are():
    assert len(draw_balanced(films("train", 3), 8, seed=0)) == 3
    assert draw_balanced([], 8, seed=0) == []


def test_the_seed_draws_and_orders():
    examples = films("train", 60)
    ids = [[example.id for example in draw_balanced(examples, 4, seed)] for seed in (0, 0, 1)]
    assert ids[0] == ids[1] != ids[2]


def test_answers_are_those_after_the_solved_examples(preparing, causal, praise, engine):
    subject = prepare(FewShot(shots=2), preparing, causal, praise)
    shown = draw_balanced(praise.splits["train"], 2, seed=0)
    beginning = "".join(
        f"Review: {example.text}\nSentiment:{[' negative', ' positive'][example.label]}\n\n" for example in shown
    )
    prompt = f"{beginning}Review: dull\nSentiment:"
    scores = loglikelihoods(engine, causal, [(prompt, " negative"), (prompt, " positive")])
    said = subject.classify().log_probabilities(["dull"])[0]
    assert said == pytest.approx(scores - np.logaddexp.reduce(scores), abs=1e-4)
    assert subject.classify().answer("dull") == pytest.approx(said, abs=1e-4)


def test_gradients_belong_to_the_text_and_not_to_what_was_shown(preparing, causal, praise):
    classifier = prepare(FewShot(shots=2), preparing, causal, praise).classify()
    probability = np.exp(classifier.log_probabilities(["a great story"])[0])
    gradients = [classifier.word_gradients("a great story".split(), label) for label in range(2)]
    assert np.abs(gradients).max() > 0
    assert probability @ gradients == pytest.approx(np.zeros(3), abs=1e-4)


def test_questions_are_shown_with_their_answers(preparing, causal, questions, engine):
    subject = prepare(FewShot(shots=1), preparing, causal, questions)
    (shown,) = draw_balanced(questions.splits["train"], 1, seed=0)
    asked = ChoiceExample(id="q", question="Which?", choices=("worse", "a bad ending"), answer=0)
    (seen,) = MultipleChoice(MultipleChoiceParameters()).observe(subject, {"test": [asked]}, engine, seed=0)
    context = f"{shown.question} {shown.choices[shown.answer]}\n\nWhich?"
    (expected,) = choices(engine, causal, [(context, [" worse", " a bad ending"])])
    assert seen.data["loglikelihoods"] == pytest.approx(expected, abs=1e-4)


def test_what_was_shown_counts_as_trained_on(preparing, causal, praise):
    subject = prepare(FewShot(shots=2), preparing, causal, praise)
    shown = {f"praise: {example.id}" for example in draw_balanced(praise.splits["train"], 2, seed=0)}
    assert set(subject.trained_on.values()) == shown


def test_an_encoder_cannot_be_shown_examples(preparing, encoder, praise):
    with pytest.raises(NotMeasurableError, match="no causal model"):
        prepare(FewShot(), preparing, encoder, praise)


def test_more_examples_than_the_model_reads_are_refused(preparing, causal, praise):
    with pytest.raises(NotMeasurableError, match=r"60 solved examples have \d+ tokens; .* reads at most 128.*lower"):
        prepare(FewShot(shots=60), preparing, causal, praise)
