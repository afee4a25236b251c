"""Log-probabilities at some positions of a masked model, computing only what those positions need.

Behind the last attention nothing looks at other positions. The rest of the last layer, the transform of the head and
the vocabulary projection can then run on the few masked positions alone, which gives the same numbers. For BERT-tiny
and sentences of 16 tokens that is one ninth of the arithmetic, for six layers of 384 units under half.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch.nn.functional import cross_entropy, linear

from leaderboard.backends.local.engine.batching import Batch
from leaderboard.backends.local.models.loaded_model import LoadedModel

SAMPLE = "The quick brown fox jumps over the lazy dog, and then it sleeps in the sun."
FLOAT32_TOLERANCE = 1e-5
HALF_TOLERANCE = 2e-2
"""Relative to the largest logit. Other shapes round otherwise; another computation is off by far more."""
WORDS_AT_ONCE = 1024
"""Logits of so many words stay in a core's cache until they are summed: BERT-tiny reads 5 to 15 % more rows a second
than with all words at once, and no batch needs memory for rows times vocabulary."""


class Readout:
    """Reads log-probabilities off one model, selecting positions as early as it allows.

    Architectures differ in how their modules are cut, so the place is found by trial on two rows of unequal length: of
    the modules of the last layer and of the head, in the order of their definition, the first that may see the read
    positions alone without another result.
    """

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._place: torch.nn.Module | None = None
        self._projection: torch.nn.Linear | None = None
        batch, lines, positions = _trial(model)
        whole = self._logits(batch, lines, positions)
        for place in _candidates(model):
            self._place = place
            try:
                if _same(self._logits(batch, lines, positions), whole):
                    break
            except (RuntimeError, ValueError, TypeError, IndexError):  # shapes that no longer fit: too early a place
                continue
        else:
            self._place = None
        projection = model.module.get_output_embeddings()  # type: ignore[no-untyped-call]
        if self._place is not None and type(projection) is torch.nn.Linear and projection.bias is not None:
            try:
                hidden = self._hidden(projection, batch, lines, positions)
                if _same(linear(hidden, projection.weight, projection.bias), whole):
                    self._projection = projection
            except (RuntimeError, LookupError):  # a head that multiplies with its weights itself (MobileBERT)
                self._projection = None

    def logprobs(
        self, batch: Batch, lines: torch.Tensor, positions: torch.Tensor, tokens: torch.Tensor
    ) -> torch.Tensor:
        """Return the log-probability of each token at its (line, position): float32, shape (len(tokens),)."""
        if self._projection is None:
            return -cross_entropy(self._logits(batch, lines, positions).float(), tokens, reduction="none")
        hidden = self._hidden(self._projection, batch, lines, positions)
        weight, bias = self._projection.weight, self._projection.bias
        slices = zip(torch.split(weight, WORDS_AT_ONCE), torch.split(bias, WORDS_AT_ONCE), strict=True)
        totals = [linear(hidden, some, shift).float().logsumexp(-1) for some, shift in slices]
        own = (hidden.float() * weight[tokens].float()).sum(-1) + bias[tokens].float()
        return own - torch.stack(totals).logsumexp(0)

    def _logits(self, batch: Batch, lines: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Return the logits at each position: shape (len(lines), vocabulary)."""
        logits: torch.Tensor
        if self._place is None:
            logits = self._model.module(input_ids=batch.input_ids, attention_mask=batch.attention_mask).logits
            return logits[lines, positions]
        with _selecting(self._place, batch.input_ids.shape, lines, positions):
            logits = self._model.module(input_ids=batch.input_ids, attention_mask=batch.attention_mask).logits
        return logits.squeeze(1)

    def _hidden(
        self, projection: torch.nn.Module, batch: Batch, lines: torch.Tensor, positions: torch.Tensor
    ) -> torch.Tensor:
        """Return the input of the vocabulary projection at each position: shape (len(lines), width)."""
        held = []

        def take(_projection: torch.nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
            held.append(inputs[0])
            return (inputs[0][:0], *inputs[1:])

        with ExitStack() as hooks:
            if self._place is not None:
                hooks.enter_context(_selecting(self._place, batch.input_ids.shape, lines, positions))
            hooks.callback(projection.register_forward_pre_hook(take).remove)
            self._model.module(input_ids=batch.input_ids, attention_mask=batch.attention_mask)
        hidden: torch.Tensor = held[0]
        return hidden.squeeze(1)


def _trial(model: LoadedModel) -> tuple[Batch, torch.Tensor, torch.Tensor]:
    """Return a batch of two rows, and three positions in it."""
    tokens = model.tokenizer.encode(SAMPLE)[: model.max_length]
    ids = torch.tensor([tokens, tokens], device=model.device)
    mask = torch.ones_like(ids)
    mask[1, 1 + len(tokens) // 2 :] = 0
    lines = torch.tensor([0, 0, 1], device=model.device)
    return Batch((), (), ids, mask), lines, torch.tensor([0, len(tokens) - 1, 0], device=model.device)


def _candidates(model: LoadedModel) -> Iterator[torch.nn.Module]:
    """Yield the modules of the last layer, then those of the head."""
    stacks = [module for module in model.body.modules() if isinstance(module, torch.nn.ModuleList) and len(module)]
    if stacks:
        yield from max(stacks, key=len)[-1].modules()
    body = set(model.body.modules())
    yield from (module for module in model.module.modules() if module not in body and module is not model.module)


def _same(logits: torch.Tensor, whole: torch.Tensor) -> bool:
    tolerance = FLOAT32_TOLERANCE if whole.dtype == torch.float32 else HALF_TOLERANCE
    return logits.shape == whole.shape and bool((logits - whole).abs().max() <= tolerance * whole.abs().max())


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
