import numpy as np
import pytest

from leaderboard.axes.accuracy.multiple_choice import MultipleChoice, MultipleChoiceParameters
from leaderboard.backends.local.capabilities import LocalLikelihood
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.model import LocalModel
from leaderboard.data.examples import ChoiceExample
from leaderboard.data.overlap import text_fingerprint
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.few_shot import FewShot
from leaderboard.recipes.few_shot.demonstrations import NearestExamples, draw_balanced, draw_random
from leaderboard.recipes.prompt_gradients import PromptAttributor
from leaderboard.recipes.zero_shot import ZeroShot
from leaderboard.tasks import Prompt


def prepare(recipe, preparing, model, lesson, **more):
    return recipe.prepare(preparing(model, lesson.task, lesson.splits, **more))


def test_answers_are_those_after_the_solved_examples(preparing, causal, praise, engine):
    subject = prepare(FewShot(shots=2), preparing, causal, praise)
    demonstrations = draw_balanced(praise.splits["train"], 2, seed=0)
    beginning = "".join(
        f"Review: {example.text}\nSentiment:{[' negative', ' positive'][example.label]}\n\n"
        for example in demonstrations
    )
    prompt = f"{beginning}Review: dull\nSentiment:"
    scores = loglikelihoods(engine, causal, [(prompt, " negative"), (prompt, " positive")])
    log_probabilities = subject.classifier().log_probabilities(["dull"])[0]
    assert log_probabilities == pytest.approx(scores - np.logaddexp.reduce(scores), abs=1e-4)
    assert subject.classifier().answer("dull") == pytest.approx(log_probabilities, abs=1e-4)


@pytest.mark.parametrize("demonstrations", ["balanced", "nearest"])
def test_solved_examples_are_worded_as_another_prompt(preparing, causal, praise, demonstrations):
    subject = prepare(FewShot(shots=1, demonstrations=demonstrations), preparing, causal, praise)
    reworded = subject.classifier().with_prompt("{{ text }} It was", (" bad", " good"))
    context = reworded._context("dull")
    assert context.endswith("\n\ndull It was")
    assert "Sentiment:" not in context
    assert any(
        context.startswith(f"{each.text} It was{[' bad', ' good'][each.label]}") for each in praise.splits["train"]
    )
    own = subject.classifier().with_prompt("Review: {{ text }}\nSentiment:", (" negative", " positive"))
    assert own._context("dull") == subject.classifier()._context("dull")


def test_gradients_belong_to_the_text_and_not_to_what_was_shown(preparing, causal, praise):
    classifier = prepare(FewShot(shots=2), preparing, causal, praise).classifier()
    probability = np.exp(classifier.log_probabilities(["a great story"])[0])
    gradients = [classifier.word_gradients("a great story".split(), label) for label in range(2)]
    assert np.abs(gradients).max() > 0
    assert probability @ gradients == pytest.approx(np.zeros(3), abs=1e-4)


def test_questions_are_shown_with_their_answers(preparing, causal, questions, engine):
    subject = prepare(FewShot(shots=1), preparing, causal, questions)
    (demonstrations,) = draw_balanced(questions.splits["train"], 1, seed=0)
    question = ChoiceExample(id="q", question="Which?", choices=("worse", "a bad ending"), answer=0)
    (observation,) = MultipleChoice(MultipleChoiceParameters()).observe(subject, {"test": [question]}, seed=0)
    context = f"{demonstrations.question} {demonstrations.choices[demonstrations.answer]}\n\nWhich?"
    (expected,) = LocalLikelihood(engine, causal).choices([(context, [" worse", " a bad ending"])])
    assert observation.data["loglikelihoods"] == pytest.approx(expected, abs=1e-4)


def test_what_was_shown_counts_as_trained_on(preparing, causal, praise):
    subject = prepare(FewShot(shots=2), preparing, causal, praise)
    demonstrations = {f"praise: {example.id}" for example in draw_balanced(praise.splits["train"], 2, seed=0)}
    assert set(subject.trained_on.values()) == demonstrations


@pytest.mark.parametrize("setting", [{}, {"template": 1}, {"prefix": "fair"}, {"demonstrations": "nearest"}])
def test_an_encoder_cannot_be_shown_examples(preparing, encoder, praise, setting):
    with pytest.raises(NotMeasurableError, match="does not continue text"):
        prepare(FewShot(**setting), preparing, encoder, praise)


def test_more_examples_than_the_model_reads_are_refused(preparing, causal, praise):
    with pytest.raises(NotMeasurableError, match=r"60 solved examples have \d+ tokens; .* reads at most 128.*lower"):
        prepare(FewShot(shots=60), preparing, causal, praise)


def test_no_shots_answer_as_the_prompt_alone(preparing, causal, praise):
    texts = ["dull", "a great story"]
    shotless, plain = (
        prepare(FewShot(shots=0), preparing, causal, praise),
        prepare(ZeroShot(), preparing, causal, praise),
    )
    assert shotless.classifier().log_probabilities(texts) == pytest.approx(plain.classifier().log_probabilities(texts))
    assert shotless.trained_on == {}


