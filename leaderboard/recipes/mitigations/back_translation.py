"""Back-translation: into another language and back, which says the same in other words (Sennrich et al. 2016).

The two translators are encoder-decoders that need nothing but the text, such as the Marian models of OPUS-MT.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from leaderboard.engine.answers import Float32Array
from leaderboard.engine.batching import Batch, Row
from leaderboard.engine.engine import Engine
from leaderboard.errors import RequestError
from leaderboard.models.loaded import LoadedModel, ModelKind

_LONGER = 2
_ROOM = 16
"""A translation has at most so many times the tokens of its text, and so many more: what is longer goes in circles."""


def back_translated(texts: Sequence[str], there: LoadedModel, back: LoadedModel, engine: Engine) -> list[str | None]:
    """Each text after both translators; None where it came back as it was, or empty.

    What was translated before is remembered with the engine's answers.

    Raises:
        RequestError: when one of the models is no translator.
    """
    again = translated(translated(texts, there, engine), back, engine)
    return [None if new in {"", text} else new for text, new in zip(texts, again, strict=True)]


def translated(texts: Sequence[str], model: LoadedModel, engine: Engine) -> list[str]:
    """The likeliest word each time (greedy search), in batches.

    Raises:
        RequestError: when the model is no translator.
    """
    if model.kind is not ModelKind.TRANSLATOR:
        raise RequestError(f"recipe.translators: {model.name} is no translator but a {model.kind} model")
    if not texts:  # tokenizers take no empty list
        return []
    known = model.tokenizer(list(texts), truncation=True, max_length=model.max_length)["input_ids"]
    rows = [Row(tuple(ids)) for ids in known]
    answers = engine.ask(model, rows, _writer, kind="translation", what=f"translating with {model.name}")
    return [
        str(model.tokenizer.decode(answer.astype(int).tolist(), skip_special_tokens=True)).strip() for answer in answers
    ]


def _writer(model: LoadedModel) -> Callable[[Batch], list[Float32Array]]:
    module: Any = model.module
    end = module.generation_config.eos_token_id

    def write(batch: Batch) -> list[Float32Array]:
        room = _LONGER * batch.input_ids.shape[1] + _ROOM
        written = module.generate(
            input_ids=batch.input_ids.to(model.device),
            attention_mask=batch.attention_mask.to(model.device),
            max_new_tokens=min(room, model.max_length - 1),
            do_sample=False,
            num_beams=1,
            use_cache=True,
        )[:, 1:]  # without the token that starts the decoder
        return [
            _ended(tokens, end)[: _LONGER * len(row.ids) + _ROOM]
            for tokens, row in zip(written.cpu().numpy().astype(np.float32), batch.rows, strict=True)
        ]

    return write


def _ended(tokens: Float32Array, end: int | list[int] | None) -> Float32Array:
    """The tokens before the first that ends a text; behind it stands what fills the batch."""
    places = np.flatnonzero(np.isin(tokens, [] if end is None else end))
    return tokens[: places[0]] if len(places) else tokens
