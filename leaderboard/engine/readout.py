"""Readout: the place in a masked model behind which only the positions that are read need computing.

Behind the last attention nothing looks at other positions. The rest of the last layer, the transform of the head and
the vocabulary projection can then run on the few masked positions alone, which gives the same numbers. For BERT-tiny
and sentences of 16 tokens that is one eighth of the arithmetic, for six layers of 384 units under half.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from leaderboard.engine.batching import Batch
from leaderboard.models.loaded import LoadedModel

SAMPLE = "The quick brown fox jumps over the lazy dog, and then it sleeps in the sun."
FLOAT32_TOLERANCE = 1e-5
HALF_TOLERANCE = 2e-2
"""Relative to the largest logit. Other shapes round otherwise; another computation is off by far more."""


class Readout:
    """Runs a model for the logits at some positions, selecting them as early as this model allows."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._place = _earliest_place(model)

    def logits(self, batch: Batch, lines: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Logits at each (line, position) of a batch: shape (len(lines), vocabulary)."""
        return _logits(self._model, self._place, batch, lines, positions)


def _earliest_place(model: LoadedModel) -> torch.nn.Module | None:
    """The first module, from the last layer on, that may see the read positions alone; None where there is none.

    Found by trial on two rows of unequal length, for architectures differ in how their modules are cut; the order of
    definition is the order of computation in all but name.
    """
    ids = torch.tensor([model.tokenizer.encode(SAMPLE)[: model.max_length]], device=model.device).repeat(2, 1)
    mask = torch.ones_like(ids)
    mask[1, ids.shape[1] // 2 :] = 0
    lines, positions = torch.tensor([0, 0, 1], device=model.device), torch.tensor([1, 2, 1], device=model.device)
    if ids.shape[1] < 4:  # noqa: PLR2004 - the second row has a position 1
        return None
    batch = Batch((), (), ids, mask)
    whole = _logits(model, None, batch, lines, positions)
    tolerance = FLOAT32_TOLERANCE if model.dtype == torch.float32 else HALF_TOLERANCE
    for place in _candidates(model):
        try:
            selected = _logits(model, place, batch, lines, positions)
        except (RuntimeError, ValueError, TypeError, IndexError):  # shapes that no longer fit: too early a place
            continue
        if selected.shape == whole.shape and (selected - whole).abs().max() <= tolerance * whole.abs().max():
            return place
    return None


def _candidates(model: LoadedModel) -> Iterator[torch.nn.Module]:
    """Modules of the last layer, then those of the head."""
    stacks = [module for module in model.body.modules() if isinstance(module, torch.nn.ModuleList) and len(module)]
    if stacks:
        yield from max(stacks, key=len)[-1].modules()
    body = set(model.body.modules())
    yield from (module for module in model.module.modules() if module not in body and module is not model.module)


def _logits(
    model: LoadedModel, place: torch.nn.Module | None, batch: Batch, lines: torch.Tensor, positions: torch.Tensor
) -> torch.Tensor:
    logits: torch.Tensor
    if place is None:
        logits = model.module(input_ids=batch.input_ids, attention_mask=batch.attention_mask).logits
        return logits[lines, positions]
    with _selecting(place, batch.input_ids.shape, lines, positions):
        logits = model.module(input_ids=batch.input_ids, attention_mask=batch.attention_mask).logits
    return logits.squeeze(1)


@contextmanager
def _selecting(
    place: torch.nn.Module, shape: torch.Size, lines: torch.Tensor, positions: torch.Tensor
) -> Iterator[None]:
    """Make a module see each selected position as a line of its own, of length 1."""

    def select(value: Any) -> Any:
        if isinstance(value, torch.Tensor) and value.dim() == len(shape) + 1 and value.shape[:2] == shape:
            return value[lines, positions].unsqueeze(1)
        return value

    def select_all(_place: torch.nn.Module, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return tuple(map(select, values)), {name: select(value) for name, value in named.items()}

    hook = place.register_forward_pre_hook(select_all, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()
