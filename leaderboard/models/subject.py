"""Subject: a model after its recipe, ready to be measured, and what such a thing can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from leaderboard.data.examples import Text, TextExample
from leaderboard.models.loaded import LoadedModel, ModelKind

FloatArray = npt.NDArray[np.float64]


class Capability(StrEnum):
    """What a subject can do; a protocol names what it needs."""

    LOGLIKELIHOOD = "loglikelihood"
    PSEUDO_LOGLIKELIHOOD = "pseudo_loglikelihood"
    CLASSIFY = "classify"
    ATTRIBUTE = "attribute"
    TAG = "tag"
    CHOOSE = "choose"


GIVEN_BY_RECIPES = frozenset({Capability.CLASSIFY, Capability.ATTRIBUTE, Capability.TAG, Capability.CHOOSE})
"""What a recipe can add to what a model can do as it comes."""


class Classifier(Protocol):
    """Tells the class of a text, and which words the answer came from."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the columns of every answer."""

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Log-probability of each class: shape (len(texts), len(labels)), rows in the order of the texts."""

    def answer(self, text: Text) -> FloatArray:
        """One answer computed afresh, never from memory: what a latency protocol times. Shape (len(labels),)."""

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Gradient × input of the log-probability of `label`, summed over each word's tokens: shape (len(words),).

        The text asked about is the words joined by single spaces.
        """

    def token_count(self, text: Text) -> int:
        """How many tokens the model reads to answer for one text (prompt and choices included)."""


class Tagger(Protocol):
    """Tells the class of each word of a sentence."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tags, in the order of the columns of every answer."""

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """Log-probability of each tag for each word: one array a sentence, shape (words, len(labels)).

        A sentence longer than the model reads is tagged in parts, cut between words.
        """


@runtime_checkable
class Dividing(Protocol):
    """A tagger that says which sentences it tags in parts."""

    def parts(self, sentences: Sequence[Sequence[str]]) -> list[int]:
        """In how many parts each sentence is tagged: 1 where the model reads it as a whole."""


def parts_of(tagger: Tagger, sentences: Sequence[Sequence[str]]) -> list[int]:
    """In how many parts a tagger tags each sentence."""
    return tagger.parts(sentences) if isinstance(tagger, Dividing) else [1] * len(sentences)


class Chooser(Protocol):
    """Tells which of the answers to a question is likeliest."""

    def scores(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[FloatArray]:
        """A score for each choice of each (question, choices), larger is likelier: one array a question."""


@dataclass(frozen=True)
class Training:
    """What an adapted subject was trained on: the ground truth of a membership attack.

    Attributes:
        members: examples whose texts and labels the recipe trained on.
        nonmembers: a random part of the same split that was kept out of training.
        reference: a classifier of the same form trained on other examples of the same distribution (neither members
            nor non-members), for attacks that calibrate each example's difficulty; trained when it is first asked for.
    """

    members: Sequence[TextExample]
    nonmembers: Sequence[TextExample]
    reference: Callable[[], Classifier]


@dataclass(frozen=True)
class Subject:
    """One row of the leaderboard.

    Attributes:
        model: the loaded weights.
        classifier: how it classifies, where its recipe made it able to.
        tagger: how it tags the words of a sentence.
        chooser: how it chooses among answers, where it does not do so by their log-likelihoods.
        beginning: what stands before every question whose answers it chooses by their log-likelihoods.
        training: what its recipe trained on; None where nothing was trained here, so that membership is unknown.
        trained_on: fingerprints of every text its recipe trained on (see `data.overlap`), and where each came from.
        members: of an ensemble, each member's weights.
        stages: of a subject that learned several tasks in turn, how it classified after each, by the task's name.
        preparation_notes: what a reader of its numbers must know of how it was prepared, one sentence each.
    """

    model: LoadedModel
    classifier: Classifier | None = None
    _: KW_ONLY
    tagger: Tagger | None = None
    chooser: Chooser | None = None
    beginning: str = ""
    training: Training | None = None
    trained_on: Mapping[str, str] = field(default_factory=dict)
    members: tuple[LoadedModel, ...] = ()
    stages: Mapping[str, Classifier] = field(default_factory=dict)
    preparation_notes: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its numbers must know: of each of its models, and of how it was prepared."""
        of_models = (note for model in self.models for note in model.notes)
        return tuple(dict.fromkeys((*of_models, *self.preparation_notes)))

    @property
    def models(self) -> tuple[LoadedModel, ...]:
        """All that compute an answer; one model may be there several times."""
        return self.members or (self.model,)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this subject can be asked for."""
        able = set()
        if self.model.kind is ModelKind.CAUSAL:
            able |= {Capability.LOGLIKELIHOOD, Capability.CHOOSE}
        if self.model.kind is ModelKind.MASKED:
            able.add(Capability.PSEUDO_LOGLIKELIHOOD)
        if self.classifier is not None:
            able |= {Capability.CLASSIFY, Capability.ATTRIBUTE}
        if self.tagger is not None:
            able.add(Capability.TAG)
        if self.chooser is not None:
            able.add(Capability.CHOOSE)
        return frozenset(able)

    def classify(self) -> Classifier:
        """The classifier, for protocols that declared they need one.

        Raises:
            RuntimeError: when there is none; the runner checks a protocol's needs before it asks.
        """
        if self.classifier is None:
            raise RuntimeError(f"{self.model.name} does not classify")
        return self.classifier

    def tag(self) -> Tagger:
        """The tagger, for protocols that declared they need one.

        Raises:
            RuntimeError: when there is none; the runner checks a protocol's needs before it asks.
        """
        if self.tagger is None:
            raise RuntimeError(f"{self.model.name} does not tag words")
        return self.tagger
