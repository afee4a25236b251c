"""Layouts: how rows may stand in a batch so that each is answered as if it stood alone.

An answer must not depend on what else is in a batch, on padding or on the width of a batch. Most architectures see to
that with an attention mask. Some mix what is padded into what is not (Fourier transforms, convolutions, pooling), take
the last place of a batch for the end of each text, or attend otherwise where a batch is wide. Nobody can list them all,
so every model is tried before its first batch: a short row alone, and the same beside a longer one, as wide as the
batches will be.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from leaderboard.errors import NotMeasurableError
from leaderboard.models.alteration import Quantisation
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.models.quiet import quietly

SHORT = 6
"""Tokens of the shorter of the rows that are compared."""
FLOPS = 3e10
"""Work of a first trial, half a second of one core; models that are larger are tried in narrower batches first."""
COST = 4
"""What a trial reads, in widths of its batch."""
NARROWEST, FIRST = 32, 512
"""Tokens: the narrowest and the widest batch of a first trial. Wider ones are tried when they are needed."""
FLOAT32_TOLERANCE = 1e-4
HALF_TOLERANCE = 5e-2
"""Of the root mean square of each state. Batches of other shapes round otherwise: float32 by 1e-6 to 1e-5."""
REFUSALS = (RuntimeError, ValueError, TypeError, LookupError, AssertionError, AttributeError)
"""What architectures raise that refuse a batch."""


class Layout(StrEnum):
    """Which rows may stand in one batch."""

    ANY = "rows of any length"
    EQUAL = "rows of equal length"
    ALONE = "one row at a time"


class Use(StrEnum):
    """What a model is asked to do with rows: read them, padded on the right, or go on writing, padded on the left."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial gave.

    Attributes:
        layout: which rows may stand in one batch.
        width: of the widest batch that was tried, in tokens.
    """

    layout: Layout
    width: int


def note_of(model: LoadedModel, layout: Layout) -> str:
    """What a reader must know of a layout that is not the ordinary one; empty for the ordinary one."""
    match layout:
        case Layout.ANY:
            return ""
        case Layout.EQUAL:
            return f"only rows of equal length share a batch: beside longer ones {model.name} answers otherwise"
        case Layout.ALONE:
            return f"rows are computed one at a time: in a batch {model.name} answers otherwise"


def first_width(model: LoadedModel) -> int:
    """How wide a batch is tried first: a power of two, narrower for larger models."""
    parameters = sum(parameter.numel() for parameter in model.body.parameters())
    tables = [module for module in model.body.modules() if isinstance(module, torch.nn.Embedding)]
    parameters -= sum(table.weight.numel() for table in tables)  # which cost nothing to look up
    affordable = FLOPS / (2 * COST * max(parameters, 1))
    width = NARROWEST
    while 2 * width <= min(affordable, FIRST):
        width *= 2
    return min(width, model.max_length)


def cost_of(width: int) -> int:
    """Tokens that a trial of a width reads."""
    return COST * width


def width_for(model: LoadedModel, longest: int) -> int:
    """How wide a batch is tried for rows of so many tokens: the next power of two, so that trials stay few."""
    width = first_width(model)
    while width < longest:
        width *= 2
    return max(longest, min(width, model.max_length))


Answers = list[list[torch.Tensor]]
"""For each row what was read off it, in one or several tensors whose last axis is compared column by column."""
_Asked = Callable[[torch.Tensor, torch.Tensor, Sequence[int]], Answers]
"""Answers from token ids and attention mask, both of shape (rows, width), and the length of each row."""


def try_out(model: LoadedModel, width: int, use: Use = Use.READ) -> Tried:
    """Find out which rows may stand in one batch of a width.

    Raises:
        NotMeasurableError: for a model that cannot read a row of tokens, or answers the same row otherwise each time.
    """
    ask = _reading(model) if use is Use.READ else _writing(model)
    short, middle, long = _rows(model, width)
    with torch.inference_mode(), quietly():
        alone = [_answers(ask, [row], model, use) for row in (short, short, middle)]
        refusals = [answer for answer in alone if isinstance(answer, Exception)]
        if refusals:
            raise NotMeasurableError(f"{model.name} cannot {use} text: {_told(refusals[0])}")
        one, again, other = (answer[0] for answer in alone if not isinstance(answer, Exception))
        if not _same(one, again, model):
            raise NotMeasurableError(
                f"{model.name} answers the same text otherwise each time: its computation draws random numbers"
            )
        together = _answers(ask, [long, middle, short], model, use)
        if not isinstance(together, Exception) and all(map(_same, (other, one), together[1:], (model, model))):
            return Tried(Layout.ANY, width)
        together = _answers(ask, [short[::-1], long[:SHORT], short], model, use)
        equal = not isinstance(together, Exception) and _same(one, together[-1], model)
    return Tried(Layout.EQUAL if equal else Layout.ALONE, width)


def _answers(ask: _Asked, rows: list[list[int]], model: LoadedModel, use: Use) -> Answers | Exception:
    """What is answered for rows in one batch, or why it was refused."""
    width = max(map(len, rows))
    ids: npt.NDArray[np.int64] = np.full((len(rows), width), model.pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    for line, row in enumerate(rows):
        place = slice(0, len(row)) if use is Use.READ else slice(width - len(row), width)
        ids[line, place], mask[line, place] = row, 1
    tokens, seen = torch.from_numpy(ids).to(model.device), torch.from_numpy(mask).to(model.device)
    try:
        return ask(tokens, seen, [len(row) for row in rows])
    except torch.OutOfMemoryError:
        raise
    except REFUSALS as error:
        return error


def _reading(model: LoadedModel) -> _Asked:
    """Hidden states behind the body, and what a head says that may look at more than the state of one token."""
    headed = model.kind in {ModelKind.CLASSIFIER, ModelKind.CHOOSER, ModelKind.TAGGER}

    def read(ids: torch.Tensor, mask: torch.Tensor, lengths: Sequence[int]) -> Answers:
        inputs = {"input_ids": ids, "attention_mask": mask}
        if model.kind is ModelKind.CHOOSER:
            inputs = {name: tensor.unsqueeze(1) for name, tensor in inputs.items()}
        with _states_of_body(model) as states:
            output = model.module(**inputs)[0]
        by_token = [each for each in states if each.dim() > 2 and each.shape[1] == ids.shape[1]]  # noqa: PLR2004
        answers: Answers = [[states[line, :length] for states in by_token] for line, length in enumerate(lengths)]
        if headed or not by_token:
            for line, length in enumerate(lengths):
                answers[line].append(output[line, :length] if output.dim() > 2 else output[line][None])  # noqa: PLR2004
        return answers

    return read


@contextmanager
def _states_of_body(model: LoadedModel) -> Iterator[list[torch.Tensor]]:
    """Collects what the body hands on; a language model's head then sees one token alone, since it costs most."""
    states: list[torch.Tensor] = []
    with ExitStack() as hooks:
        hooks.callback(model.body.register_forward_hook(lambda _body, _inputs, output: states.append(output[0])).remove)
        projection: Any = model.module.get_output_embeddings()  # type: ignore[no-untyped-call]
        if projection is not None and model.kind in {ModelKind.CAUSAL, ModelKind.MASKED}:
            first = projection.register_forward_pre_hook(lambda _head, inputs: (inputs[0][:, :1], *inputs[1:]))
            hooks.callback(first.remove)
        yield states