def test_what_is_said_first_stands_before_the_solved_examples_in_the_chosen_wording(preparing, causal, praise, engine):
    subject = prepare(FewShot(shots=1, template=1, prefix="instruction"), preparing, causal, praise)
    (demonstrations,) = draw_balanced(praise.splits["train"], 1, seed=0)
    label = ("negative", "positive")[demonstrations.label]
    solved_example = f"Text: {demonstrations.text}\nLabel: {label}"
    prompt = f"Decide whether the text is negative or positive.\n\n{solved_example}\n\nText: dull\nLabel:"
    scores = loglikelihoods(engine, causal, [(prompt, " negative"), (prompt, " positive")])
    log_probabilities = subject.classifier().log_probabilities(["dull"])[0]
    assert log_probabilities == pytest.approx(scores - np.logaddexp.reduce(scores), abs=1e-4)


def test_random_examples_are_shown_in_the_order_they_were_drawn(preparing, causal, praise, engine):
    subject = prepare(FewShot(shots=2, demonstrations="random"), preparing, causal, praise, seed=3)
    choices = (" negative", " positive")
    solved_examples = [
        f"Review: {each.text}\nSentiment:{choices[each.label]}\n\n"
        for each in draw_random(praise.splits["train"], 2, 3)
    ]
    prompt = f"{''.join(solved_examples)}Review: dull\nSentiment:"
    scores = loglikelihoods(engine, causal, [(prompt, choice) for choice in choices])
    log_probabilities = subject.classifier().log_probabilities(["dull"])[0]
    assert log_probabilities == pytest.approx(scores - np.logaddexp.reduce(scores), abs=1e-4)


def nearest_prompt(examples, text, n):
    solved_examples = [
        f"Review: {each.text}\nSentiment:{(' negative', ' positive')[each.label]}\n\n"
        for each in NearestExamples(examples).to(text, n)
    ]
    return f"{''.join(solved_examples)}Review: {text}\nSentiment:"


def test_each_text_is_asked_about_behind_the_examples_nearest_to_it(preparing, causal, praise, engine):
    classifier = prepare(FewShot(shots=2, demonstrations="nearest"), preparing, causal, praise).classifier()
    texts = ["dull acting", "a great story"]
    prompts = [nearest_prompt(praise.splits["train"], text, 2) for text in texts]
    assert "dull acting" in prompts[0].partition("Review: dull acting")[0]
    scores = [loglikelihoods(engine, causal, [(p, " negative"), (p, " positive")]) for p in prompts]
    expected = [score - np.logaddexp.reduce(score) for score in scores]
    assert classifier.log_probabilities(texts) == pytest.approx(np.array(expected), abs=1e-4)
    assert classifier.answer(texts[1]) == pytest.approx(expected[1], abs=1e-4)
    assert [classifier.token_count(text) for text in texts] == [
        max(len(causal.tokenizer.encode(prompt + choice)) for choice in (" negative", " positive"))
        for prompt in prompts
    ]


def test_gradients_behind_the_nearest_examples_belong_to_the_text(preparing, causal, praise, engine):
    """The same as of a prompt that holds those examples itself; they are of other lengths for other texts."""
    classifier = prepare(FewShot(shots=1, demonstrations="nearest"), preparing, causal, praise).classifier()
    for text in ("a great story", "dull acting, and the film 11 was worse"):
        template = nearest_prompt(praise.splits["train"], text, 1).removesuffix(f"{text}\nSentiment:")
        prompt = Prompt(template=f"{template}{{{{ text }}}}\nSentiment:", choices=(" negative", " positive"))
        whole = PromptAttributor(LocalModel(engine, causal), prompt, ("negative", "positive"))
        gradients = classifier.word_gradients(text.split(), 1)
        assert np.abs(gradients).max() > 0
        assert gradients == pytest.approx(whole.word_gradients(text.split(), 1))


def test_all_that_may_be_shown_counts_as_trained_on(preparing, causal, praise):
    subject = prepare(FewShot(shots=2, demonstrations="nearest"), preparing, causal, praise)
    assert set(subject.trained_on) == {text_fingerprint(example) for example in praise.splits["train"]}


def test_nearest_examples_that_the_model_cannot_read_are_refused_when_asked(preparing, causal, praise):
    subject = prepare(FewShot(shots=60, demonstrations="nearest"), preparing, causal, praise)
    with pytest.raises(NotMeasurableError, match=r"60 solved examples have \d+ tokens.*lower recipe.shots"):
        subject.classifier().answer("dull")


@pytest.mark.parametrize(
    ("setting", "reason"),
    [({"demonstrations": "nearest"}, "has no texts.*balanced or random"), ({"template": 1}, "template at 0")],
)
def test_questions_with_answers_of_their_own_are_put_as_they_are(preparing, causal, questions, setting, reason):
    with pytest.raises(NotMeasurableError, match=reason):
        prepare(FewShot(shots=1, **setting), preparing, causal, questions)


def test_nothing_labelled_is_nothing_to_show(preparing, causal, praise):
    with pytest.raises(NotMeasurableError, match="no labelled examples to show"):
        FewShot().prepare(preparing(causal, praise.task, {"train": []}))
