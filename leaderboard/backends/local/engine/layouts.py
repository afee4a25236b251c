"""Layouts of batches: which rows may share a batch so that each is answered as if it were alone.

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

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.end_tokens import ended
from leaderboard.backends.local.engine.rounding import last_bits_changed
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.errors import NotMeasurableError

SHORT = 6
"""Tokens of the shorter of the rows that are compared."""
FLOPS = 3e10
"""Work of a first trial, half a second of one core; larger models are tested in narrower batches first."""
COST = 4
"""Tokens that a trial reads, in widths of its batch."""
NARROWEST, FIRST = 32, 512
"""Tokens: the narrowest and the widest batch of a first trial. Wider ones are tested when they are needed."""
FLOAT32_TOLERANCE = 1e-4
HALF_TOLERANCE, LARGEST_TOLERANCE = 5e-2, 0.25
"""Tolerances, as shares of the root mean square of each state. Batches of other shapes round otherwise: float32 by 1e-6
to 1e-5, half precision by more the deeper a model is, so that its tolerance is its own rounding noise, between these
two. Of 90 families those that answer otherwise beside other rows differ by .29 and more, and ProphetNet by .01 to .03.
"""
REFUSALS = (RuntimeError, ValueError, TypeError, LookupError, AssertionError, AttributeError)
"""Errors of architectures that refuse a batch."""


class Layout(StrEnum):
    """Which rows may share a batch."""

    ANY = "rows of any length"
    EQUAL = "rows of equal length"
    ALONE = "one row at a time"


class LayoutUse(StrEnum):
    """Use of rows: reading, padded on the right, or generation, padded on the left."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class LayoutTrial:
    """Result of a trial.

    Attributes:
        layout: Which rows may share a batch.
        width: Width of the widest tested batch, in tokens.
    """

    layout: Layout
    width: int


def layout_note(model: LoadedModel, layout: Layout) -> str:
    """Return a note on a layout that restricts batches; empty for `Layout.ANY`."""
    match layout:
        case Layout.ANY:
            return ""
        case Layout.EQUAL:
            return f"only rows of equal length share a batch: beside longer ones {model.name} answers otherwise"
        case Layout.ALONE:
            return f"rows are computed one at a time: in a batch {model.name} answers otherwise"


def first_width(model: LoadedModel) -> int:
    """Return the width of the first trial: a power of two, narrower for larger models."""
    parameters = sum(parameter.numel() for parameter in model.body.parameters())
    tables = [module for module in model.body.modules() if isinstance(module, torch.nn.Embedding)]
    parameters -= sum(table.weight.numel() for table in tables)  # a lookup costs nothing
    affordable = FLOPS / (2 * COST * max(parameters, 1))
    width = NARROWEST
    while 2 * width <= min(affordable, FIRST):
        width *= 2
    return min(width, model.max_length)


def cost_of(width: int) -> int:
    """Return the number of tokens that a trial of a width reads."""
    return COST * width


def width_for(model: LoadedModel, longest: int) -> int:
    """Return the width of the trial for rows of so many tokens: the next power of two, so that trials stay few."""
    width = first_width(model)
    while width < longest:
        width *= 2
    return max(longest, min(width, model.max_length))


RowAnswer = list[torch.Tensor]
"""Outputs of one row, tensors whose last axis is compared column by column."""
RowAnswers = list[RowAnswer]
_Answering = Callable[[torch.Tensor, torch.Tensor, Sequence[int]], RowAnswers]
"""Answers from token ids and attention mask, both of shape (rows, width), and the length of each row."""


def try_out(model: LoadedModel, width: int, use: LayoutUse = LayoutUse.READ) -> LayoutTrial:
    """Test which rows may share a batch of a width.

    Raises:
        NotMeasurableError: For a model that cannot read a row of tokens, or is not deterministic.
    """
    ask = _reading(model) if use is LayoutUse.READ else _writing(model)
    short, middle, long = _rows(model, width)
    with torch.inference_mode(), quietly():
        alone = [_answers(ask, [row], model, use) for row in (short, short, middle)]
        refusals = [answer for answer in alone if isinstance(answer, Exception)]
        if refusals:
            raise NotMeasurableError(f"{model.name} cannot {use} text: {_one_line(refusals[0])}")
        one, again, other = (answer[0] for answer in alone if not isinstance(answer, Exception))
        tolerance = _tolerance(model, ask, ((short, one), (middle, other)), use)
        if not _same(one, again, tolerance):
            raise NotMeasurableError(
                f"{model.name} answers the same text otherwise each time: its computation draws random numbers"
            )
        together = _answers(ask, [long, middle, short], model, use)
        if not isinstance(together, Exception) and all(map(_same, (other, one), together[1:], (tolerance, tolerance))):
            return LayoutTrial(Layout.ANY, width)
        together = _answers(ask, [short[::-1], long[:SHORT], short], model, use)
        equal = not isinstance(together, Exception) and _same(one, together[-1], tolerance)
    return LayoutTrial(Layout.EQUAL if equal else Layout.ALONE, width)