def _writing(model: LoadedModel) -> _Asked:
    """Logits of the next two tokens."""

    def write(ids: torch.Tensor, mask: torch.Tensor, lengths: Sequence[int]) -> Answers:
        module: Any = model.module
        written = module.generate(
            ids,
            attention_mask=mask,
            max_new_tokens=2,
            min_new_tokens=2,
            num_beams=1,
            do_sample=False,
            pad_token_id=model.pad_id,
            use_cache=True,
            return_dict_in_generate=True,
            output_logits=True,
        )
        return [[torch.stack([step[line] for step in written.logits])] for line in range(len(lengths))]

    return write


def _same(alone: Sequence[torch.Tensor], beside: Sequence[torch.Tensor], model: LoadedModel) -> bool:
    """Whether all answers are the same but for rounding, each column measured by how large it is."""
    coarse = model.dtype != torch.float32 or model.alteration.quantise is Quantisation.INT8_DYNAMIC
    tolerance = HALF_TOLERANCE if coarse else FLOAT32_TOLERANCE
    return len(alone) == len(beside) and all(
        one.shape == other.shape and _difference(one, other) <= tolerance
        for one, other in zip(alone, beside, strict=True)
    )


def _difference(one: torch.Tensor, other: torch.Tensor) -> float:
    """Root mean square over columns of their largest difference, each relative to the column's own size."""
    first, second = (tensor.double().flatten(0, -2).nan_to_num() for tensor in (one, other))
    size = first.square().mean(0).sqrt()
    # A column that is 0 by chance is measured by the others.
    size = size + 0.1 * size.square().mean().sqrt() + torch.finfo(torch.float32).tiny
    return float(((first - second).abs().amax(0) / size).square().mean().sqrt())


def _rows(model: LoadedModel, width: int) -> tuple[list[int], list[int], list[int]]:
    """A short row, one half as long as the batch is wide, and one as long: ordinary tokens, drawn."""
    special = {*model.tokenizer.all_special_ids, model.pad_id}
    known = min(len(model.tokenizer), model.embedded_tokens or len(model.tokenizer))
    ordinary = np.array([token for token in range(known) if token not in special] or [0])
    lengths = [max(1, min(SHORT, width - 1)), max(1, width // 2), max(2, width)]
    drawn = np.random.default_rng(0).choice(ordinary, sum(lengths)).tolist()
    return drawn[: lengths[0]], drawn[lengths[0] : -lengths[2]], drawn[-lengths[2] :]


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
