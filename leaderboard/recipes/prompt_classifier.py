"""PromptClassifier: classification by the likelihood of each choice as the continuation of a prompt."""

import copy
from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.backends.model import Model
from leaderboard.data.examples import Text
from leaderboard.data.template import render
from leaderboard.mitigations.label_names import join_with_or
from leaderboard.tasks import Prompt

PromptOpening = Callable[[Text], str]
"""Returns the text before the question about a text."""

BeginningOfPrompt = Callable[[Prompt], str | PromptOpening]
"""Returns the text before every question of a prompt."""


def render_prompt(prompt: Prompt, text: Text) -> str:
    """Render the prompt for a text, or for two (`second` in its template); `options` are its choices in a sentence."""
    first, second = (text, None) if isinstance(text, str) else text
    return render(prompt.template, {"text": first, "second": second, "options": join_with_or(prompt.choices)})


class PromptClassifier:
    """Classifier by log-likelihood: softmax over the log-likelihoods of the prompt's choices (Brown et al. 2020).

    `beginning` is the text before every prompt, such as solved examples; it may depend on the text. `beginning_for`
    returns that of another prompt, where it depends on the prompt.
    """

    def __init__(
        self,
        model: Model,
        prompt: Prompt,
        labels: tuple[str, ...],
        *,
        beginning: str | PromptOpening = "",
        beginning_for: BeginningOfPrompt | None = None,
    ) -> None:
        self._model = model
        self._prompt = prompt
        self._labels = labels
        self._beginning = beginning
        self._beginning_for = beginning_for

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-probabilities of each class, shape (texts, classes)."""
        return self._classify(texts, remember=True)

    def logits(self, texts: Sequence[Text]) -> FloatArray:
        """Return the log-likelihood of each choice, shape (texts, classes)."""
        return self._scores(texts, remember=True)

    def with_prompt(self, template: str, choices: Sequence[str]) -> Self:
        """Return the classifier with another prompt, and solved examples in its wording."""
        prompt = Prompt(template=template, choices=tuple(choices))
        beginning = self._beginning if self._beginning_for is None else self._beginning_for(prompt)
        return type(self)(self._model, prompt, self._labels, beginning=beginning, beginning_for=self._beginning_for)

    def answer(self, text: Text) -> FloatArray:
        """Return the log-probabilities of one text, computed without the cache."""
        answer: FloatArray = self._classify([text], remember=False)[0]
        return answer

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of the prompt and its longest choice."""
        context = self._context(text)
        return max(self._model.likelihood().token_counts([(context, choice) for choice in self._prompt.choices]))

    def with_text_before(self, text_before: PromptOpening) -> Self:
        """Return the same classifier with a further text before each question, behind its own beginning."""
        other = copy.copy(self)
        other._beginning = lambda text: self._before(text) + text_before(text)  # noqa: SLF001 - its own class
        return other

    def _classify(self, texts: Sequence[Text], *, remember: bool) -> FloatArray:
        answers: FloatArray = scipy.special.log_softmax(self._scores(texts, remember=remember), axis=1)
        return answers

    def _scores(self, texts: Sequence[Text], *, remember: bool) -> FloatArray:
        questions = [(self._context(text), self._prompt.choices) for text in texts]
        scores = self._model.likelihood().choices(questions, work="classifying", remember=remember)
        return np.reshape(scores, (len(texts), len(self._labels)))

    def _context(self, text: Text) -> str:
        return self._before(text) + render_prompt(self._prompt, text)

    def _before(self, text: Text) -> str:
        return self._beginning if isinstance(self._beginning, str) else self._beginning(text)
