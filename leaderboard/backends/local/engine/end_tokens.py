"""Classifiers of encoder-decoders, which read a text at its last end-of-sequence token.

Their code in `transformers` takes the same number of such tokens in all rows of a batch. A text in which the token is
written out, or a pair of texts beside a single one, has more.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.encoder_decoder import is_encoder_decoder
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import NotMeasurableError


def ended(model: LoadedModel, row: Sequence[int]) -> list[int]:
    """Return a row of a trial, with an end where the model classifies by it."""
    end = getattr(model.module.config, "eos_token_id", None)
    if model.kind is not ModelKind.CLASSIFIER or not is_encoder_decoder(model.module) or not isinstance(end, int):
        return list(row)
    return [*row[:-1], end]


def class_logits(module: Any, inputs: Mapping[str, torch.Tensor], config: Any) -> torch.Tensor:
    """Return the logits of a head, shape (rows, ...); rows with as many end tokens are computed together.

    Args:
        module: a model with a head, or what wraps it.
        inputs: of the model, padded on the right.
        config: of the model.

    Raises:
        NotMeasurableError: for a row without an end, which its tokenizer has to put.
    """
    end = getattr(config, "eos_token_id", None)
    if not getattr(config, "is_encoder_decoder", False) or not isinstance(end, int):
        return _logits(module, inputs)
    ends = ((inputs["input_ids"] == end) & inputs["attention_mask"].bool()).sum(-1).flatten()
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
