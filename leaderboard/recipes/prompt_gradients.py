"""PromptAttributor: word attributions of a prompted causal model by its gradients."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.local.engine.attribution import gradient_times_input, sum_by_word, words_of_tokens
from leaderboard.backends.local.engine.tokenisation import encode_pairs
from leaderboard.backends.local.model import on_this_machine
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.recipes.prompt_classifier import PromptClassifier, render_prompt


class PromptAttributor(PromptClassifier):
    """Prompt classifier with word attributions, for models on this machine."""

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Return the gradient × input of each word, through the log-likelihoods of all choices.

        The text before the prompt is treated as fixed, also where it depends on the text.
        """
        text = " ".join(words)
        beginning = self._before(text)
        context = beginning + render_prompt(self._prompt, text)
        pairs = encode_pairs(self._weights, [(context, choice) for choice in self._prompt.choices])
        rows = [[*before, *after] for before, after in pairs]

        def log_probability(output: object, _mask: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = output.logits.float().log_softmax(-1)  # type: ignore[attr-defined]
            totals = [
                logits[index, len(before) - 1 : len(before) + len(after) - 1]
                .gather(-1, torch.tensor(after, device=logits.device)[:, None])
                .sum()
                for index, (before, after) in enumerate(pairs)
            ]
            return torch.stack(totals).log_softmax(0)[label]

        saliency = gradient_times_input(self._weights, rows, log_probability, headless=False)
        stripped = context.rstrip()  # the space at its end belongs to the choices
        offsets = self._weights.tokenizer(
            stripped, add_special_tokens=False, return_offsets_mapping=True
        ).offset_mapping
        bos_tokens = len(pairs[0][0]) - len(offsets)  # BOS, where the tokenizer puts one
        owners = [*[None] * bos_tokens, *words_of_tokens(offsets, words, len(beginning) + self._text_start)]
        # The choices share the context's tokens; only its own belong to words of the text.
        shared = min(len(owners), *(len(before) for before, _ in pairs))
        contributions = np.sum([row[:shared] for row in saliency], axis=0)
        return sum_by_word(contributions, owners[:shared], len(words))

    @property
    def _weights(self) -> LoadedModel:
        return on_this_machine(self._model).loaded

    @cached_property
    def _text_start(self) -> int:
        """Return the position of the text in the rendered prompt, which is the same for every text."""
        marker = "\x00"
        return render_prompt(self._prompt, marker).index(marker)
