"""Stages: the steps in the preparation of a model at which a mitigation acts, each a class with one hook.

A recipe lists its stages; all mitigations that are registered for them become part of it.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from leaderboard.backends.local.models.alteration import WeightChange
from leaderboard.mitigations.levers import Phase
from leaderboard.mitigations.mitigation import Mitigation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from leaderboard.backends.subject import Subject
    from leaderboard.data.examples import Text, TextExample
    from leaderboard.knowledge.fact_finder import FactFinder
    from leaderboard.tasks import Prompt, Task
    from leaderboard.training.linear_head import Head, HeadProblem
    from leaderboard.training.preparation import Lesson, Preparation
    from leaderboard.training.steps.step import Learner, Step


class StageMitigation(Mitigation):
    """Mitigation at one stage of the preparation.

    Attributes:
        stage: name of the stage in tables.
        phase: phase that a search repeats when a mitigation of the stage changes.
        alone: why no two mitigations of the stage can be combined; empty where they can.
        follows_training: whether the stage acts on a trained model.
    """

    stage: ClassVar[str]
    phase: ClassVar[Phase]
    alone: ClassVar[str] = ""
    follows_training: ClassVar[bool] = False


class TextMitigation(StageMitigation):
    """Change the training texts, or leave some out."""

    stage, phase = "texts", Phase.DATA

    @abstractmethod
    def texts(self, examples: "Sequence[TextExample]", preparation: "Preparation") -> "list[TextExample]":
        """Return the training examples in place of `examples`.

        The result for an example has to depend on it, the settings and the seed of the preparation alone.
        """


class CopyMitigation(StageMitigation):
    """Add changed copies of the training texts. No copy is made of a copy."""

    stage, phase = "copies", Phase.DATA

    @abstractmethod
    def copies(self, examples: "Sequence[TextExample]", preparation: "Preparation") -> "list[TextExample]":
        """Return further training examples, each with its own id."""


class InputMitigation(StageMitigation):
    """Put texts from elsewhere beside what the model reads, in training and afterwards alike."""

    stage, phase = "input", Phase.DATA

    @abstractmethod
    def finder(self, preparation: "Preparation") -> "FactFinder":
        """Return what finds the texts for a question.

        Raises:
            RequestError: when there is nothing to find them in.
            NotMeasurableError: when a further model cannot be used.
        """


class FeatureMitigation(StageMitigation):
    """Project the features of a frozen body before a head is trained on them."""

    stage, phase = "features", Phase.TRAINING

    @abstractmethod
    def projection(
        self, texts: "Sequence[Text]", features: "Callable[[Sequence[Text]], npt.NDArray[np.float64]]"
    ) -> "npt.NDArray[np.float64]":
        """Return the projection of the features: a symmetric matrix of shape (width, width).

        Args:
            texts: training texts.
            features: returns features of texts, shape (texts, width).
        """


class HeadMitigation(StageMitigation):
    """Train a linear head on features in another way."""

    stage, phase = "head", Phase.TRAINING
    alone = "each changes how a head learns"

    @abstractmethod
    def fit(self, problem: "HeadProblem") -> "Head":
        """Fit a head and return it."""


class StepMitigation(StageMitigation):
    """Compute the gradients of a training step in another way."""

    stage, phase = "step", Phase.TRAINING
    alone = "each changes how a step learns"

    @abstractmethod
    def step(self, learner: "Learner") -> "Step":
        """Return the training step of a learner.

        Raises:
            RequestError: when it cannot be combined with the learner's objective or precision.
        """


class WordingMitigation(StageMitigation):
    """Change the prompt of a causal model."""

    stage, phase = "wording", Phase.ANSWERS

    @abstractmethod
    def reworded(self, task: "Task", prompt: "Prompt") -> "Prompt":
        """Return the prompt in place of the task's own.

        Raises:
            NotMeasurableError: for a task that cannot be prompted so.
        """


class OpeningMitigation(StageMitigation):
    """Put a text before every prompt of a causal model."""

    stage, phase = "opening", Phase.ANSWERS

    @abstractmethod
    def opening(self, task: "Task") -> str:
        """Return the text before every prompt."""


class AnswerMitigation(StageMitigation):
    """Change the answers of a prepared subject.

    Attributes:
        changes_model: whether what the model itself gives, such as written text, is changed too.
    """

    stage, phase = "answers", Phase.ANSWERS
    follows_training = True
    changes_model: ClassVar[bool] = False

    @abstractmethod
    def answering(self, subject: "Subject", lesson: "Lesson") -> "Subject":
        """Return the subject with changed answers.

        Raises:
            NotMeasurableError: when its answers cannot be changed so, or there is nothing to fit the change on.
        """


class WeightMitigation(StageMitigation, WeightChange):
    """Change the weights of a trained model, by the hook `alter` of `WeightChange`."""

    stage, phase = "weights", Phase.ANSWERS
    follows_training = True

    def to_json(self) -> dict[str, Any]:
        """Return its settings, from which `model_validate` rebuilds it in another process."""
        return self.model_dump(mode="json")


STAGES: tuple[type[StageMitigation], ...] = (
    TextMitigation,
    CopyMitigation,
    InputMitigation,
    WordingMitigation,
    OpeningMitigation,
    FeatureMitigation,
    HeadMitigation,
    StepMitigation,
    WeightMitigation,
    AnswerMitigation,
)
"""Every stage, in the order of a preparation."""


def stages_of(kind: type[Mitigation]) -> tuple[type[StageMitigation], ...]:
    """Return the stages at which a mitigation acts."""
    return tuple(stage for stage in STAGES if issubclass(kind, stage))
