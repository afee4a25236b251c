"""PromptAttributor: word attributions of a prompted model by its gradients."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from leaderboard.backends.classifiers import joined_words
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.attribution import words_of_tokens
from leaderboard.backends.local.engine.classifier_variants import ClassifierVariants, WeightVariant, without_cache
from leaderboard.backends.local.engine.text_scores import TextScores
from leaderboard.backends.local.engine.tokenisation import Tokens, encode_apart, encode_pairs
from leaderboard.backends.local.engine.word_attribution import WordAttribution
from leaderboard.backends.local.model import LocalModel, on_this_machine
from leaderboard.backends.local.models.encoder_decoder import decoder_start
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.recipes.prompt_classifier import PromptClassifier, render_prompt


@dataclass(frozen=True)
class _Rows:
    """Rows of tokens that score the choices behind one context.

    Attributes:
        read: tokens whose gradients are computed, one row a choice.
        decoded: tokens that a decoder reads for each choice; empty for a causal model.
        choices: tokens of each choice.
        starts: index of the logits of the first token of each choice.
        shared: number of tokens of the context in all rows.
        before: number of special tokens before the context.
        lost: number of tokens of the context that were cut on the left.
    """

    read: Sequence[Tokens]
    decoded: Sequence[Tokens]
    choices: Sequence[Tokens]
    starts: Sequence[int]
    shared: int
    before: int
    lost: int = 0


def _rows(model: LoadedModel, context: str, choices: Sequence[str]) -> _Rows:
    requests = [(context, choice) for choice in choices]
    plain = len(model.tokenizer.encode(context.rstrip(), add_special_tokens=False))
    start = decoder_start(model.module) if model.kind is ModelKind.ENCODER_DECODER else None
    if start is None:
        pairs = encode_pairs(model, requests)
        starts = [len(before) - 1 for before, _ in pairs]
        read = [(*before, *after) for before, after in pairs]
        shared = min(len(before) for before, _ in pairs)
        return _Rows(read, (), [after for _, after in pairs], starts, shared, len(pairs[0][0]) - plain)
    pairs = encode_apart(model, requests)
    whole, tokens = pairs[0][0], [after for _, after in pairs]
    read, decoded = [whole[-model.max_length :]] * len(pairs), [(start, *after[:-1]) for after in tokens]
    before = len(model.beginning) if len(whole) > plain else 0
    lost = len(whole) - len(read[0])
    return _Rows(read, decoded, tokens, [0] * len(pairs), len(read[0]), before, lost)


class PromptAttributor(WordAttribution, ClassifierVariants, PromptClassifier):
    """Prompt classifier with word attributions, for models on this machine."""

    def text_scores(self, words: Sequence[str]) -> TextScores:
        """Return the log-probabilities of the choices as a function of the embeddings of their prompts.

        The text before the prompt is treated as fixed, also where it depends on the text.
        """
        text = joined_words(words)
        beginning = self._before(text)
        context = beginning + render_prompt(self._prompt, text)
        rows = _rows(self._weights, context, self._prompt.choices)

        def log_probabilities(outputs: Sequence[Any], _masks: Sequence[torch.Tensor]) -> torch.Tensor:
            totals = [_likelihood(*each) for each in zip(outputs, rows.starts, rows.choices, strict=True)]
            return torch.stack(totals, dim=-1).log_softmax(-1)

        stripped = context.rstrip()  # the space at its end belongs to the choices
        offsets = self._weights.tokenizer(
            stripped, add_special_tokens=False, return_offsets_mapping=True
        ).offset_mapping
        owners = [*[None] * rows.before, *words_of_tokens(offsets, words, len(beginning) + self._text_start)]
        # The choices share the context's tokens; only its own belong to words of the text.
        shared = owners[rows.lost :][: rows.shared]
        lost = [owner for owner in owners[: rows.lost] if owner is not None]
        return TextScores(
            model=self._weights,
            rows=rows.read,
            log_probabilities=log_probabilities,
            owners=shared,
            n_words=len(words),
            read_at=[len(shared) - 1],
            decoded=rows.decoded,
            first_word=max(lost, default=-1) + 1,
        )

    def variant(self, change: WeightVariant, *, head_seed: int | None) -> "PromptAttributor":  # noqa: ARG002 - it has no head of its own
        """Return the same prompts of a changed model."""
        model = on_this_machine(self._model)
        changed = LocalModel(without_cache(model.engine), change(model.loaded))
        return PromptAttributor(
            changed, self._prompt, self._labels, beginning=self._beginning, beginning_for=self._beginning_for
        )

    @property
    def _weights(self) -> LoadedModel:
        return on_this_machine(self._model).loaded

    @cached_property
    def _text_start(self) -> int:
        """Return the position of the text in the rendered prompt, which is the same for every text."""
        marker = "\x00"
        return render_prompt(self._prompt, marker).index(marker)


def _likelihood(output: Any, start: int, choice: Tokens) -> torch.Tensor:
    """Return the log-likelihood of a choice whose first token is predicted at `start`: shape (points,)."""
    logits: torch.Tensor = output.logits.float()[:, start : start + len(choice)].log_softmax(-1)
    tokens = torch.tensor(choice, device=logits.device).expand(len(logits), -1)
    return logits.gather(-1, tokens[..., None])[..., 0].sum(-1)
