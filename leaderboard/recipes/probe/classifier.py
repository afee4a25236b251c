"""Probe classifier: a linear head on the features of a frozen body, which any backend may compute."""

from collections.abc import Sequence

import scipy

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import LinearHead
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.backends.privacy_budget import PrivacyBudget
from leaderboard.data.examples import Text
from leaderboard.recipes.probe import Probe
from leaderboard.training.linear_head import Head, unit_rows


class ProbeClassifier:
    """Classifier by a linear head on the features of a frozen body."""

    def __init__(self, recipe: Probe, states: HiddenStates, head: Head, labels: tuple[str, ...]) -> None:
        self._recipe = recipe
        self._states = states
        self._head = head
        self._labels = labels

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._labels

    @property
    def privacy_budget(self) -> PrivacyBudget | None:
        """Guarantee of the training of the head; None for one without noise."""
        about = self._head.about
        return PrivacyBudget(float(about["epsilon"]), float(about["delta"])) if "epsilon" in about else None

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-probabilities of each class, shape (texts, classes)."""
        return self._classify(features_of(self._recipe, self._states, texts, work="classifying"))

    def logits(self, texts: Sequence[Text]) -> FloatArray:
        """Return the scores of the head, shape (texts, classes)."""
        return self._head.scores(features_of(self._recipe, self._states, texts, work="classifying"))

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one text, computed without the cache."""
        answer: FloatArray = self._classify(features_of(self._recipe, self._states, [text], remember=False))[0]
        return answer

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of a text, special tokens included."""
        return self._states.token_count(text, max_length=self._recipe.max_length)

    @property
    def linear_head(self) -> LinearHead:
        """The layer that computes the logits from `head_features`."""
        return LinearHead(self._head.weight, self._head.bias)

    def head_features(self, texts: Sequence[Text]) -> FloatArray:
        """Return the features that the head reads, of length 1 where it was trained on such; shape (texts, width)."""
        features = features_of(self._recipe, self._states, texts, work="classifying")
        return unit_rows(features) if self._head.unit else features

    def _classify(self, inputs: FloatArray) -> FloatArray:
        answers: FloatArray = scipy.special.log_softmax(self._head.scores(inputs), axis=1)
        return answers


def features_of(
    recipe: Probe,
    states: HiddenStates,
    texts: Sequence[Text],
    *,
    work: str = "reading texts",
    remember: bool = True,
) -> FloatArray:
    """Return the features of texts that a probe reads, shape (len(texts), width)."""
    return states.pooled(
        texts,
        layer=recipe.layer,
        pooling=recipe.pooling,
        max_length=recipe.max_length,
        work=work,
        remember=remember,
    )
