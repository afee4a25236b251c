"""Which answer of a subject that writes is explained, behind which prompt."""

import numpy as np
import pytest

from leaderboard.backends.capability import Capability
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.likelihood import Likelihood, TokenScores
from leaderboard.backends.model import Model
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.evaluation.explanation import ExplainRequest, Explanation, same_answers
from leaderboard.evaluation.explanation_kinds import KINDS
from leaderboard.tasks import default_catalogue


class Words(Likelihood):
    """A model that reads 100 tokens, one a word."""

    longest = 100

    def token_scores(self, requests, *, work="", remember=True):
        return [TokenScores(np.array([-float(len(after))], np.float32), np.array([True])) for _, after in requests]

    def token_counts(self, requests):
        return [len(f"{before}{after}".split()) for before, after in requests]

    def prompt_length(self, prompt):
        return len(prompt.split())


class Writer(Model):
    """A model that writes the same text behind every prompt, and keeps the prompts."""

    def __init__(self, text=" yes", kind=ModelKind.CAUSAL):
        super().__init__(ResolvedReference(name="w", source="w", kind=kind, revision="1", backend="none"))
        self.text, self.prompts = text, []

    capabilities = frozenset({Capability.GENERATE, Capability.LOGLIKELIHOOD})

    def likelihood(self):
        return Words()

    def generator(self):
        return self

    def generate(self, prompts, sampling, *, work=""):
        self.prompts += prompts
        return [self.text for _ in prompts]


def answer(model, text="Is it good?", *, task="movies", **more):
    request = ExplainRequest(text=text, **more)
    (only,) = KINDS["generation"].answers(Subject(model), default_catalogue().task(task), request)
    return only


def test_the_prompt_is_that_of_the_task_and_keeps_the_lines_of_the_text():
    model = Writer()
    answer(model, "Two  rivers.\nThey meet.", task="xsum")
    (prompt,) = model.prompts
    assert "Two  rivers.\nThey meet." in prompt
    assert prompt != "Two  rivers.\nThey meet."


@pytest.mark.parametrize(
    ("kind", "text", "label", "scored"),
    [
        (ModelKind.CAUSAL, "Good?", "yes", " yes"),
        (ModelKind.CAUSAL, "好吗", "好", "好"),
        (ModelKind.ENCODER_DECODER, "Good?", "yes", "yes"),
        (ModelKind.CAUSAL, "Good?", "\nyes", "\nyes"),
    ],
)
def test_a_named_answer_follows_the_prompt_as_it_would_be_written(kind, text, label, scored):
    assert answer(Writer(kind=kind), text, label=label).answer == scored


def test_another_subject_explains_exactly_the_same_answer():
    first = answer(Writer("yes"))  # written without a space
    explanation = Explanation(
        subject="s", task="t", method="m", caveat="", units=(), separator="", values=np.zeros(0),
        probabilities={}, label=first.label, predicted=first.label, passes=0, error=None, kind="generation",
        answer=first.answer,
    )  # fmt: skip
    request = same_answers(ExplainRequest(text="Is it good?"), [explanation])
    assert answer(Writer("no"), answer=request.answer, label=request.label).answer == "yes"


def test_a_character_that_is_cut_off_is_left_out_and_bytes_that_are_no_text_are_refused():
    assert answer(Writer(" 好\ufffd")).answer == " 好"
    with pytest.raises(NotMeasurableError, match="bytes that are no text"):
        answer(Writer(" \ufffd好"))


def test_empty_answers_are_refused():
    with pytest.raises(NotMeasurableError, match="writes an empty answer"):
        answer(Writer(" "))
    with pytest.raises(RequestError, match="--label: is empty"):
        answer(Writer(), label=" ")


@pytest.mark.parametrize(
    ("kind", "words"), [(ModelKind.CAUSAL, range(64, 100)), (ModelKind.ENCODER_DECODER, range(100))]
)
def test_the_words_that_the_model_reads_are_explained(kind, words):
    long = answer(Writer(kind=kind), " ".join(map(str, range(100 if kind is ModelKind.CAUSAL else 120))))
    assert list(long.explained.words) == [str(word) for word in words]
    assert "words are explained" in long.notes[-1]
