"""What every attribution method keeps to: subclass `AttributionMethodContract` in a method's own tests."""

import re
from collections.abc import Sequence

import numpy as np
import pytest

from leaderboard.arrays import FloatArray
from leaderboard.attributions.explained import Explained, WordGradients
from leaderboard.attributions.method import AttributionMethod
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.classifiers import TokenAttention, WordIntegrals
from leaderboard.docstrings import summary

_WEIGHTS = (0.5, -1.0, 3.0, 0.25, -0.75, 0.0)
_ROUNDING = 1e-3
"""Rounding error of a regression in single precision."""


class LinearText(Explained):
    """A text whose number is the sum of the weights of its words; every token is a word."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.words = [f"word{index}" for index in range(len(weights))]
        self._weights = np.array(weights)

    def scores(self, kept: Sequence[tuple[int, ...]]) -> FloatArray:
        return np.array([self._weights[list(each)].sum() + 0.3 for each in kept])

    def gradients(self) -> WordGradients:
        return WordGradients(self._weights, passes=1)

    def integrals(self) -> WordIntegrals:
        return WordIntegrals(self._weights, error=0.0, passes=18)

    def attention(self) -> TokenAttention:
        n = len(self._weights)
        return TokenAttention(np.full((2, n, n), 1 / n), (0,), tuple(range(n)), n)


class AttributionMethodContract:
    """Checks any attribution method. A subclass gives the fixture `method`, which may be parametrised."""

    @pytest.fixture
    def method(self) -> AttributionMethod:
        """The method."""
        raise NotImplementedError

    def test_it_says_what_it_does_and_whom_it_follows(self, method: AttributionMethod) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,63}", method.name)
        assert summary(type(method))
        assert method.source

    @pytest.mark.parametrize("n_words", [1, 2, 6])
    def test_it_gives_a_finite_value_to_each_unit(self, method: AttributionMethod, n_words: int) -> None:
        values = method.attribute(TextUnits(LinearText(_WEIGHTS[:n_words]), budget=64), seed=0).values
        assert values.shape == (n_words,)
        assert np.isfinite(values).all()

    @pytest.mark.parametrize("n_words", [1, 2, 6, 100])
    def test_its_cost_is_bounded(self, method: AttributionMethod, n_words: int) -> None:
        weights = np.resize(_WEIGHTS, n_words).tolist()
        text = TextUnits(LinearText(weights), budget=16)
        assert len(text) == min(n_words, 16)
        assert 1 <= method.attribute(text, seed=0).passes <= method.most_passes(len(text))

    def test_the_values_of_a_linear_model_are_its_weights(self, method: AttributionMethod) -> None:
        values = method.attribute(TextUnits(LinearText(_WEIGHTS), budget=64), seed=0).values
        if method.additive:
            assert values == pytest.approx(np.array(_WEIGHTS), abs=_ROUNDING)
        else:
            assert (values >= 0).all()

    def test_its_values_depend_on_the_seed_alone(self, method: AttributionMethod) -> None:
        first, second = (method.attribute(TextUnits(LinearText(_WEIGHTS), budget=64), seed=3) for _ in range(2))
        assert first.values.tolist() == second.values.tolist()
