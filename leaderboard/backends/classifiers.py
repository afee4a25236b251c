"""Interfaces of classifiers, taggers and choosers, which recipes make of models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from leaderboard.arrays import FloatArray
from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError


class UnspacedWords(tuple[str, ...]):
    """Words of a text without spaces between words, such as Chinese; each includes the white space before it."""

    __slots__ = ()


def joined_words(words: Sequence[str]) -> str:
    """Return the text of some words: joined by single spaces, `UnspacedWords` without."""
    return ("" if isinstance(words, UnspacedWords) else " ").join(words)


class Classifier(Protocol):
    """A classifier of texts."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the columns of every answer."""

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Log-probability of each class: shape (len(texts), len(labels)), rows in the order of the texts."""

    def answer(self, text: Text) -> FloatArray:
        """Compute one answer without any cache, for the latency protocol. Shape (len(labels),)."""

    def token_count(self, text: Text) -> int:
        """Return the number of tokens that the model reads for one text (prompt and choices included)."""


@runtime_checkable
class Attributor(Classifier, Protocol):
    """A classifier that attributes its answer to the words of the text."""

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Gradient × input of the log-probability of `label`, summed over each word's tokens: shape (len(words),).

        The classified text is `joined_words(words)`.
        """


@runtime_checkable
class DropoutClassifier(Classifier, Protocol):
    """A classifier that can answer with the dropout of its training left on (Gal & Ghahramani 2016)."""

    def dropout_log_probabilities(self, texts: Sequence[Text], *, passes: int, seed: int) -> FloatArray:
        """Return log-probabilities by several random passes: shape (passes, len(texts), len(labels))."""


@runtime_checkable
class LogitClassifier(Classifier, Protocol):
    """A classifier that gives the scores of classes before they are normalised."""

    def logits(self, texts: Sequence[Text]) -> FloatArray:
        """Return scores whose softmax is the probability of each class, shape (len(texts), len(labels)).

        Raises:
            NotMeasurableError: If it changes the answers of a classifier without such scores.
        """


@runtime_checkable
class PromptedClassifier(Classifier, Protocol):
    """A classifier by the choices of a prompt, which can be worded in another way."""

    def with_prompt(self, template: str, choices: Sequence[str]) -> Classifier:
        """Return the same classifier with another prompt, solved examples included.

        Args:
            template: sandboxed Jinja over `text`, `second` of pairs, and `options`, the choices in words.
            choices: the continuation that stands for each label, in the order of `labels`.

        Raises:
            NotMeasurableError: If it changes the answers of a classifier without a prompt.
        """


@dataclass(frozen=True, slots=True)
class LinearHead:
    """Linear layer that computes logits from features.

    Attributes:
        weight: shape (classes, width).
        bias: shape (classes,).
    """

    weight: FloatArray
    bias: FloatArray


@runtime_checkable
class LinearHeadClassifier(Classifier, Protocol):
    """A classifier whose answers are the softmax of one linear layer on features of a text."""

    @property
    def linear_head(self) -> LinearHead:
        """The layer; its classes are in the order of `labels`."""

    def head_features(self, texts: Sequence[Text]) -> FloatArray:
        """Return the features that the layer reads, shape (len(texts), width)."""


@dataclass(frozen=True, slots=True)
class WordIntegrals:
    """Integrated gradients of the words of a text.

    Attributes:
        values: shape (words,), in log-odds.
        error: completeness error: the distance of their sum from the difference that they should explain, in log-odds.
        passes: number of forward passes, each with its backward pass.
    """

    values: FloatArray
    error: float
    passes: int


@dataclass(frozen=True, slots=True)
class TokenAttention:
    """Attention between the tokens of a text.

    Attributes:
        layers: mean over heads, shape (layers, tokens, tokens): row i is the attention of token i to each token.
        read_at: tokens whose state the answer is read from.
        owners: index of the word of each token; None for special tokens and those of a prompt.
        n_words: number of words.
    """

    layers: FloatArray
    read_at: tuple[int, ...]
    owners: tuple[int | None, ...]
    n_words: int


@runtime_checkable
class TransparentClassifier(Attributor, Protocol):
    """An attributor whose embeddings and attention can be read."""

    def word_integrals(self, words: Sequence[str], label: int) -> WordIntegrals:
        """Integrated gradients of the log-odds of `label`, for the text of `joined_words(words)`.

        Raises:
            NotMeasurableError: If its head takes no embeddings.
        """

    def token_attention(self, words: Sequence[str]) -> TokenAttention:
        """Attention between the tokens of the text of `joined_words(words)`.

        Raises:
            NotMeasurableError: If it has no attention.
        """

    def words_read(self, words: Sequence[str]) -> range:
        """Return the words that the model reads; of a text longer than its window these are not all."""


