"""Interfaces of text generation and of chat templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from leaderboard.errors import RequestError


@dataclass(frozen=True, slots=True)
class Sampling:
    """Decoding parameters of text generation.

    Attributes:
        max_new_tokens: Largest number of tokens generated after a prompt.
        until: Stop strings: the text ends before the first of them; the end-of-sequence token always ends it.
        temperature: 0 is greedy decoding; above 0 samples from the softmax of logits / temperature.
        seed: Seed of the sampling; another seed gives another sample of the same prompt.
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


class Generator(Protocol):
    """A generator of text."""

    def generate(self, prompts: Sequence[str], sampling: Sampling, *, work: str = "writing") -> list[str]:
        """Generate the continuation of each prompt, in the order of the prompts.

        Args:
            prompts: The prompts.
            sampling: Decoding parameters.
            work: Name of the work, for the progress display.

        Raises:
            NotMeasurableError: If the model cannot generate that many tokens, or not with these parameters.
        """


class Chat(Protocol):
    """The chat format that a model was trained on."""

    def template(self, name: str | None = None) -> str:
        """Return the chat template, or the one of that name.

        Raises:
            NotMeasurableError: when the model has none.
        """

    def render(self, messages: Sequence[Mapping[str, str]], *, add_generation_prompt: bool = True) -> str:
        """Render a conversation of messages with a `role` and a `content` as one prompt.

        A template without a system role gets the conversation without system messages.

        Raises:
            NotMeasurableError: when the model has no template, or one that fails or is beyond a limit.
        """
