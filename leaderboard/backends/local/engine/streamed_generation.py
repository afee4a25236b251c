"""Streamed generation: one text, greedily, with the moment at which each token is there."""

import time
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.tokenisation import encode, encode_whole, prefix_token
from leaderboard.backends.local.models.encoder_decoder import decoder_length
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.backends.streaming import StreamedAnswer
from leaderboard.errors import NotMeasurableError


def stream_text(model: LoadedModel, prompt: str, tokens: int) -> StreamedAnswer:
    """Write a number of tokens behind a prompt, with the time of each from the beginning of reading the prompt's text.

    The first token comes behind tokenising the prompt and one pass over it (of an encoder-decoder: encoding it, and a
    first pass of the decoder). An end of the text is not written before the last token.

    Raises:
        NotMeasurableError: when the model does not read the prompt and the new tokens; nothing is cut off.
    """
    start = time.perf_counter()
    encodes = model.kind is ModelKind.ENCODER_DECODER
    ids = (encode_whole if encodes else encode)(model, [prompt])[0] or (prefix_token(model),)
    room = decoder_length(model.module, model.max_length) - 1 if encodes else model.max_length - len(ids)
    if tokens > room or len(ids) > model.max_length:
        raise NotMeasurableError(
            f"{model.name} reads {model.max_length} tokens, too few for a prompt of {len(ids)} and {tokens} new ones"
        )
    inputs = torch.tensor([ids], device=model.device)
    arrivals = _Arrivals(start, model.device)
    module: Any = model.module
    with quietly():
        module.generate(
            inputs,
            attention_mask=torch.ones_like(inputs),
            min_new_tokens=tokens,
            max_new_tokens=tokens,
            num_beams=1,
            do_sample=False,
            stopping_criteria=StoppingCriteriaList([arrivals]),
            pad_token_id=model.pad_id,
            use_cache=True,
        )
    moments = tuple(arrivals.moments)
    return StreamedAnswer(moments, time.perf_counter() - start, len(ids), len(moments))


class _Arrivals(StoppingCriteria):
    """Stopping criterion that never stops, and notes when each token was there."""

    def __init__(self, start: float, device: torch.device) -> None:
        self._start = start
        self._device = device
        self.moments: list[float] = []

    def __call__(self, input_ids: torch.Tensor, _scores: Any, **_: Any) -> torch.Tensor:
        """Return that no row has ended, shape (rows,)."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        self.moments.append(time.perf_counter() - self._start)
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
