"""Probe: a frozen body with a trained linear head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy
import torch

from leaderboard.data.examples import Example, TextExample
from leaderboard.engine.attribution import gradient_times_input, sum_by_word, words_of_tokens
from leaderboard.engine.engine import Engine
from leaderboard.engine.features import Features, pool
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.subject import Subject, Training
from leaderboard.recipes.head import Head, fit_head
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.recipe import Recipe
from leaderboard.settings import cache_folder
from leaderboard.tasks import Task

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Probe(Recipe):
    """Logistic regression on mean-pooled features, its strength of regularisation chosen by cross-validation.

    Attributes:
        max_length: tokens read of each text.
        strengths: values of C (inverse L2 penalty) to choose from.
        folds: of the inner cross-validation.
    """

    name: str = field(init=False, default=RecipeName.PROBE.value)
    max_length: int = 128
    strengths: tuple[float, ...] = (0.001, 0.01, 0.1, 1.0, 10.0)
    folds: int = 5

    def prepare(
        self, model: LoadedModel, task: Task, splits: Mapping[str, Sequence[Example]], engine: Engine, *, key: str
    ) -> Subject:
        """Train a head on `train`, and one of the same form on `search` as the reference of membership attacks.

        Raises:
            NotMeasurableError: when the task has no labelled training data.
        """
        if task.data is None or not task.trains:
            raise NotMeasurableError(f"task '{task.name}' has no labelled training data for a probe")
        labels = task.data.labels
        features = Features(engine, model, max_length=self.max_length)
        members = _labelled(splits["train"])
        folder = cache_folder() / "heads"
        head = self._head(folder / f"{key}.safetensors", features, members, len(labels))
        training = None
        if "nonmembers" in splits and "search" in splits:
            others = _labelled(splits["search"])
            reference = self._head(folder / f"{key}-reference.safetensors", features, others, len(labels))
            training = Training(
                members, _labelled(splits["nonmembers"]), ProbeClassifier(model, features, reference, labels)
            )
        return Subject(model, ProbeClassifier(model, features, head, labels), training)

    def _head(self, path: Path, features: Features, examples: Sequence[TextExample], classes: int) -> Head:
        if (known := Head.load(path)) is not None:
            return known
        truth = np.array([example.label for example in examples], dtype=np.intp)
        inputs = features.of([example.text for example in examples], what="features for the probe")
        head = fit_head(inputs, truth, classes, strengths=self.strengths, folds=self.folds, seed=self.seed)
        head.save(path)
        return head


class ProbeClassifier:
    """A linear head over the features of a frozen body."""

    def __init__(self, model: LoadedModel, features: Features, head: Head, labels: tuple[str, ...]) -> None:
        self._model = model
        self._features = features
        self._head = head
        self._labels = labels

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._labels

    def log_probabilities(self, texts: Sequence[str]) -> FloatArray:
        """See `models.subject.Classifier`."""
        return self._classify(self._features.of(texts, what="classifying"))

    def answer(self, text: str) -> FloatArray:
        """See `models.subject.Classifier`."""
        answer: FloatArray = self._classify(np.asarray(self._features.compute([text]), dtype=np.float64))[0]
        return answer

    def token_count(self, text: str) -> int:
        """Tokens of the text, special tokens included."""
        return len(self._features.tokens(text))

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """See `models.subject.Classifier`."""
        text = " ".join(words)
        ids = self._features.tokens(text)
        weight = torch.tensor(self._head.weight, device=self._model.device, dtype=torch.float32)
        bias = torch.tensor(self._head.bias, device=self._model.device, dtype=torch.float32)

        def log_probability(output: Any, mask: torch.Tensor) -> torch.Tensor:
            pooled = pool(output.last_hidden_state.float(), mask)[0]
            return (weight @ pooled + bias).log_softmax(0)[label]

        (saliency,) = gradient_times_input(self._model, [ids], log_probability, headless=True)
        offsets = self._model.tokenizer(text, return_offsets_mapping=True).offset_mapping[: len(ids)]
        return sum_by_word(saliency, words_of_tokens(offsets, words, 0), len(words))

    def _classify(self, inputs: FloatArray) -> FloatArray:
        answers: FloatArray = scipy.special.log_softmax(inputs @ self._head.weight.T + self._head.bias, axis=1)
        return answers


def _labelled(examples: Sequence[Example]) -> list[TextExample]:
    return [example for example in examples if isinstance(example, TextExample) and example.label is not None]
