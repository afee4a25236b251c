"""Label canaries: random texts with random classes, which a classifier can only learn by heart."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.privacy.canaries.canary import invented_word
from leaderboard.axes.privacy.canaries.canary_protocol import CanaryProtocol
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample

_WORDS = 6


class LabelCanaries(CanaryProtocol[TextExample]):
    """Protocol that plants texts of invented words with random classes in the data of a classifier.

    The loss is the cross-entropy with the random class. References have random classes, too: a preference for one class
    raises the rank of none.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    reads_labels: ClassVar[bool] = True

    def draw(self, example_id: str, rng: np.random.Generator, labels: Sequence[str]) -> TextExample:
        """Draw six words and a class, by its name: the order of the labels in a task file changes no canary."""
        text = " ".join(invented_word(rng) for _ in range(_WORDS))
        name = sorted(labels)[rng.integers(len(labels))]
        return TextExample(id=example_id, text=text, label=list(labels).index(name))

    def losses(self, subject: Subject, examples: Sequence[TextExample]) -> FloatArray:
        """Return the cross-entropy of each text with its random class, in nats."""
        answers = subject.classifier().log_probabilities([example.content for example in examples])
        return -answers[np.arange(len(examples)), [example.label or 0 for example in examples]]

    def labels_of(self, subject: Subject) -> Sequence[str]:
        """Return the classes of the subject, which are those of its task."""
        return subject.classifier().labels
