"""ShadowTraining: how the training of a subject is repeated on other examples, for attacks that compare with many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leaderboard.backends.classifiers import Classifier
from leaderboard.data.examples import TextExample


@dataclass(frozen=True)
class ShadowTraining:
    """Training of shadow models: classifiers of the subject's form that learned other examples.

    Attributes:
        others: labelled examples of the same distribution that the subject was not trained on, beside its non-members.
        train: trains a classifier on labelled examples by the subject's settings, or loads it from the cache. Its seed
            is another than the subject's, which no attacker knows: with it, the noise of DP-SGD could be drawn again.
        is_cheap: whether one takes milliseconds, since the features of all texts are kept.
    """

    others: Sequence[TextExample]
    train: Callable[[Sequence[TextExample], int], Classifier]
    is_cheap: bool
