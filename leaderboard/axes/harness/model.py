"""Harness model: a subject as a model of lm-evaluation-harness."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.models.utils import normalize_gen_kwargs

from leaderboard.backends.generation import Sampling
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest

MAX_NEW_TOKENS = 256
"""Limit of generated tokens where a task sets none: the default of lm-evaluation-harness."""

_SUPPORTED = frozenset({"until", "max_gen_toks", "temperature", "do_sample"})
_SAMPLING_ONLY = frozenset({"top_p", "top_k", "min_p", "typical_p"})
"""Settings without effect on greedy decoding."""


class HarnessModel(LM):  # type: ignore[misc]  # lm-evaluation-harness is untyped
    """Model of lm-evaluation-harness that answers requests by a subject, as `HFLM` does for a causal model."""

    def __init__(self, subject: Subject, *, seed: int = 0) -> None:
        """Wrap a subject.

        Args:
            subject: subject with log-likelihoods, generation, or both.
            seed: seed of sampling, for tasks with a temperature.
        """
        super().__init__()
        self._subject = subject
        self._seed = seed

    def loglikelihood(self, requests: Sequence[Instance]) -> list[tuple[float, bool]]:
        """Return (log-likelihood in nats, whether greedy decoding generates it) of each (context, continuation)."""
        scores = self._subject.likelihood().token_scores([request.args for request in requests], work="choosing")
        return [(float(score.logprobs.sum(dtype=np.float64)), bool(score.greedy.all())) for score in scores]

    def loglikelihood_rolling(self, requests: Sequence[Instance]) -> list[float]:
        """Return the log-likelihood of each whole text, in nats."""
        texts = [request.args[0] for request in requests]
        return [float(total) for total in self._subject.likelihood().whole_texts(texts)]

    def generate_until(self, requests: Sequence[Instance]) -> list[str]:
        """Generate a continuation of each context, up to the task's stop strings.

        Raises:
            NotMeasurableError: for a decoding method that no backend supports.
        """
        # A repeated request is another draw with another seed; greedy decoding gives the same text.
        draws: Counter[str] = Counter()
        prompts_by_sampling: dict[Sampling, list[tuple[int, str]]] = defaultdict(list)
        for index, request in enumerate(requests):
            context, settings = request.args
            key = json.dumps([context, settings], sort_keys=True, default=str)
            prompts_by_sampling[self._sampling(settings, draws[key])].append((index, context))
            draws[key] += 1
        texts_by_index: dict[int, str] = {}
        for sampling, prompts in prompts_by_sampling.items():
            texts = self._subject.generator().generate([context for _, context in prompts], sampling)
            texts_by_index |= dict(zip((index for index, _ in prompts), texts, strict=True))
        return [texts_by_index[index] for index in range(len(requests))]

    def _sampling(self, settings: Mapping[str, Any], draw: int) -> Sampling:
        options = normalize_gen_kwargs(dict(settings), MAX_NEW_TOKENS)
        temperature = float(options["temperature"]) if options.get("do_sample") else 0.0
        ignored = _SUPPORTED | (frozenset() if temperature else _SAMPLING_ONLY)
        others = {key: value for key, value in options.items() if key not in ignored and not _is_default(key, value)}
        if others:
            unsupported = ", ".join(f"{key}={value}" for key, value in sorted(others.items()))
            raise NotMeasurableError(f"the task decodes with {unsupported}, which this engine does not offer")
        return Sampling(
            max_new_tokens=int(options["max_gen_toks"]),
            until=tuple(options["until"]),
            temperature=temperature,
            seed=self._seed + draw if temperature else 0,
        )

    @property
    def tokenizer_name(self) -> str:
        """Identity of the model, whose tokenizer prompts depend on."""
        return self._subject.model.identity

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        """Return the model's chat template, or None where none is requested.

        Raises:
            NotMeasurableError: when the model has none.
        """
        if chat_template is False:
            return None
        return self._subject.chat().template(chat_template if isinstance(chat_template, str) else None)

    @property
    def chat_template_digest(self) -> str:
        """Digest of the model's chat template."""
        return digest(self.chat_template(chat_template=True))

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """Render a conversation as one prompt, without the system role where the template does not support it.

        Raises:
            NotMeasurableError: when the model has no template, or one that fails or exceeds a limit.
        """
        return self._subject.chat().render(chat_history, add_generation_prompt=add_generation_prompt)


def _is_default(key: str, value: Any) -> bool:
    """Return whether a decoding setting has its default value."""
    return value is None or value == {"num_beams": 1, "repetition_penalty": 1.0, "use_cache": True}.get(key, ...)
