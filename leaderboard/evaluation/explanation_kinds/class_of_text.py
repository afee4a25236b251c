"""Class of a text: the log-odds of one class of a classifier."""

from typing import ClassVar

import numpy as np

from leaderboard.attributions.classified_text import ClassifiedText, words_read
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.errors import RequestError
from leaderboard.evaluation.explanation import ExplainRequest
from leaderboard.evaluation.explanation_kinds.kind import ExplainedAnswer, ExplanationKind
from leaderboard.evaluation.typed_words import words_of
from leaderboard.tasks import Task


class ClassOfText(ExplanationKind):
    """Class that a classifier, or a prompt with choices, gives a text."""

    name = "class"
    tasks_ask_for: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY, Capability.ATTRIBUTE})

    def suits(self, subject: Subject, text: str) -> bool:  # noqa: ARG002 - a classifier answers any text
        """Return whether the subject classifies."""
        return subject.classifies_with is not None

    def answers(self, subject: Subject, task: Task, request: ExplainRequest) -> list[ExplainedAnswer]:  # noqa: ARG002 - its labels are the task's
        """Return the predicted class, or the requested one."""
        self.refuse_word(request)
        classifier = subject.classifier()
        words = words_of(request.text)
        kept = words_read(classifier, words)
        if not kept:
            raise RequestError(
                f"--text: {subject.name} reads no word of it; its tokenizer has no token for these characters"
            )
        notes = []
        if len(kept) < len(words):
            notes.append(
                f"only {len(kept)} of {len(words)} words are explained: the model, or the method, reads no more"
            )
        labels = list(classifier.labels)
        if request.label is not None and request.label not in labels:
            raise RequestError(f"--label: unknown class '{request.label}'\n  Known: {', '.join(labels)}")
        text = ClassifiedText(classifier, kept, None if request.label is None else labels.index(request.label))
        return [
            ExplainedAnswer(
                explained=text,
                label=labels[text.label],
                predicted=labels[int(text.log_probabilities.argmax())],
                probabilities=dict(zip(labels, np.exp(text.log_probabilities).tolist(), strict=True)),
                notes=tuple(notes),
            )
        ]
