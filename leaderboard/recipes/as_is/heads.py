"""Heads: classifier, tagger and chooser by a model's own head."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy
import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import joined_words
from leaderboard.backends.local.engine.attribution import words_of_tokens
from leaderboard.backends.local.engine.batching import Batch, Row
from leaderboard.backends.local.engine.classifier_variants import ClassifierVariants, WeightVariant, without_cache
from leaderboard.backends.local.engine.end_tokens import class_logits, end_token
from leaderboard.backends.local.engine.engine import Engine, Forward
from leaderboard.backends.local.engine.inputs import inputs_of, text_offsets, text_row, words_rows
from leaderboard.backends.local.engine.text_scores import TextScores, reads_last_token
from leaderboard.backends.local.engine.word_attribution import WordAttribution
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.labels import LabelMap
from leaderboard.training.dropout_passes import dropout_passes

Float32Array = npt.NDArray[np.float32]


class HeadClassifier(WordAttribution, ClassifierVariants):
    """Text classifier by a model's head; long texts are truncated to the maximal length of the tokenizer."""

    def __init__(self, engine: Engine, model: LoadedModel, labels: LabelMap) -> None:
        self._engine = engine
        self._model = model
        self._labels = labels
        self._max_length = min(model.max_length, int(model.tokenizer.model_max_length))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._labels.names

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-probabilities of each class, shape (texts, classes)."""
        return self._classify(self._scores(texts))

    def logits(self, texts: Sequence[Text]) -> FloatArray:
        """Return the scores of each class, shape (texts, classes); outputs of one class as their log-sum-exp."""
        return self._labels.of(self._matrix(self._scores(texts)))

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one text, computed without the cache."""
        answer: FloatArray = self._classify(
            self._engine.run(self._model, [self._row(text)], _text_reader, work="classifying")
        )[0]
        return answer

    def dropout_log_probabilities(self, texts: Sequence[Text], *, passes: int, seed: int) -> FloatArray:
        """Return log-probabilities with dropout left on, shape (passes, texts, classes)."""
        rows = [self._row(text) for text in texts]
        samples = dropout_passes(self._model, rows, _text_reader, passes=passes, seed=seed)
        return np.array([self._classify(logits) for logits in samples])

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of a text, special tokens included."""
        return len(self._row(text).ids)

    def text_scores(self, words: Sequence[str]) -> TextScores:
        """Return the head's log-probabilities as a function of embeddings."""
        text = joined_words(words)
        ids = self._row(text).ids

        def log_probabilities(outputs: Sequence[Any], _masks: Sequence[torch.Tensor]) -> torch.Tensor:
            logits: torch.Tensor = outputs[0].logits.float().log_softmax(-1)
            classes = range(len(self._labels.names))
            return torch.stack([logits[:, self._labels.columns(label)].logsumexp(-1) for label in classes], dim=-1)

        offsets = text_offsets(self._model, text, max_length=self._max_length)
        return TextScores(
            model=self._model,
            rows=[ids],
            log_probabilities=log_probabilities,
            owners=words_of_tokens(offsets, words, 0),
            n_words=len(words),
            read_at=[len(ids) - 1 if reads_last_token(self._model) else 0],
        )

    def variant(self, change: WeightVariant, *, head_seed: int | None) -> "HeadClassifier":  # noqa: ARG002 - the head is part of the model
        """Return the head of a changed model."""
        return HeadClassifier(without_cache(self._engine), change(self._model), self._labels)

    def _row(self, text: Text) -> Row:
        return text_row(self._model, text, max_length=self._max_length)

    def _scores(self, texts: Sequence[Text]) -> list[Float32Array]:
        rows = [self._row(text) for text in texts]
        return self._engine.ask(self._model, rows, _text_reader, kind="classes", work="classifying")

    def _matrix(self, logits: Sequence[Float32Array]) -> FloatArray:
        return np.array(logits, dtype=np.float64).reshape(-1, len(self._model.labels))

    def _classify(self, logits: Sequence[Float32Array]) -> FloatArray:
        return self._labels.of(scipy.special.log_softmax(self._matrix(logits), axis=1))


