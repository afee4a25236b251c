"""ExplanationKind: one kind of answer that is explained, such as the class of a text or the tag of a word."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from leaderboard.attributions.explained import Explained
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.errors import RequestError
from leaderboard.evaluation.explanation import ExplainedSpan, ExplainRequest
from leaderboard.tasks import Task


@dataclass(frozen=True, kw_only=True)
class ExplainedAnswer:
    """An answer of a subject to a text, before it is attributed to the words.

    Attributes:
        explained: the explained number as a function of the words.
        label: the explained answer.
        predicted: the predicted answer.
        probabilities: probability of each shown answer, by its name.
        target: words or mask that the answer is about; empty for the whole text.
        span: places of these words, for a tag.
        answer: a written answer as its likelihood is computed, with the space before it.
        notes: what was left out, one sentence each.
    """

    explained: Explained
    label: str
    predicted: str
    probabilities: Mapping[str, float]
    target: str = ""
    span: ExplainedSpan | None = None
    answer: str = ""
    notes: tuple[str, ...] = ()


class ExplanationKind(ABC):
    """Kind of answer that is explained: one object, one file.

    Attributes:
        name: name of the kind, for `--kind`.
        tasks_ask_for: capabilities of which tasks ask for one where they ask for such answers.
        depends_on_task: whether only a subject of such a task gives these answers.
    """

    name: ClassVar[str]
    tasks_ask_for: ClassVar[frozenset[Capability]] = frozenset()
    depends_on_task: ClassVar[bool] = True

    @abstractmethod
    def suits(self, subject: Subject, text: str) -> bool:
        """Return whether a subject gives such an answer to a text."""

    @abstractmethod
    def answers(self, subject: Subject, task: Task, request: ExplainRequest) -> list[ExplainedAnswer]:
        """Return the answers that are explained; more than one only for taggers.

        Raises:
            NotMeasurableError: when the subject gives no such answer to this text.
            RequestError: for a label or word that is unknown.
        """

    def refuse_word(self, request: ExplainRequest) -> None:
        """Check that no word is named.

        Raises:
            RequestError: where one is.
        """
        if request.word is not None:
            raise RequestError(
                f"--word: names a word whose tag is explained, and this explains a {self.name}; leave it out, "
                "or choose a subject that tags words"
            )
