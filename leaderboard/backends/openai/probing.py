"""Requests that try what a server can do, sent once before anything is measured."""

from collections.abc import Callable, Mapping

from leaderboard.backends.capability import Capability
from leaderboard.backends.openai.abilities import Abilities, LikelihoodSource, WritingSource
from leaderboard.backends.openai.answer_fields import answering_model, only_choice
from leaderboard.backends.openai.connection import Connection
from leaderboard.backends.openai.forced_tokens import ForcedTokenScorer
from leaderboard.backends.openai.prompt_scores import PromptScores
from leaderboard.backends.openai.scorers import (
    EchoScorer,
    PromptLogprobScorer,
    PromptScorer,
    Scorer,
    ServedModelName,
)
from leaderboard.backends.openai.server_errors import ServerFailureError, ServerRefusalError, ServerStatusError
from leaderboard.backends.openai.writers import ChatWriter, CompletionWriter, Writer
from leaderboard.errors import NotMeasurableError

PROBE = "The film was good"
"""A text of a few tokens in every vocabulary; plain ASCII, so that every token has a text of its own."""
_LEAK = 1e-3
"""Largest difference of a log-probability between two requests that is rounding and no bias."""
_UNABLE = (ServerRefusalError, ServerStatusError, NotMeasurableError)
"""Errors that say that a server lacks an ability; any other one says nothing about it, and ends the probing."""

SCORERS: Mapping[LikelihoodSource, type[Scorer]] = {
    LikelihoodSource.ECHO: EchoScorer,
    LikelihoodSource.PROMPT_LOGPROBS: PromptLogprobScorer,
    LikelihoodSource.FORCED_TOKENS: ForcedTokenScorer,
}
WRITERS: Mapping[WritingSource, type[Writer]] = {
    WritingSource.COMPLETIONS: CompletionWriter,
    WritingSource.CHAT: ChatWriter,
}


def probe(connection: Connection, model: str) -> Abilities:
    """Try what a server can do with a model, in about six small requests.

    Args:
        connection: to the server.
        model: name of the model in requests.

    Raises:
        SourceUnavailableError: If the server cannot be reached, denies access, or fails.
    """
    name = ServedModelName(model)
    refusals: dict[Capability, str] = {}
    writing, answering = _writing(connection, name, refusals)
    likelihood, beginning, first_token = _likelihood(connection, name, refusals)
    return Abilities(likelihood, writing, answering, beginning, first_token, refusals)


def _writing(
    connection: Connection, name: ServedModelName, refusals: dict[Capability, str]
) -> tuple[WritingSource | None, str]:
    reasons = []
    for source, kind in WRITERS.items():
        try:
            answer = kind(connection, name).ask(PROBE, {"max_tokens": 1, "temperature": 0})
            kind.text(only_choice(answer, ""))
        except ServerFailureError as error:
            if not isinstance(error, ServerStatusError):
                raise
            reasons.append(f"{source}: {error}")
        except _UNABLE as error:
            reasons.append(f"{source}: {error}")
        else:
            return source, answering_model(answer)
    refusals[Capability.GENERATE] = "; ".join(reasons)
    return None, ""


def _likelihood(
    connection: Connection, name: ServedModelName, refusals: dict[Capability, str]
) -> tuple[LikelihoodSource | None, tuple[str, ...], str]:
    tries: Mapping[LikelihoodSource, Callable[[], tuple[tuple[str, ...], str]]] = {
        LikelihoodSource.ECHO: lambda: (_beginning(EchoScorer(connection, name)), ""),
        LikelihoodSource.PROMPT_LOGPROBS: lambda: (_beginning(PromptLogprobScorer(connection, name)), ""),
        LikelihoodSource.FORCED_TOKENS: lambda: _forcing(ForcedTokenScorer(connection, name)),
    }
    reasons = []
    for source, attempt in tries.items():
        try:
            beginning, first_token = attempt()
        except ServerFailureError as error:
            if not isinstance(error, ServerStatusError):
                raise
            reasons.append(f"{source}: {error}")
        except _UNABLE as error:
            reasons.append(f"{source}: {error}")
        else:
            return source, beginning, first_token
    refusals[Capability.LOGLIKELIHOOD] = "; ".join(reasons)
    return None, (), ""


def _beginning(scorer: PromptScorer) -> tuple[str, ...]:
    """Return the texts of the special tokens in front of a text.

    Raises:
        NotMeasurableError: when the tokens of the text cannot be recognised, or lack log-probabilities.
    """
    scores = scorer.read(PROBE)
    start = _start(scores)
    scores.behind(max(start, 1))
    return tuple(text or "" for text in scores.texts[:start])


def _start(scores: PromptScores) -> int:
    """Return how many tokens are in front of the text; texts of tokens may lack the space in front of them.

    Raises:
        NotMeasurableError: when the tokens are not those of the text.
    """
    letters = PROBE.replace(" ", "")
    ends = ["".join(text or "" for text in scores.texts[start:]) for start in range(len(scores.texts))]
    for start, end in enumerate(ends):
        if end.replace(" ", "") == letters and scores.texts[start]:
            return start
    if len(ends) > 1 and scores.texts[0] is None and ends[1] and PROBE.endswith(ends[1]):
        return 0  # the first token of the text, to which the server gives no text
    raise NotMeasurableError("the tokens in the server's answer are not those of the prompt")


def _forcing(scorer: ForcedTokenScorer) -> tuple[tuple[str, ...], str]:
    """Return the special tokens in front of a text, and the one of a text without context.

    Raises:
        NotMeasurableError: when a bias changes the log-probabilities that the server reports.
    """
    plain, special = scorer.encode(PROBE, special=False), scorer.encode(PROBE, special=True)
    *before, last = plain
    value, _ = scorer.forced(before, last)
    # Of two different tokens that a bias forces, at most one has more than half of the probability.
    other, _ = scorer.forced(before, before[0])
    repeated, _ = scorer.forced(before, last)
    if max(value, other) > -_LEAK or abs(value - repeated) > _LEAK * max(1.0, abs(value)):
        raise NotMeasurableError("the server reports log-probabilities behind the bias of a request")
    properties = scorer.connection.get("//props").content
    first_token = properties.get("bos_token") if isinstance(properties, dict) else None
    count = len(special) - len(plain)
    return ("",) * max(count, 0), first_token if isinstance(first_token, str) else ""
