"""Probe classifier: a linear head on the features of a frozen body."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.local.engine.attribution import gradient_times_input, sum_by_word, words_of_tokens
from leaderboard.backends.local.engine.features import Features
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.data.examples import Text
from leaderboard.training.linear_head import Head


class ProbeClassifier:
    """Classifier by a linear head on the features of a frozen body."""

    def __init__(self, model: LoadedModel, features: Features, head: Head, labels: tuple[str, ...]) -> None:
        self._model = model
        self._features = features
        self._head = head
        self._labels = labels

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-probabilities of each class, shape (texts, classes)."""
        return self._classify(self._features.of(texts, work="classifying"))

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one text, computed without the cache."""
        answer: FloatArray = self._classify(np.asarray(self._features.compute([text]), dtype=np.float64))[0]
        return answer

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of a text, special tokens included."""
        return len(self._features.tokens(text))

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Return the gradient × input of each word for the log-probability of a class."""
        text = " ".join(words)
        ids = self._features.tokens(text)
        weight = torch.tensor(self._head.weight, device=self._model.device, dtype=torch.float32)
        bias = torch.tensor(self._head.bias, device=self._model.device, dtype=torch.float32)

        def log_probability(output: Any, mask: torch.Tensor) -> torch.Tensor:
            pooled = self._features.pooled(output, mask)[0].float()
            if self._head.unit:
                pooled = torch.nn.functional.normalize(pooled, dim=0)
            return (weight @ pooled + bias).log_softmax(0)[label]

        (saliency,) = gradient_times_input(
            self._model, [ids], log_probability, headless=True, every_layer=self._features.every_layer
        )
        offsets = self._model.tokenizer(text, return_offsets_mapping=True).offset_mapping[: len(ids)]
        return sum_by_word(saliency, words_of_tokens(offsets, words, 0), len(words))

    def _classify(self, inputs: FloatArray) -> FloatArray:
        answers: FloatArray = scipy.special.log_softmax(self._head.scores(inputs), axis=1)
        return answers
