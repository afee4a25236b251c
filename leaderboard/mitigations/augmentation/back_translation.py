"""Back-translation: into another language and back, which paraphrases a text (Sennrich et al. 2016).

The two translators are encoder-decoders that need nothing but the text, such as the Marian models of OPUS-MT.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from leaderboard.backends.local.engine.batching import Batch, Row
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.cache.answer_file import Float32Array
from leaderboard.mitigations.augmentation.translators import check_translator

_LENGTH_FACTOR = 2
_EXTRA_TOKENS = 16
"""A translation has at most `_LENGTH_FACTOR` times the tokens of its text plus `_EXTRA_TOKENS`."""


def back_translate(
    texts: Sequence[str], forward: LoadedModel, backward: LoadedModel, engine: Engine
) -> list[str | None]:
    """Translate each text into another language and back; None where the result is the text itself, or empty.

    Earlier translations are read from the cache of the engine's answers.

    Raises:
        RequestError: when one of the models is not a translator.
    """
    translations = translate(translate(texts, forward, engine), backward, engine)
    pairs = zip(texts, translations, strict=True)
    return [None if translation in {"", text} else translation for text, translation in pairs]


def translate(texts: Sequence[str], model: LoadedModel, engine: Engine) -> list[str]:
    """Translate texts in batches by greedy search.

    Raises:
        RequestError: when the model is not a translator.
    """
    check_translator(model)
    if not texts:  # tokenizers take no empty list
        return []
    encoded = model.tokenizer(list(texts), truncation=True, max_length=model.max_length)["input_ids"]
    rows = [Row(tuple(ids)) for ids in encoded]
    answers = engine.ask(model, rows, _writer, kind="translation", work=f"translating with {model.name}")
    return [
        str(model.tokenizer.decode(answer.astype(int).tolist(), skip_special_tokens=True)).strip() for answer in answers
    ]


def _writer(model: LoadedModel) -> Callable[[Batch], list[Float32Array]]:
    module: Any = model.module
    end = module.generation_config.eos_token_id

    def write(batch: Batch) -> list[Float32Array]:
        limit = _LENGTH_FACTOR * batch.input_ids.shape[1] + _EXTRA_TOKENS
        generated = module.generate(
            input_ids=batch.input_ids.to(model.device),
            attention_mask=batch.attention_mask.to(model.device),
            max_new_tokens=min(limit, model.max_length - 1),
            do_sample=False,
            num_beams=1,
            use_cache=True,
        )[:, 1:]  # without the token that starts the decoder
        return [
            _until_end(tokens, end)[: _LENGTH_FACTOR * len(row.ids) + _EXTRA_TOKENS]
            for tokens, row in zip(generated.cpu().numpy().astype(np.float32), batch.rows, strict=True)
        ]

    return write


def _until_end(tokens: Float32Array, end: int | list[int] | None) -> Float32Array:
    """Return the tokens before the end of the text; after it comes padding."""
    places = np.flatnonzero(np.isin(tokens, [] if end is None else end))
    return tokens[: places[0]] if len(places) else tokens
