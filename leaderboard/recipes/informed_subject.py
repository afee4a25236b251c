"""Informed subject: a subject whose questions and texts come with facts."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import Chooser, Classifier
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, Example, Text, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.knowledge.fact_finder import FactFinder
from leaderboard.recipes.prompt_classifier import PromptClassifier


def informed_subject(subject: Subject, finder: FactFinder) -> Subject:
    """Return a subject that is given facts: before a prompted question, behind a text.

    Raises:
        NotMeasurableError: for a tagger, whose words would be others.
    """
    if subject.tags_with is not None:
        raise NotMeasurableError(f"{subject.name} tags words, and recipe.facts would add words to them")

    def informed(classifier: Classifier) -> Classifier:
        if isinstance(classifier, PromptClassifier):
            return classifier.with_text_before(finder.before)
        return InformedClassifier(classifier, finder)

    training, classifier, chooser = subject.training, subject.classifies_with, subject.chooses_with
    if training is not None:
        reference, shadows = training.reference, training.shadows
        if shadows is not None:
            shadows = replace(shadows, train=_informed_training(shadows.train, informed))
        training = replace(training, reference=lambda: informed(reference()), shadows=shadows)
    return replace(
        subject,
        before_question=finder.before,
        classifies_with=None if classifier is None else informed(classifier),
        chooses_with=None if chooser is None else InformedChooser(chooser, finder),
        stages={name: informed(stage) for name, stage in subject.stages.items()},
        training=training,
    )


def informed_example(example: Example, finder: FactFinder) -> Example:
    """Return an example with the facts behind its text or question; one of another type is returned unchanged."""
    if isinstance(example, ChoiceExample):
        return example.model_copy(update={"question": finder.beside(example.question, example.choices)})
    if not isinstance(example, TextExample):
        return example
    content = finder.beside(example.content)
    text, second = (content, None) if isinstance(content, str) else content
    return example.model_copy(update={"text": text, "second": second})


def facts_before(example: Example, finder: FactFinder) -> str:
    """Return the facts before a solved example of a prompt; empty where it is neither a text nor a question."""
    if isinstance(example, ChoiceExample):
        return finder.before(example.question, example.choices)
    return finder.before(example.content) if isinstance(example, TextExample) else ""


def _informed_training(
    train: Callable[[Sequence[TextExample], int], Classifier], informed: Callable[[Classifier], Classifier]
) -> Callable[[Sequence[TextExample], int], Classifier]:
    return lambda examples, seed: informed(train(examples, seed))


class InformedClassifier:
    """Classifier of texts with the facts for each behind it."""

    def __init__(self, classifier: Classifier, finder: FactFinder) -> None:
        self._classifier = classifier
        self._finder = finder

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._classifier.labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-probabilities of each class for the texts with their facts, shape (texts, classes)."""
        return self._classifier.log_probabilities([self._finder.beside(text) for text in texts])

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one text, whose facts are searched for now, computed without the cache."""
        return self._classifier.answer(self._finder.beside(text))

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of a text with its facts."""
        return self._classifier.token_count(self._finder.beside(text))


class InformedChooser:
    """Chooser whose questions have the facts for each behind it; the choices stay."""

    def __init__(self, chooser: Chooser, finder: FactFinder) -> None:
        self._chooser = chooser
        self._finder = finder

    def scores(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[FloatArray]:
        """Return a score for each choice of each question with its facts."""
        return self._chooser.scores([(self._informed(question, choices), choices) for question, choices in questions])

    def answer(self, question: str, choices: Sequence[str]) -> FloatArray:
        """Return the scores of one question, whose facts are searched for now, computed without the cache."""
        return self._chooser.answer(self._informed(question, choices), choices)

    def token_count(self, question: str, choices: Sequence[str]) -> int:
        """Return the number of tokens of a question and its facts with all of its choices."""
        return self._chooser.token_count(self._informed(question, choices), choices)

    def _informed(self, question: str, choices: Sequence[str]) -> str:
        return str(self._finder.beside(question, choices))
