"""Classifiers of encoder-decoders, which read a text at its last end-of-sequence token.

Their code in `transformers` takes the same number of such tokens in all rows of a batch. A text in which the token is
written out, or a pair of texts beside a single one, has more.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import NotMeasurableError


def ended(model: LoadedModel, row: Sequence[int]) -> list[int]:
    """Return a row of a trial, with an end where the model classifies by it."""
    end = end_token(model.module) if model.kind is ModelKind.CLASSIFIER else None
    return list(row) if end is None else [*row[:-1], end]


def end_token(module: torch.nn.Module) -> int | None:
    """Return the token at which a head reads a text; None for one that reads its first token, or each.

    Args:
        module: a model with a head, or what wraps it.
    """
    config: Any = getattr(module, "config", None)
    # A tagger of such a family has the encoder alone.
    decodes = any(name.endswith("decoder") for name, _ in module.named_modules())
    if not (decodes and getattr(config, "is_encoder_decoder", False)):
        return None
    end = getattr(config, "eos_token_id", None)
    return end if isinstance(end, int) else None


def class_logits(module: Any, inputs: Mapping[str, torch.Tensor], end: int | None) -> torch.Tensor:
    """Return the logits of a head, shape (rows, ...); rows with as many end tokens are computed together.

    Args:
        module: a model with a head, or what wraps it.
        inputs: of the model, padded on the right.
        end: from `end_token`.

    Raises:
        NotMeasurableError: for a row without an end, which its tokenizer has to put.
    """
    if end is None:
        return _logits(module, inputs)
    ends = ((inputs["input_ids"] == end) & inputs["attention_mask"].bool()).sum(-1)
    numbers = torch.unique(ends).tolist()
    if 0 in numbers:
        raise NotMeasurableError(
            "the head of an encoder-decoder reads a text at its end-of-sequence token, which its tokenizer does not put"
        )
    if len(numbers) == 1:
        return _logits(module, inputs)
    parts = [torch.nonzero(ends == number).flatten() for number in numbers]
    logits = [_logits(module, {name: tensor[part] for name, tensor in inputs.items()}) for part in parts]
    return torch.cat(logits)[torch.argsort(torch.cat(parts))]


def _logits(module: Any, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
    logits: torch.Tensor = module(**inputs).logits
    return logits
