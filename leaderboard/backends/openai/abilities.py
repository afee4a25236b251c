"""Kinds of answers that a server gives, and the reasons for those that it does not give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from leaderboard.backends.capability import Capability


class LikelihoodSource(StrEnum):
    """Way in which a server gives the log-probabilities of tokens of a prompt."""

    ECHO = "echo"
    PROMPT_LOGPROBS = "prompt_logprobs"
    FORCED_TOKENS = "forced_tokens"


class WritingSource(StrEnum):
    """Endpoint of a server that writes text."""

    COMPLETIONS = "completions"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Abilities:
    """Results of the requests that try what a server can do.

    Attributes:
        likelihood: how it gives log-probabilities of a text; None where it does not.
        writing: endpoint that writes text; None where there is none.
        answering_model: name of the model in its answers; empty where they have none.
        beginning: texts of the special tokens that the server puts before every text.
        first_token: token that starts a text without context, where the server names it.
        refusals: for each capability that is missing, what was tried and what the server answered.
    """

    likelihood: LikelihoodSource | None = None
    writing: WritingSource | None = None
    answering_model: str = ""
    beginning: tuple[str, ...] = ()
    first_token: str = ""
    refusals: Mapping[Capability, str] = field(default_factory=dict)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities that follow."""
        able = {
            Capability.LOGLIKELIHOOD: self.likelihood,
            Capability.GENERATE: self.writing,
            Capability.STREAM: self.writing,
        }
        return frozenset(capability for capability, source in able.items() if source is not None)

    @property
    def identity(self) -> dict[str, str | None]:
        """Ways of asking, which change numbers in their last digits, JSON-like."""
        return {"likelihood": self.likelihood, "writing": self.writing, "model": self.answering_model}