class HeadTagger:
    """Tagger by a model's head at the first token of each word; words without a token get a uniform distribution."""

    def __init__(self, engine: Engine, model: LoadedModel, labels: LabelMap) -> None:
        self._engine = engine
        self._model = model
        self._labels = labels

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tags."""
        return self._labels.names

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """Return the log-probabilities of the tags of each word, by sentence."""
        encoded = [words_rows(self._model, words) for words in sentences]
        rows = [row for parts in encoded for row, _ in parts]
        logits = iter(self._engine.ask(self._model, rows, _word_reader, kind="tags", work="tagging"))
        return [
            self._tag(parts, [next(logits) for _ in parts], len(words))
            for parts, words in zip(encoded, sentences, strict=True)
        ]

    def answer(self, words: Sequence[str]) -> FloatArray:
        """Return the log-probabilities of the tags of one sentence, computed without the cache."""
        parts = words_rows(self._model, words)
        logits = self._engine.run(self._model, [row for row, _ in parts], _word_reader, work="tagging")
        return self._tag(parts, logits, len(words))

    def token_count(self, words: Sequence[str]) -> int:
        """Return the number of tokens of a sentence, special tokens included."""
        return sum(len(row.ids) for row, _ in words_rows(self._model, words))

    def parts(self, sentences: Sequence[Sequence[str]]) -> list[int]:
        """Return the number of parts that each sentence is encoded in."""
        return [len(words_rows(self._model, words)) for words in sentences]

    def word_scores(self, words: Sequence[str], places: Sequence[int]) -> TextScores:
        """Return the head's log-probabilities of the tags of some words, shape (points, places, tags)."""
        parts = words_rows(self._model, words)
        row, words_with_token = parts[0]
        if len(parts) > 1 or not set(places) <= set(words_with_token):
            raise NotMeasurableError("the sentence is tagged in parts, or a word has no token of its own")
        starts = [position for position, _ in row.reads]
        read_at = [starts[words_with_token.index(place)] for place in places]

        def log_probabilities(outputs: Sequence[Any], _masks: Sequence[torch.Tensor]) -> torch.Tensor:
            logits: torch.Tensor = outputs[0].logits.float()[:, read_at].log_softmax(-1)
            columns = [self._labels.columns(label) for label in range(len(self.labels))]
            return torch.stack([logits[..., each].logsumexp(-1) for each in columns], dim=-1)

        trailing = self._model.tokenizer.num_special_tokens_to_add(pair=False) - starts[0]
        owners: list[int | None] = [None] * len(row.ids)
        for word, start, end in zip(words_with_token, starts, [*starts[1:], len(row.ids) - trailing], strict=True):
            owners[start:end] = [word] * (end - start)
        return TextScores(
            model=self._model,
            rows=[row.ids],
            log_probabilities=log_probabilities,
            owners=owners,
            n_words=len(words),
            read_at=read_at,
        )

    def _tag(self, parts: Sequence[tuple[Row, list[int]]], logits: Sequence[Float32Array], n_words: int) -> FloatArray:
        words = [word for _, positions in parts for word in positions]
        rows = np.concatenate(logits, dtype=np.float64).reshape(-1, len(self._model.labels))
        answers = np.full((n_words, len(self.labels)), -np.log(len(self.labels)))
        answers[words] = self._labels.of(scipy.special.log_softmax(rows, axis=1))
        return answers


class HeadChooser:
    """Chooser that scores each choice together with its question by a model's head."""

    def __init__(self, engine: Engine, model: LoadedModel) -> None:
        self._engine = engine
        self._model = model
        self._max_length = min(model.max_length, int(model.tokenizer.model_max_length))

    def scores(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[FloatArray]:
        """Return the scores of the choices of each question."""
        rows = [row for question, choices in questions for row in self._rows(question, choices)]
        logits = self._engine.ask(self._model, rows, _choice_reader, kind="choices", work="choosing")
        scores = np.array(logits, dtype=np.float64).reshape(-1)
        ends = np.cumsum([len(choices) for _, choices in questions])
        return list(np.split(scores, ends[:-1])) if len(questions) else []

    def answer(self, question: str, choices: Sequence[str]) -> FloatArray:
        """Return the scores of the choices of one question, computed without the cache."""
        logits = self._engine.run(self._model, self._rows(question, choices), _choice_reader, work="choosing")
        return np.array(logits, dtype=np.float64).reshape(-1)

    def token_count(self, question: str, choices: Sequence[str]) -> int:
        """Return the number of tokens of a question with each of its choices, special tokens included."""
        return sum(len(row.ids) for row in self._rows(question, choices))

    def _rows(self, question: str, choices: Sequence[str]) -> list[Row]:
        return [text_row(self._model, (question, choice), max_length=self._max_length) for choice in choices]


def _text_reader(model: LoadedModel) -> Forward[Float32Array]:
    end = end_token(model.module)

    def read(batch: Batch) -> list[Float32Array]:
        logits = class_logits(model.module, inputs_of(batch), end)
        return list(logits.float().cpu().numpy())

    return read


def _word_reader(model: LoadedModel) -> Forward[Float32Array]:
    def read(batch: Batch) -> list[Float32Array]:
        logits = model.module(**inputs_of(batch)).logits.float().cpu().numpy()
        return [
            logits[line, [position for position, _ in row.reads]].reshape(-1) for line, row in enumerate(batch.rows)
        ]

    return read


def _choice_reader(model: LoadedModel) -> Forward[Float32Array]:
    def read(batch: Batch) -> list[Float32Array]:
        inputs = {name: tensor.unsqueeze(1) for name, tensor in inputs_of(batch).items()}
        return list(model.module(**inputs).logits.float().cpu().numpy())

    return read
