"""Text that a causal model writes: greedy or sampled, the same whatever else is in the batch."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from transformers import LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from leaderboard.engine.answers import Float32Array, question
from leaderboard.engine.batching import Batch, Row
from leaderboard.engine.engine import Engine
from leaderboard.engine.layouts import Use
from leaderboard.engine.tokens import Tokens, encode, prefix_token
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.identity import digest
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.quiet import quietly

_KIND_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Sampling:
    """How text is written.

    Attributes:
        max_new_tokens: most tokens that are written behind a prompt.
        until: the text ends before the first of these; the end-of-sequence token always ends it.
        temperature: 0 takes the likeliest token each time; above 0 draws from the softmax of logits / temperature.
        seed: of the draws; another seed gives another sample of the same prompt.
    """

    max_new_tokens: int
    until: tuple[str, ...] = ()
    temperature: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise RequestError(f"max_new_tokens {self.max_new_tokens}: a text has at least 1 token")
        if not 0 <= self.temperature < float("inf"):
            raise RequestError(f"temperature {self.temperature}: must be 0 (the likeliest token) or more")


def generate(
    engine: Engine, model: LoadedModel, prompts: Sequence[str], sampling: Sampling, *, what: str = "writing"
) -> list[str]:
    """What the model writes behind each prompt, as lm-evaluation-harness has its Hugging Face models write it.

    A prompt too long to leave room for the new tokens is cut on the left; one without tokens is the BOS (else EOS)
    token. Equal prompts are answered once.

    Raises:
        NotMeasurableError: when the model reads no more tokens than it shall write.
    """
    room = sampling.max_new_tokens
    if room >= model.max_length:
        raise NotMeasurableError(
            f"{model.name} reads {model.max_length} tokens, too few to write {room} behind a prompt"
        )
    # The budget of a batch counts the tokens of its rows, so a row has its room in it.
    longest = model.max_length - room
    rows = [
        Row((tokens or (prefix_token(model),))[-longest:] + (0,) * room, cut=len(tokens) > longest)
        for tokens in encode(model, prompts)
    ]
    kind = digest(["written", asdict(sampling)])[:_KIND_LENGTH]
    stops = _stops(model, sampling)
    answers = engine.ask(model, rows, lambda copy: _Writer(copy, sampling, stops), kind=kind, what=what, use=Use.WRITE)
    return [_text(model, answer.astype(int).tolist(), stops) for answer in answers]


def _stops(model: LoadedModel, sampling: Sampling) -> tuple[str, ...]:
    """Strings that end a text, EOS last; an empty string would end every text before it began."""
    end = model.tokenizer.eos_token_id
    written = [] if end is None else [str(model.tokenizer.decode([end]))]
    return tuple(dict.fromkeys(stop for stop in (*sampling.until, *written) if stop))


def _text(model: LoadedModel, tokens: list[int], stops: Sequence[str]) -> str:
    text = str(model.tokenizer.decode(tokens, skip_special_tokens=True))
    for stop in stops:
        text = text.split(stop, maxsplit=1)[0]
    return text


class _Writer:
    """The forward function: for each row, the tokens that are written behind its prompt."""

    def __init__(self, model: LoadedModel, sampling: Sampling, stops: Sequence[str]) -> None:
        self._model = model
        self._sampling = sampling
        self._stops = stops

    def __call__(self, batch: Batch) -> list[Float32Array]:
        prompts = [row.ids[: -self._sampling.max_new_tokens] for row in batch.rows]
        longest = max(map(len, prompts))
        pad = self._model.pad_id  # stands before shorter prompts and behind finished texts; nobody looks at it
        ids = torch.tensor([[pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
        mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        ends = _Ends(self._model, self._stops, len(prompts), longest)
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
            )[:, longest:]
        return [
            tokens[:end].astype(np.float32) for tokens, end in zip(written.cpu().numpy(), ends.lengths(), strict=True)
        ]


class _Ends(StoppingCriteria):
    """Finds where each row ends: behind an end-of-sequence token or a stop string, whatever tokens make it up."""

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
        """Tokens of each text; None for one that was still going on."""
        return self._lengths

    def __call__(self, input_ids: torch.Tensor, _scores: Any, **_: Any) -> torch.Tensor:
        """Shape (rows,): which of them ended, now or before."""
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
    """Adds to each row's logits the noise under which the largest is a draw, from random numbers of the prompt's own.

    The Gumbel-max trick (Maddison et al. 2014). Other batches round logits otherwise: here that turns a draw only where
    two tokens nearly tie, while cumulative probabilities of a large vocabulary lie so dense that it would turn many.
    """

    def __init__(self, prompts: Sequence[Tokens], sampling: Sampling, device: torch.device) -> None:
        self._temperature = sampling.temperature
        self._random = [torch.Generator(device).manual_seed(_seed(prompt, sampling.seed)) for prompt in prompts]

    def __call__(self, _input_ids: Any, scores: torch.Tensor) -> torch.Tensor:
        """Shape (rows, vocabulary) of both."""
        noise = torch.empty_like(scores, dtype=torch.float64)
        for row, random in zip(noise, self._random, strict=True):
            row.exponential_(generator=random)
        return scores.double() / self._temperature - noise.log_()


def _seed(prompt: Tokens, seed: int) -> int:
    return (int.from_bytes(question("prompt", prompt)[:8]) + seed) % 2**64
