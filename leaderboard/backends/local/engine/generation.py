"""Text generation of causal models and encoder-decoders, greedy or sampled, independent of other rows of a batch."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from transformers import LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from leaderboard.backends.generation import Sampling
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.answer_cache import answer_key
from leaderboard.backends.local.engine.batching import Batch, Row
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.layouts import LayoutUse
from leaderboard.backends.local.engine.tokenisation import Tokens, encode, encode_whole, prefix_token
from leaderboard.backends.local.models.encoder_decoder import decoder_length
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.cache.answer_file import Float32Array
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest

_KIND_LENGTH = 16


def generate(
    engine: Engine, model: LoadedModel, prompts: Sequence[str], sampling: Sampling, *, work: str = "writing"
) -> list[str]:
    """Generate the continuation of each prompt, as lm-evaluation-harness does with Hugging Face models.

    A prompt too long to leave room for the new tokens is cut on the left; one without tokens is the BOS (else EOS)
    token. An encoder reads a prompt with all special tokens, and needs no room for what its decoder writes. Equal
    prompts are answered once.

    Raises:
        NotMeasurableError: If the new tokens leave no room for a prompt, or are more than the decoder reads.
    """
    room, encodes = sampling.max_new_tokens, model.kind is ModelKind.ENCODER_DECODER
    if room >= (decoder_length(model.module, model.max_length) if encodes else model.max_length):
        raise NotMeasurableError(
            f"{model.name} reads {model.max_length} tokens, too few to write {room} behind a prompt"
        )
    # The budget of a batch counts the tokens of its rows, so a row has its room in it.
    longest = model.max_length - (0 if encodes else room)
    rows = [
        Row((tokens or (prefix_token(model),))[-longest:] + (0,) * room, cut=len(tokens) > longest)
        for tokens in (encode_whole if encodes else encode)(model, prompts)
    ]
    kind = digest(["written", asdict(sampling)])[:_KIND_LENGTH]
    stops = _stops(model, sampling)
    answers = engine.ask(
        model, rows, lambda copy: _Writer(copy, sampling, stops), kind=kind, work=work, use=LayoutUse.WRITE
    )
    return [_text(model, answer.astype(int).tolist(), stops) for answer in answers]


def _stops(model: LoadedModel, sampling: Sampling) -> tuple[str, ...]:
    """Return the stop strings, EOS last, without empty ones, which would end every text before it starts."""
    end = model.tokenizer.eos_token_id
    written = [] if end is None else [str(model.tokenizer.decode([end]))]
    return tuple(dict.fromkeys(stop for stop in (*sampling.until, *written) if stop))


def _text(model: LoadedModel, tokens: list[int], stops: Sequence[str]) -> str:
    text = str(model.tokenizer.decode(tokens, skip_special_tokens=True))
    for stop in stops:
        text = text.split(stop, maxsplit=1)[0]
    return text


class _Writer:
    """The forward function that returns the generated tokens of each row."""

    def __init__(self, model: LoadedModel, sampling: Sampling, stops: Sequence[str]) -> None:
        self._model = model
        self._sampling = sampling
        self._stops = stops

    def __call__(self, batch: Batch) -> list[Float32Array]:
        prompts = [row.ids[: -self._sampling.max_new_tokens] for row in batch.rows]
        longest = max(map(len, prompts))
        pad = self._model.pad_id  # fills shorter prompts and finished texts; masked
        encodes = self._model.kind is ModelKind.ENCODER_DECODER
        begin = 1 if encodes else longest  # what is written follows the prompt, or the token that starts a decoder
        ids = torch.tensor([_filled(prompt, [pad] * (longest - len(prompt)), encodes) for prompt in prompts])
        mask = torch.tensor([_filled([1] * len(prompt), [0] * (longest - len(prompt)), encodes) for prompt in prompts])
        ends = _Ends(self._model, self._stops, len(prompts), begin)
        module: Any = self._model.module
        with quietly():
            written = module.generate(
                ids.to(self._model.device),
                attention_mask=mask.to(self._model.device),
                max_new_tokens=self._sampling.max_new_tokens,
                num_beams=1,
                do_sample=False,  # whose draws would depend on the other rows
                logits_processor=LogitsProcessorList(
                    [_Draws(prompts, self._sampling, self._model.device)] if self._sampling.temperature else []
                ),
                stopping_criteria=StoppingCriteriaList([ends]),
                pad_token_id=pad,
                use_cache=True,
            )[:, begin:]
        return [
            tokens[:end].astype(np.float32) for tokens, end in zip(written.cpu().numpy(), ends.lengths(), strict=True)
        ]


def _filled(tokens: Sequence[int], padding: Sequence[int], encodes: bool) -> list[int]:
    """Return a row of full width: an encoder reads from the left, and a causal model writes on at the right."""
    return [*tokens, *padding] if encodes else [*padding, *tokens]


class _Ends(StoppingCriteria):
    """Stopping criterion that ends each row after an end-of-sequence token or a stop string, however tokenised."""

    def __init__(self, model: LoadedModel, stops: Sequence[str], rows: int, start: int) -> None:
        ends = model.module.generation_config.eos_token_id
        self._end_tokens = {ends} if isinstance(ends, int) else set(ends or ())
        self._tokenizer = model.tokenizer
        self._stops = stops
        self._start = start
        # No token is less than a byte. One more, since some tokenizers drop a space at the beginning of a text.
        self._tail = max((len(stop.encode()) for stop in stops), default=0) + 1
        self._lengths: list[int | None] = [None] * rows

    def lengths(self) -> list[int | None]:
        """Return the number of tokens of each text; None for one that has not ended."""
        return self._lengths

    def __call__(self, input_ids: torch.Tensor, _scores: Any, **_: Any) -> torch.Tensor:
        """Return which rows have ended, shape (rows,)."""
        written = input_ids.shape[1] - self._start
        tails = input_ids[:, self._start :][:, -self._tail :].tolist()
        for row, tail in enumerate(tails):
            if self._lengths[row] is None and self._ended(tail):
                self._lengths[row] = written
        return torch.tensor([length is not None for length in self._lengths], device=input_ids.device)

    def _ended(self, tail: list[int]) -> bool:
        if tail[-1] in self._end_tokens:
            return True
        text = str(self._tokenizer.decode(tail))
        return any(stop in text for stop in self._stops)


class _Draws(LogitsProcessor):
    """Logits processor that adds Gumbel noise to each row, so that the largest logit is a sample; seeded by the prompt.

    The Gumbel-max trick (Maddison et al. 2014). Other batches round logits otherwise: here that turns a draw only where
    two tokens nearly tie, while cumulative probabilities of a large vocabulary lie so dense that it would turn many.
    """

    def __init__(self, prompts: Sequence[Tokens], sampling: Sampling, device: torch.device) -> None:
        self._temperature = sampling.temperature
        self._random = [torch.Generator(device).manual_seed(_seed(prompt, sampling.seed)) for prompt in prompts]

    def __call__(self, _input_ids: Any, scores: torch.Tensor) -> torch.Tensor:
        """Return noisy scores, shape (rows, vocabulary)."""
        noise = torch.empty_like(scores, dtype=torch.float64)
        for row, random in zip(noise, self._random, strict=True):
            row.exponential_(generator=random)
        return scores.double() / self._temperature - noise.log_()


def _seed(prompt: Tokens, seed: int) -> int:
    return (int.from_bytes(answer_key("prompt", prompt)[:8]) + seed) % 2**64
