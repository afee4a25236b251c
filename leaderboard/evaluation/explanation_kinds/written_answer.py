"""WrittenAnswer: the log-likelihood of the answer that a subject writes behind a prompt, without each of its words."""

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np

from leaderboard.attributions.classified_text import MOST_WORDS
from leaderboard.attributions.generated_answer import GeneratedAnswer
from leaderboard.axes.accuracy.writing import WritingParameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import UnspacedWords, joined_words
from leaderboard.backends.generation import Sampling
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.subject import Subject
from leaderboard.data.template import render
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.evaluation.explanation import ExplainRequest
from leaderboard.evaluation.explanation_kinds.kind import ExplainedAnswer, ExplanationKind
from leaderboard.evaluation.typed_words import has_no_spaces, words_of
from leaderboard.tasks import Task, protocol_of
from leaderboard.visible_text import REPLACEMENT

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
        if not isinstance(parameters, WritingParameters):
            parameters = WritingParameters()
        template, likelihood = parameters.template, subject.likelihood()

        def prompt(text: str) -> str:
            return subject.opening(text) + render(template, {"text": text})

        sampling = Sampling(max_new_tokens=min(parameters.max_new_tokens, MOST_TOKENS), until=parameters.until)
        words = words_of(request.text)
        kept = _words_read(subject, words, prompt, room=sampling.max_new_tokens)
        notes = [f"only {len(kept)} of {len(words)} words are explained"] * (len(kept) < len(words))
        whole = prompt(joined_words(kept))
        answer = request.answer or _named(subject, request, whole) or _written(subject, whole, sampling)
        total = float(likelihood.loglikelihoods([(whole, answer)])[0])
        label = answer.strip()
        return [
            ExplainedAnswer(
                explained=GeneratedAnswer(likelihood, kept, answer, prompt=prompt),
                label=label,
                predicted=label,
                probabilities={label: float(np.exp(total))},
                answer=answer,
                notes=(f"log-likelihood of the answer: {total:.3f} nats", *notes),
            )
        ]


def _words_read(subject: Subject, words: Sequence[str], prompt: Callable[[str], str], *, room: int) -> Sequence[str]:
    """Return the words of a text that are explained: the first 512, or those of them whose prompt the model reads.

    A causal model reads the end of a longer prompt and needs room for the answer, an encoder reads its beginning.
    """
    container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
    kept, likelihood = container(words[:MOST_WORDS]), subject.likelihood()
    encodes = subject.model.kind is ModelKind.ENCODER_DECODER
    if likelihood.longest is None:
        return kept
    most = likelihood.longest - (0 if encodes else room)
    while len(kept) > 1 and (length := likelihood.prompt_length(prompt(joined_words(kept))) or 0) > most:
        fewer = max(1, min(len(kept) - 1, len(kept) * most // length))
        kept = container(kept[:fewer] if encodes else kept[len(kept) - fewer :])
    return kept


def _named(subject: Subject, request: ExplainRequest, prompt: str) -> str | None:
    """Return the answer that the user names, as it follows a prompt: behind a space where words have spaces.

    Raises:
        RequestError: for an empty answer.
    """
    if request.label is None:
        return None
    if not request.label.strip():
        raise RequestError("--label: is empty; name the answer to explain")
    ends = prompt[-1:].isspace() or request.label[0].isspace()
    decodes = subject.model.kind is ModelKind.ENCODER_DECODER
    return request.label if ends or decodes or has_no_spaces(request.label[0]) else f" {request.label}"


def _written(subject: Subject, prompt: str, sampling: Sampling) -> str:
    """Return the answer that the subject writes, without a last character that is not whole.

    Raises:
        NotMeasurableError: for an empty answer, or one that is no text, so that its likelihood would be another's.
    """
    (written,) = subject.generator().generate([prompt], sampling)
    written = written.rstrip(REPLACEMENT)
    if not written.strip():
        raise NotMeasurableError("the subject writes an empty answer; name one to explain: --label ANSWER")
    if REPLACEMENT in written:
        raise NotMeasurableError("the subject writes bytes that are no text; name an answer to explain: --label ANSWER")
    return written
