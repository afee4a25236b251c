"""Preparation: questions with lettered options, and the classifier and chooser that ask them."""

from collections.abc import Sequence

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.backends.letters import LETTERS, LetterAnswers, LetterSource
from leaderboard.backends.model import Model
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.prompt_classifier import render_prompt
from leaderboard.recipes.prompted_subject import is_multiple_choice
from leaderboard.tasks import Prompt, Task


def lettered_subject(model: Model, task: Task, source: LetterSource) -> Subject:
    """Return the subject of a served model that answers by letters in a chat.

    Args:
        model: a model behind a server.
        task: task of the questions.
        source: way in which the server says a letter.

    Raises:
        NotMeasurableError: for a model that is not behind a server.
    """
    letters = model.letters(source)
    labels = task.data.labels if task.data else ()
    classifier = None
    if task.prompt is not None and not is_multiple_choice(task) and labels and len(task.prompt.choices) == len(labels):
        classifier = LetterClassifier(letters, task.prompt, labels)
    note = (
        f"multiple choice and classes are answered in a chat by {source.words}, not by log-likelihoods; tasks of "
        "lm-evaluation-harness are asked in their own way"
    )
    return Subject(model, classifier, chooses_with=LetterChooser(letters), preparation_notes=(note,))


class LetterChooser:
    """Chooser among lettered options."""

    def __init__(self, letters: LetterAnswers) -> None:
        self._letters = letters

    def scores(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[FloatArray]:
        """Return a score for each choice of each question; empty for an answer that names none of them."""
        messages = [(lettered(question, choices), len(choices)) for question, choices in questions]
        return self._letters.answers(messages)

    def answer(self, question: str, choices: Sequence[str]) -> FloatArray:
        """Return the scores of the choices of one question, computed without the cache."""
        return self._letters.answers([(lettered(question, choices), len(choices))], remember=False)[0]

    def token_count(self, question: str, choices: Sequence[str]) -> int:
        """Raise an error, as `LetterClassifier.token_count` does.

        Raises:
            NotMeasurableError: always.
        """
        del question, choices
        raise _uncounted()


class LetterClassifier:
    """Classifier by the log-probabilities of the letters of label words, normalised over the letters."""

    def __init__(self, letters: LetterAnswers, prompt: Prompt, labels: tuple[str, ...]) -> None:
        self._letters = letters
        self._prompt = prompt
        self._labels = labels

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-probabilities of each class, shape (texts, classes).

        Raises:
            NotMeasurableError: for letters without log-probabilities, and for a text whose answer has no letter.
        """
        return self._classify(texts, remember=True)

    def with_prompt(self, template: str, choices: Sequence[str]) -> "LetterClassifier":
        """Return the classifier with another prompt, whose choices are the lettered options."""
        return LetterClassifier(self._letters, Prompt(template=template, choices=tuple(choices)), self._labels)

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one text, computed without the cache; errors as of `log_probabilities`."""
        answer: FloatArray = self._classify([text], remember=False)[0]
        return answer

    def token_count(self, text: Text) -> int:
        """Raise an error: a chat adds tokens to the message that only the server knows.

        Raises:
            NotMeasurableError: always.
        """
        del text
        raise _uncounted()

    def _classify(self, texts: Sequence[Text], *, remember: bool) -> FloatArray:
        if self._letters.source is not LetterSource.LOGPROBS:
            raise NotMeasurableError(
                f"classes need the probability of each letter, which recipe.by={self._letters.source} does not give; "
                f"leave recipe.by at {LetterSource.LOGPROBS}"
            )
        choices = self._prompt.choices
        messages = [(lettered(render_prompt(self._prompt, text), choices), len(choices)) for text in texts]
        scores = self._letters.answers(messages, work="classifying", remember=remember)
        unparsed = sum(not len(each) for each in scores)
        if unparsed:
            raise NotMeasurableError(
                f"for {unparsed} of {len(scores)} texts no letter of a class is among the likeliest first tokens of "
                "the answer, so that no class has a probability"
            )
        answers: FloatArray = scipy.special.log_softmax(np.reshape(scores, (len(texts), len(choices))), axis=1)
        return answers


def _uncounted() -> NotMeasurableError:
    return NotMeasurableError("the tokens of a chat are not counted")


def lettered(question: str, choices: Sequence[str]) -> str:
    """Return the message of a user: a question, its options with letters, and the request for one letter.

    Raises:
        NotMeasurableError: for more options than letters.
    """
    if len(choices) > len(LETTERS):
        raise NotMeasurableError(f"{len(choices)} options; letters name at most {len(LETTERS)}")
    options = "\n".join(f"{letter}. {choice.strip()}" for letter, choice in zip(LETTERS, choices, strict=False))
    return f"{question.strip()}\n\n{options}\n\nAnswer with the letter of the right option alone."
