"""Letters: a served model that names the letter of a choice or class in a chat."""

from typing import TYPE_CHECKING, ClassVar, Literal

from leaderboard.backends.letters import LetterSource
from leaderboard.mitigations.stages import AnswerMitigation, StageMitigation
from leaderboard.recipes.composition import composed
from leaderboard.recipes.recipe import UNCHANGED, Recipe
from leaderboard.training.preparation import Preparation

if TYPE_CHECKING:
    from leaderboard.backends.subject import Subject


@composed
class Letters(Recipe):
    """Ask a served model in a chat for the letter of a choice or class, instead of comparing likelihoods.

    Accuracy by letters and accuracy by likelihoods are different measurements (Robinson et al. 2023, Leveraging Large
    Language Models for Multiple Choice Question Answering).

    Attributes:
        by: way in which the server says the letter: log-probabilities of the first token, JSON that it forces to a
            schema, or a text that has to be exactly one letter. Classes need log-probabilities.
    """

    without_weights: ClassVar[str] = UNCHANGED
    changes_model: ClassVar[bool] = True
    stages: ClassVar[tuple[type[StageMitigation], ...]] = (AnswerMitigation,)

    recipe: Literal["letters"] = "letters"
    by: LetterSource = LetterSource.LOGPROBS

    @property
    def asks_in_words(self) -> bool:
        """Return True: the model is prompted."""
        return True

    @property
    def learns(self) -> bool:
        """Return False: nothing is trained."""
        return False

    def make(self, preparation: Preparation) -> "Subject":
        """Return the model with the letters of a chat as its answers.

        Raises:
            NotMeasurableError: for a model that is not behind a server.
        """
        from leaderboard.recipes.letters.prepare import lettered_subject  # noqa: PLC0415 - slow to import

        return lettered_subject(preparation.model, preparation.lesson.task, self.by)