@runtime_checkable
class VariableClassifier(Classifier, Protocol):
    """A classifier that can be copied with other weights, which checks of its explanations compare it with."""

    def with_random_weights(self, seed: int) -> Classifier:
        """Return a classifier of the same architecture with weights as its initialisation draws them.

        Raises:
            NotMeasurableError: For weights that the architecture alone does not describe, such as quantised ones.
        """

    def with_embedding_noise(self, radius: float, seed: int) -> Classifier:
        """Return the classifier with uniform noise on the embeddings of its tokens.

        Args:
            radius: largest noise of each number, in standard deviations of the table of embeddings.
            seed: seed of the noise.

        Raises:
            NotMeasurableError: For a model without a table of embeddings.
        """


def attributor_of(classifier: Classifier) -> Attributor:
    """Return the classifier as an attributor.

    Raises:
        NotMeasurableError: If it has no gradients with respect to words.
    """
    if not isinstance(classifier, Attributor):
        raise NotMeasurableError("its classifier gives no gradients of words")
    return classifier


def logits_of(classifier: Classifier, texts: Sequence[Text]) -> FloatArray:
    """Return the scores of classes before they are normalised, shape (len(texts), len(labels)).

    Raises:
        NotMeasurableError: If the classifier gives normalised probabilities alone.
    """
    if not isinstance(classifier, LogitClassifier):
        raise NotMeasurableError(
            "this classifier gives probabilities alone, and no logits: it combines several answers, has thresholds by "
            "group, or names letters"
        )
    return classifier.logits(texts)


def with_prompt(classifier: Classifier, template: str, choices: Sequence[str]) -> Classifier:
    """Return a classifier with another prompt, as `PromptedClassifier.with_prompt`.

    Raises:
        NotMeasurableError: If its answers are not those of a prompt.
    """
    if not isinstance(classifier, PromptedClassifier):
        raise NotMeasurableError(
            "its answers are not those of a prompt, which could be worded otherwise: it has a head for the classes, "
            "combines several answers, or has thresholds by group; --recipe zero_shot or few_shot prompts a model"
        )
    return classifier.with_prompt(template, choices)


def variable_of(classifier: Classifier) -> VariableClassifier:
    """Return the classifier as one that can be copied with other weights.

    Raises:
        NotMeasurableError: If it has no weights that could be changed.
    """
    if not isinstance(classifier, VariableClassifier):
        raise NotMeasurableError(
            "this classifier has no weights of its own on this machine that could be drawn again or given noise: it is "
            "served, combines several answers, or is no neural model"
        )
    return classifier


class Tagger(Protocol):
    """A tagger, which classifies each word of a sentence."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tags, in the order of the columns of every answer."""

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """Log-probability of each tag for each word: one array a sentence, shape (words, len(labels)).

        A sentence longer than the model reads is tagged in parts, cut between words.
        """

    def answer(self, words: Sequence[str]) -> FloatArray:
        """Compute one answer without any cache, for the latency protocol. Shape (words, len(labels))."""

    def token_count(self, words: Sequence[str]) -> int:
        """Return the number of tokens that the model reads for one sentence, in all of its parts."""


@runtime_checkable
class Dividing(Protocol):
    """A tagger that reports which sentences it tags in parts."""

    def parts(self, sentences: Sequence[Sequence[str]]) -> list[int]:
        """Return the number of parts of each sentence: 1 where the model reads it as a whole."""


def parts_of(tagger: Tagger, sentences: Sequence[Sequence[str]]) -> list[int]:
    """Return the number of parts in which a tagger tags each sentence."""
    return tagger.parts(sentences) if isinstance(tagger, Dividing) else [1] * len(sentences)


class Chooser(Protocol):
    """A chooser, which scores the answers to a multiple-choice question."""

    def scores(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[FloatArray]:
        """A score for each choice of each (question, choices), larger is likelier: one array a question.

        An empty array is an answer that names none of the choices.
        """

    def answer(self, question: str, choices: Sequence[str]) -> FloatArray:
        """Compute one answer without any cache, for the latency protocol. Shape (len(choices),), or empty."""

    def token_count(self, question: str, choices: Sequence[str]) -> int:
        """Return the number of tokens that the model reads for one question with all of its choices."""
