"""WrittenAnswer: the log-likelihood of the answer that a subject writes behind a prompt, without each of its words."""

from typing import ClassVar

import numpy as np

from leaderboard.attributions.classified_text import MOST_WORDS
from leaderboard.attributions.generated_answer import GeneratedAnswer
from leaderboard.axes.accuracy.generation import GenerationParameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import UnspacedWords, joined_words
from leaderboard.backends.generation import Sampling
from leaderboard.backends.subject import Subject
from leaderboard.data.template import render
from leaderboard.errors import NotMeasurableError
from leaderboard.evaluation.explanation import ExplainRequest
from leaderboard.evaluation.explanation_kinds.kind import ExplainedAnswer, ExplanationKind
from leaderboard.evaluation.typed_words import words_of
from leaderboard.tasks import Task, protocol_of

MOST_TOKENS = 64
"""Tokens of an answer at most, where its task asks for no fewer."""


class WrittenAnswer(ExplanationKind):
    """Answer that a subject writes: greedy decoding of the prompt of its task, or of the text alone.

    What is attributed is the likelihood of this answer; it is not written again without a word.
    """

    name = "generation"
    tasks_ask_for: ClassVar[frozenset[Capability]] = frozenset({Capability.GENERATE})
    depends_on_task: ClassVar[bool] = False

    def suits(self, subject: Subject, text: str) -> bool:  # noqa: ARG002 - any text is a prompt
        """Return whether the subject writes text, or gives the likelihood of one."""
        return bool({Capability.GENERATE, Capability.LOGLIKELIHOOD} & subject.capabilities)

    def answers(self, subject: Subject, task: Task, request: ExplainRequest) -> list[ExplainedAnswer]:
        """Return the written answer, or the requested one."""
        self.refuse_word(request)
        if Capability.LOGLIKELIHOOD not in subject.capabilities:
            raise NotMeasurableError(
                f"{subject.name} gives no log-likelihoods, which leaving words out is measured by; choose a model on "
                "this machine, or a server whose completions have log-probabilities of the prompt"
            )
        parameters = protocol_of(task).parameters
        if not isinstance(parameters, GenerationParameters):
            parameters = GenerationParameters()
        words = words_of(request.text)
        notes = [f"only the first {MOST_WORDS} of {len(words)} words are explained"] if len(words) > MOST_WORDS else []
        kept = UnspacedWords(words[:MOST_WORDS]) if isinstance(words, UnspacedWords) else words[:MOST_WORDS]

        def prompt(text: str) -> str:
            return subject.beginning + render(parameters.template, {"text": text})

        whole = prompt(joined_words(kept))
        sampling = Sampling(max_new_tokens=min(parameters.max_new_tokens, MOST_TOKENS), until=parameters.until)
        written = subject.generator().generate([whole], sampling)[0] if request.label is None else request.label
        if not written.strip():
            raise NotMeasurableError("the subject writes an empty answer; name one to explain: --label ANSWER")
        answer = written if written[0].isspace() or whole[-1:].isspace() or request.label is None else f" {written}"
        likelihood = subject.likelihood()
        total = float(likelihood.loglikelihoods([(whole, answer)])[0])
        label = written.strip()
        return [
            ExplainedAnswer(
                explained=GeneratedAnswer(likelihood, kept, answer, prompt=prompt),
                label=label,
                predicted=label,
                probabilities={label: float(np.exp(total))},
                notes=(f"log-likelihood of the answer: {total:.3f} nats", *notes),
            )
        ]
