"""Our engine as a model of lm-evaluation-harness, so that any of its tasks runs on it."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import numpy as np
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.models.utils import normalize_gen_kwargs

from leaderboard.engine.engine import Engine
from leaderboard.engine.generation import Sampling, generate
from leaderboard.engine.rolling import rolling_loglikelihoods
from leaderboard.engine.scoring import score_tokens
from leaderboard.engine.tokens import encode_pairs
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest
from leaderboard.models.loaded import LoadedModel

MAX_NEW_TOKENS = 256
"""Where a task does not say how much may be written: lm-evaluation-harness's own default."""

_SAID = frozenset({"until", "max_gen_toks", "temperature", "do_sample"})
_OF_SAMPLING = frozenset({"top_p", "top_k", "min_p", "typical_p"})
"""Settings that say nothing where the likeliest token is always taken."""


class HarnessModel(LM):  # type: ignore[misc]  # lm-evaluation-harness is untyped
    """Answers what lm-evaluation-harness asks of a causal model, as its `HFLM` does."""

    def __init__(self, engine: Engine, model: LoadedModel, *, seed: int = 0) -> None:
        """Wrap a model.

        Args:
            engine: spends the forward passes.
            model: a causal language model.
            seed: of sampling, for tasks that ask for a temperature.
        """
        super().__init__()
        self._engine = engine
        self._model = model
        self._seed = seed

    def loglikelihood(self, requests: Sequence[Instance]) -> list[tuple[float, bool]]:
        """(log-likelihood in nats, whether greedy decoding would write it) of each (context, continuation)."""
        pairs = encode_pairs(self._model, [request.args for request in requests])
        scores = score_tokens(self._engine, self._model, pairs, what="choosing")
        return [(float(score.logprobs.sum(dtype=np.float64)), bool(score.greedy.all())) for score in scores]

    def loglikelihood_rolling(self, requests: Sequence[Instance]) -> list[float]:
        """Log-likelihood of each whole text, in nats."""
        texts = [request.args[0] for request in requests]
        return [float(total) for total in rolling_loglikelihoods(self._engine, self._model, texts)]

    def generate_until(self, requests: Sequence[Instance]) -> list[str]:
        """What is written behind each context, up to the task's stop strings.

        Raises:
            NotMeasurableError: for a way of decoding that the engine does not have.
        """
        # The same request again is another draw of it, so it gets another seed; drawing nothing, it is the same.
        drawn: Counter[str] = Counter()
        alike: dict[Sampling, list[tuple[int, str]]] = defaultdict(list)
        for index, request in enumerate(requests):
            context, settings = request.args
            key = json.dumps([context, settings], sort_keys=True, default=str)
            alike[self._sampling(settings, drawn[key])].append((index, context))
            drawn[key] += 1
        written: dict[int, str] = {}
        for sampling, asked in alike.items():
            texts = generate(self._engine, self._model, [context for _, context in asked], sampling)
            written |= dict(zip((index for index, _ in asked), texts, strict=True))
        return [written[index] for index in range(len(requests))]

    def _sampling(self, settings: Mapping[str, Any], draw: int) -> Sampling:
        said = normalize_gen_kwargs(dict(settings), MAX_NEW_TOKENS)
        temperature = float(said["temperature"]) if said.get("do_sample") else 0.0
        ignored = _SAID | (frozenset() if temperature else _OF_SAMPLING)
        others = {key: value for key, value in said.items() if key not in ignored and not _says_nothing(key, value)}
        if others:
            told = ", ".join(f"{key}={value}" for key, value in sorted(others.items()))
            raise NotMeasurableError(f"the task decodes with {told}, which this engine does not offer")
        return Sampling(
            max_new_tokens=int(said["max_gen_toks"]),
            until=tuple(said["until"]),
            temperature=temperature,
            seed=self._seed + draw if temperature else 0,
        )

    @property
    def tokenizer_name(self) -> str:
        """What prompts depend on: the tokenizer, told by the model it came with."""
        return self._model.identity

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        """The model's chat template, or None where none is asked for.

        Raises:
            NotMeasurableError: when the model has none.
        """
        if chat_template is False:
            return None
        try:
            template: str = self._model.tokenizer.get_chat_template(
                chat_template if isinstance(chat_template, str) else None
            )
        except ValueError:
            raise NotMeasurableError(f"{self._model.name} has no chat template") from None
        return template

    @property
    def chat_template_digest(self) -> str:
        """Digest of the model's chat template."""
        return digest(self.chat_template(chat_template=True))

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """The conversation as one prompt; a template that knows no system role gets the conversation without it."""
        self.chat_template(chat_template=True)
        try:
            return self._render(chat_history, add_generation_prompt)
        except jinja2.TemplateError:
            told = [message for message in chat_history if message["role"] != "system"]
            return self._render(told, add_generation_prompt)

    def _render(self, messages: list[dict[str, str]], add_generation_prompt: bool) -> str:
        rendered = self._model.tokenizer.apply_chat_template(
            messages,
            tokenize=False,
            add_generation_prompt=add_generation_prompt,
            continue_final_message=not add_generation_prompt,
        )
        return str(rendered)


def _says_nothing(key: str, value: Any) -> bool:
    """Whether a decoding setting asks for what happens anyway."""
    return value is None or value == {"num_beams": 1, "repetition_penalty": 1.0, "use_cache": True}.get(key, ...)
