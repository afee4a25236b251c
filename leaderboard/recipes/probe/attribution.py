"""Probe on a body whose weights are on this machine: attributes answers to words, and answers with dropout left on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import joined_words
from leaderboard.backends.hidden_states import Pooling
from leaderboard.backends.local.capabilities import LocalHiddenStates
from leaderboard.backends.local.engine.attribution import words_of_tokens
from leaderboard.backends.local.engine.classifier_variants import ClassifierVariants, WeightVariant, without_cache
from leaderboard.backends.local.engine.text_scores import TextScores
from leaderboard.backends.local.engine.word_attribution import WordAttribution
from leaderboard.backends.local.model import LocalModel
from leaderboard.data.examples import Text
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.probe.classifier import ProbeClassifier
from leaderboard.training.dropout_passes import dropout_passes
from leaderboard.training.linear_head import Head


class AttributingProbe(WordAttribution, ClassifierVariants, ProbeClassifier):
    """Probe classifier that attributes its answers to the words of a text, and can answer with dropout left on."""

    def __init__(self, recipe: Probe, model: LocalModel, head: Head, labels: tuple[str, ...]) -> None:
        states = LocalHiddenStates(model.engine, model.loaded)
        super().__init__(recipe, states, head, labels)
        self._engine = model.engine
        self._model = model.loaded
        self._features = states.features(recipe.layer, recipe.pooling, recipe.max_length)

    def text_scores(self, words: Sequence[str]) -> TextScores:
        """Return the probe's log-probabilities as a function of the embeddings that its body reads."""
        text = joined_words(words)
        ids = self._features.tokens(text)
        weight = torch.tensor(self._head.weight, device=self._model.device, dtype=torch.float32)
        bias = torch.tensor(self._head.bias, device=self._model.device, dtype=torch.float32)

        def log_probabilities(outputs: Sequence[Any], masks: Sequence[torch.Tensor]) -> torch.Tensor:
            pooled = self._features.pooled(outputs[0], masks[0]).float()
            if self._head.unit:
                pooled = torch.nn.functional.normalize(pooled, dim=-1)
            return (pooled @ weight.T + bias).log_softmax(-1)

        return TextScores(
            model=self._model,
            rows=[ids],
            log_probabilities=log_probabilities,
            owners=words_of_tokens(self._features.offsets(text), words, 0),
            n_words=len(words),
            read_at=_READ_AT[self._recipe.pooling](len(ids)),
            headless=True,
            every_layer=self._features.every_layer,
        )

    def variant(self, change: WeightVariant, *, head_seed: int | None) -> "AttributingProbe":
        """Return a probe of a changed body, with its own head or a random one."""
        head = self._head if head_seed is None else self._head.with_random_weights(head_seed)
        body = LocalModel(without_cache(self._engine), change(self._model))
        return AttributingProbe(self._recipe, body, head, self._labels)

    def dropout_log_probabilities(self, texts: Sequence[Text], *, passes: int, seed: int) -> FloatArray:
        """Return log-probabilities with the body's dropout left on, shape (passes, texts, classes).

        The features are kept, since the body is frozen: the next head on it needs no pass over the same texts.
        """
        reader = self._recipe.layer, self._recipe.pooling, self._recipe.max_length
        of_model = self._engine.features.setdefault(self._model.module, {})
        kept = of_model.setdefault(("dropout", passes, seed, *reader), {})
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        if new:
            samples = dropout_passes(
                self._model, self._features.rows(new), self._features.reader, passes=passes, seed=seed
            )
            kept.update(zip(new, np.stack([np.array(sample) for sample in samples], axis=1), strict=True))
        inputs = np.array([kept[text] for text in texts], dtype=np.float64)
        return np.array([self._classify(inputs[:, number]) for number in range(passes)])


_READ_AT: Mapping[Pooling, Callable[[int], Sequence[int]]] = {
    Pooling.MEAN: range,
    Pooling.FIRST: lambda _length: [0],
    Pooling.LAST: lambda length: [length - 1],
}
"""Tokens whose states are pooled, by the number of tokens."""