def _answers(ask: _Answering, rows: list[list[int]], model: LoadedModel, use: LayoutUse) -> RowAnswers | Exception:
    """Return the outputs of rows in one batch, or the error of a model that refuses it."""
    width = max(map(len, rows))
    ids: npt.NDArray[np.int64] = np.full((len(rows), width), model.pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    for line, row in enumerate(rows):
        # An encoder reads from the left, also before its decoder writes.
        is_left = use is LayoutUse.WRITE and model.kind is not ModelKind.ENCODER_DECODER
        place = slice(width - len(row), width) if is_left else slice(0, len(row))
        ids[line, place], mask[line, place] = ended(model, row), 1
    tokens, attention = torch.from_numpy(ids).to(model.device), torch.from_numpy(mask).to(model.device)
    try:
        return ask(tokens, attention, [len(row) for row in rows])
    except torch.OutOfMemoryError:
        raise
    except REFUSALS as error:
        return error


def _reading(model: LoadedModel) -> _Answering:
    """Return a function for the hidden states of the body, and the output of a head that reads several tokens."""
    headed = model.kind in {ModelKind.CLASSIFIER, ModelKind.CHOOSER, ModelKind.TAGGER}

    def read(ids: torch.Tensor, mask: torch.Tensor, lengths: Sequence[int]) -> RowAnswers:
        inputs = {"input_ids": ids, "attention_mask": mask}
        if model.kind is ModelKind.CHOOSER:
            inputs = {name: tensor.unsqueeze(1) for name, tensor in inputs.items()}
        if model.kind is ModelKind.ENCODER_DECODER:
            inputs["decoder_input_ids"] = ids[:, :SHORT]
        with _states_of_body(model) as states:
            output = model.module(**inputs)[0]
        by_token = [each for each in states if each.dim() > 2 and each.shape[1] == ids.shape[1]]  # noqa: PLR2004
        answers: RowAnswers = [[states[line, :length] for states in by_token] for line, length in enumerate(lengths)]
        if headed or not by_token:
            for line, length in enumerate(lengths):
                answers[line].append(output[line, :length] if output.dim() > 2 else output[line][None])  # noqa: PLR2004
        elif model.kind is ModelKind.ENCODER_DECODER:
            for line, length in enumerate(lengths):
                answers[line].append(output[line, : min(length, SHORT)])
        return answers

    return read


@contextmanager
def _states_of_body(model: LoadedModel) -> Iterator[list[torch.Tensor]]:
    """Collect the output of the body; a language model's head then gets one token only, since it costs most."""
    states: list[torch.Tensor] = []
    with ExitStack() as hooks:
        hooks.callback(model.body.register_forward_hook(lambda _body, _inputs, output: states.append(output[0])).remove)
        projection: Any = model.module.get_output_embeddings()  # type: ignore[no-untyped-call]
        if projection is not None and model.kind in {ModelKind.CAUSAL, ModelKind.MASKED}:
            first = projection.register_forward_pre_hook(lambda _head, inputs: (inputs[0][:, :1], *inputs[1:]))
            hooks.callback(first.remove)
        yield states


def _writing(model: LoadedModel) -> _Answering:
    """Return a function for the logits of the next two tokens."""

    def write(ids: torch.Tensor, mask: torch.Tensor, lengths: Sequence[int]) -> RowAnswers:
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


def _tolerance(
    model: LoadedModel, ask: _Answering, answered: Sequence[tuple[list[int], RowAnswer]], use: LayoutUse
) -> float:
    """Return the largest difference of answers that is rounding, from rows and their answers."""
    if model.dtype == torch.float32:
        return HALF_TOLERANCE if model.alteration.rounds_inputs else FLOAT32_TOLERANCE
    noise = 0.0
    for row, answer in answered:
        with last_bits_changed(model):
            changed = _answers(ask, [row], model, use)
        if not isinstance(changed, Exception):
            noise = max([noise, *map(_difference, answer, changed[0])])
    return min(LARGEST_TOLERANCE, max(HALF_TOLERANCE, noise))


def _same(alone: RowAnswer, beside: RowAnswer, tolerance: float) -> bool:
    """Return whether all outputs are equal up to rounding, each column relative to its size."""
    return len(alone) == len(beside) and all(
        one.shape == other.shape and _difference(one, other) <= tolerance
        for one, other in zip(alone, beside, strict=True)
    )


def _difference(one: torch.Tensor, other: torch.Tensor) -> float:
    """Return the root mean square over columns of their largest difference, relative to the column's size."""
    first, second = (tensor.double().flatten(0, -2).nan_to_num() for tensor in (one, other))
    size = first.square().mean(0).sqrt()
    # A column that is 0 by chance is measured by the others.
    size = size + 0.1 * size.square().mean().sqrt() + torch.finfo(torch.float32).tiny
    return float(((first - second).abs().amax(0) / size).square().mean().sqrt())


def _rows(model: LoadedModel, width: int) -> tuple[list[int], list[int], list[int]]:
    """Return random rows of ordinary tokens: a short one, one of half the width, and one of the width."""
    special = {*model.tokenizer.all_special_ids, model.pad_id}
    vocabulary = min(len(model.tokenizer), model.embedded_tokens or len(model.tokenizer))
    ordinary = np.array([token for token in range(vocabulary) if token not in special] or [0])
    lengths = [max(1, min(SHORT, width - 1)), max(1, width // 2), max(2, width)]
    drawn = np.random.default_rng(0).choice(ordinary, sum(lengths)).tolist()
    return drawn[: lengths[0]], drawn[lengths[0] : -lengths[2]], drawn[-lengths[2] :]


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
