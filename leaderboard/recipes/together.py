"""Together: the members of an ensemble answer with the mean of their probabilities."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Chooser, Classifier, Subject, Tagger, Training, parts_of

FloatArray = npt.NDArray[np.float64]


def together(members: Sequence[Subject]) -> Subject:
    """Subjects, at least one, as one that asks all of them.

    Raises:
        NotMeasurableError: when they can nothing that can be averaged.
    """
    classifiers = [member.classifier for member in members if member.classifier is not None]
    taggers = [member.tagger for member in members if member.tagger is not None]
    choosers = [member.chooser for member in members if member.chooser is not None]
    if not (classifiers or taggers or choosers):
        raise NotMeasurableError(
            f"{members[0].model.name} neither classifies, tags nor chooses, which members of an ensemble do together"
        )
    trained_on = {mark: source for member in members for mark, source in member.trained_on.items()}
    return Subject(
        members[0].model,
        classifier=ClassifiersTogether(classifiers) if classifiers else None,
        tagger=TaggersTogether(taggers) if taggers else None,
        chooser=ChoosersTogether(choosers) if choosers else None,
        training=_training([member.training for member in members if member.training is not None]),
        trained_on=trained_on,
        members=tuple(member.model for member in members),
    )


class ClassifiersTogether:
    """See `models.subject.Classifier`; each answer asks every member."""

    def __init__(self, members: Sequence[Classifier]) -> None:
        self._members = members

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._members[0].labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """The logarithm of the mean of the members' probabilities."""
        return mean([member.log_probabilities(texts) for member in self._members])

    def answer(self, text: Text) -> FloatArray:
        """One answer, computed afresh by every member."""
        return mean([member.answer(text) for member in self._members])

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """The gradient of log(mean p): each member's gradient of log p, weighted with its share of the probability."""
        said = np.array([member.log_probabilities([" ".join(words)])[0, label] for member in self._members])
        shares = scipy.special.softmax(said)
        gradients = np.array([member.word_gradients(words, label) for member in self._members])
        total: FloatArray = shares @ gradients
        return total

    def token_count(self, text: Text) -> int:
        """Tokens that all members read together."""
        return sum(member.token_count(text) for member in self._members)


class TaggersTogether:
    """See `models.subject.Tagger`."""

    def __init__(self, members: Sequence[Tagger]) -> None:
        self._members = members

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tags."""
        return self._members[0].labels

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """The logarithm of the mean of the members' probabilities."""
        said = [member.log_probabilities(sentences) for member in self._members]
        return [mean(answers) for answers in zip(*said, strict=True)]

    def parts(self, sentences: Sequence[Sequence[str]]) -> list[int]:
        """See `models.subject.Dividing`: of the member that reads least."""
        return [max(parts) for parts in zip(*(parts_of(one, sentences) for one in self._members), strict=True)]


class ChoosersTogether:
    """See `models.subject.Chooser`; each member's scores are made probabilities before they are averaged."""

    def __init__(self, members: Sequence[Chooser]) -> None:
        self._members = members

    def scores(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[FloatArray]:
        """The logarithm of the mean of the members' probabilities of each choice."""
        said = [member.scores(questions) for member in self._members]
        return [mean([scipy.special.log_softmax(scores) for scores in answers]) for answers in zip(*said, strict=True)]


def mean(log_probabilities: Sequence[FloatArray]) -> FloatArray:
    """log(mean(exp)) over the members, element by element."""
    answer: FloatArray = scipy.special.logsumexp(np.array(log_probabilities), axis=0) - np.log(len(log_probabilities))
    return answer


def _training(known: Sequence[Training]) -> Training | None:
    """What the members were trained on, which is the same for all; the reference is an ensemble as well."""
    if not known:
        return None
    references: Callable[[], Classifier] = cache(lambda: ClassifiersTogether([each.reference() for each in known]))
    return Training(known[0].members, known[0].nonmembers, references)
