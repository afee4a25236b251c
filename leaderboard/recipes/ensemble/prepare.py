"""Ensemble: members whose probabilities are averaged."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import (
    Chooser,
    Classifier,
    Tagger,
    TokenAttention,
    WordIntegrals,
    attributor_of,
    joined_words,
    parts_of,
)
from leaderboard.backends.passed_attribution import words_read_by
from leaderboard.backends.shadow_training import ShadowTraining
from leaderboard.backends.subject import Subject, Training
from leaderboard.data.examples import Text, TextExample
from leaderboard.errors import NotMeasurableError


def combine_members(members: Sequence[Subject]) -> Subject:
    """Combine at least one subject into one that averages their probabilities.

    Raises:
        NotMeasurableError: when they have no outputs that can be averaged.
    """
    classifiers = [member.classifies_with for member in members if member.classifies_with is not None]
    taggers = [member.tags_with for member in members if member.tags_with is not None]
    choosers = [member.chooses_with for member in members if member.chooses_with is not None]
    if not (classifiers or taggers or choosers):
        raise NotMeasurableError(
            f"{members[0].name} neither classifies, tags nor chooses, so that members of an ensemble cannot be averaged"
        )
    trained_on = {fingerprint: source for member in members for fingerprint, source in member.trained_on.items()}
    return Subject(
        members[0].model,
        classifies_with=EnsembleClassifier(classifiers) if classifiers else None,
        tags_with=EnsembleTagger(taggers) if taggers else None,
        chooses_with=EnsembleChooser(choosers) if choosers else None,
        training=_training([member.training for member in members if member.training is not None]),
        trained_on=trained_on,
        members=tuple(member.model for member in members),
    )


class EnsembleClassifier:
    """Classifier that averages the probabilities of its members."""

    def __init__(self, members: Sequence[Classifier]) -> None:
        self._members = members

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._members[0].labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the logarithm of the mean of the members' probabilities."""
        return mean_log_probabilities([member.log_probabilities(texts) for member in self._members])

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one text, computed by every member without the cache."""
        return mean_log_probabilities([member.answer(text) for member in self._members])

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Return the gradient of log(mean p): the members' gradients of log p, weighted by their share of p."""
        label_log_probabilities = np.array(
            [member.log_probabilities([joined_words(words)])[0, label] for member in self._members]
        )
        shares = scipy.special.softmax(label_log_probabilities)
        gradients = np.array([attributor_of(member).word_gradients(words, label) for member in self._members])
        total: FloatArray = shares @ gradients
        return total

    def word_integrals(self, words: Sequence[str], label: int) -> WordIntegrals:  # noqa: ARG002 - it has none
        """Refuse, since every member has embeddings of its own.

        Raises:
            NotMeasurableError: always.
        """
        raise NotMeasurableError(
            f"each of {len(self._members)} members has embeddings of its own, and there is no single line from masked "
            "words to the text; gradient_x_input is the mean over the members"
        )

    def token_attention(self, words: Sequence[str]) -> TokenAttention:  # noqa: ARG002 - it has none
        """Refuse, since every member has attention of its own.

        Raises:
            NotMeasurableError: always.
        """
        raise NotMeasurableError(f"the attention of {len(self._members)} members is no single map")

    def words_read(self, words: Sequence[str]) -> range:
        """Return the words that every member reads."""
        ranges = [words_read_by(member, words) for member in self._members]
        start, stop = max(each.start for each in ranges), min(each.stop for each in ranges)
        return range(start, max(start, stop))

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of a text, summed over the members."""
        return sum(member.token_count(text) for member in self._members)


class EnsembleTagger:
    """Tagger that averages the probabilities of its members."""

    def __init__(self, members: Sequence[Tagger]) -> None:
        self._members = members

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tags."""
        return self._members[0].labels

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """Return the logarithm of the mean of the members' probabilities, by sentence."""
        member_outputs = [member.log_probabilities(sentences) for member in self._members]
        return [mean_log_probabilities(answers) for answers in zip(*member_outputs, strict=True)]

    def answer(self, words: Sequence[str]) -> FloatArray:
        """Return the logarithm of the mean of the members' probabilities for one sentence, without the cache."""
        return mean_log_probabilities([member.answer(words) for member in self._members])

    def token_count(self, words: Sequence[str]) -> int:
        """Return the number of tokens of a sentence, summed over the members."""
        return sum(member.token_count(words) for member in self._members)

    def parts(self, sentences: Sequence[Sequence[str]]) -> list[int]:
        """Return the largest number of parts of each sentence among the members."""
        return [max(parts) for parts in zip(*(parts_of(one, sentences) for one in self._members), strict=True)]


class EnsembleChooser:
    """Chooser that averages the probabilities of its members; scores are normalized before."""

    def __init__(self, members: Sequence[Chooser]) -> None:
        self._members = members

    def scores(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[FloatArray]:
        """Return the logarithm of the mean of the members' probabilities of each choice."""
        member_scores = [member.scores(questions) for member in self._members]
        return [_mean_of_scores(scores) for scores in zip(*member_scores, strict=True)]

    def answer(self, question: str, choices: Sequence[str]) -> FloatArray:
        """Return the logarithm of the mean of the members' probabilities for one question, without the cache."""
        return _mean_of_scores([member.answer(question, choices) for member in self._members])

    def token_count(self, question: str, choices: Sequence[str]) -> int:
        """Return the number of tokens of a question with its choices, summed over the members."""
        return sum(member.token_count(question, choices) for member in self._members)


def _mean_of_scores(scores: Sequence[FloatArray]) -> FloatArray:
    return mean_log_probabilities([scipy.special.log_softmax(each) for each in scores])


def mean_log_probabilities(log_probabilities: Sequence[FloatArray]) -> FloatArray:
    """Return log(mean(exp)) over the members, element by element."""
    answer: FloatArray = scipy.special.logsumexp(np.array(log_probabilities), axis=0) - np.log(len(log_probabilities))
    return answer


def _training(trainings: Sequence[Training]) -> Training | None:
    """Return members and non-members, which are the same for all; references and shadow models are ensembles, too."""
    if not trainings:
        return None
    references: Callable[[], Classifier] = cache(lambda: EnsembleClassifier([each.reference() for each in trainings]))
    return Training(trainings[0].members, trainings[0].nonmembers, references, _shadows(trainings))


def _shadows(trainings: Sequence[Training]) -> ShadowTraining | None:
    """Return the training of ensembles of the members' shadow models, where every member has some."""
    shadows = [each.shadows for each in trainings if each.shadows is not None]
    if len(shadows) < len(trainings):
        return None

    def train(examples: Sequence[TextExample], seed: int) -> Classifier:
        return EnsembleClassifier([each.train(examples, seed + index) for index, each in enumerate(shadows)])

    return ShadowTraining(shadows[0].others, train, is_cheap=all(each.is_cheap for each in shadows))
