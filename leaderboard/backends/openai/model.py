"""Models of servers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from leaderboard.backends.capability import Capability
from leaderboard.backends.generation import Generator
from leaderboard.backends.letters import LetterAnswers, LetterSource
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.model import Model
from leaderboard.backends.openai.abilities import LikelihoodSource, WritingSource
from leaderboard.backends.openai.answering import Questions, Repetition
from leaderboard.backends.openai.generator import ServedGenerator
from leaderboard.backends.openai.letters import LETTER_SOURCES
from leaderboard.backends.openai.likelihood import SCORES, ServedLikelihood
from leaderboard.backends.openai.prices import server_prices
from leaderboard.backends.openai.probing import SCORERS, WRITERS
from leaderboard.backends.openai.reference import ServedReference
from leaderboard.backends.openai.scorers import ServedModelName
from leaderboard.backends.openai.streamer import ServedStreamer
from leaderboard.backends.progress import Progress
from leaderboard.backends.streaming import Streamer

_LIKELIHOODS = {
    LikelihoodSource.ECHO: "completions that repeat their prompt (`echo`)",
    LikelihoodSource.PROMPT_LOGPROBS: "completions with `prompt_logprobs`",
    LikelihoodSource.FORCED_TOKENS: "one request for each token of a continuation, which a bias forces",
}
_LETTERS_INSTEAD = (
    "\n  `--recipe letters` asks a chat for the letter of a choice or class instead, which is another measurement"
)


class ServedModel(Model):
    """A model that a server computes with."""

    def __init__(self, resolved: ServedReference, questions: Questions) -> None:
        """Create a model; nothing is sent.

        Args:
            resolved: reference with the abilities of the server.
            questions: asks the server.
        """
        super().__init__(resolved)
        self._abilities = resolved.abilities
        self._served_name = ServedModelName(resolved.served_name, resolved.abilities.answering_model)
        self._first_token = resolved.first_token or resolved.abilities.first_token
        self._questions = questions
        self._longest = resolved.longest

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities that the server showed when it was tried."""
        return self._abilities.capabilities

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on how the server is asked."""
        notes = []
        if self._abilities.likelihood is not None:
            notes.append(f"log-likelihoods come from a server: {_LIKELIHOODS[self._abilities.likelihood]}")
        if self._abilities.writing is WritingSource.CHAT:
            notes.append("texts are a server's answers in a chat: each prompt is the message of a user")
        return tuple(notes)

    @property
    def first_tokens(self) -> Mapping[str, Sequence[str]]:
        """Special tokens in front of a text, and in front of one without a context, where they are known."""
        alone = [self._first_token] if self._first_token else []
        return {"before_every_text": list(self._abilities.beginning), "instead_of_no_context": alone}

    def likelihood(self) -> Likelihood:
        """Return its log-likelihoods.

        Raises:
            NotMeasurableError: when the server gives none.
        """
        source = self._abilities.likelihood
        if source is None:
            raise self.unable(Capability.LOGLIKELIHOOD)
        scorer = SCORERS[source](
            self._questions.connection,
            self._served_name,
            beginning=self._abilities.beginning,
            first_token=self._first_token,
        )
        return ServedLikelihood(self._questions, scorer, self._longest)

    def generator(self) -> Generator:
        """Return its text generator.

        Raises:
            NotMeasurableError: when the server writes no text.
        """
        source = self._abilities.writing
        if source is None:
            raise self.unable(Capability.GENERATE)
        return ServedGenerator(self._questions, WRITERS[source](self._questions.connection, self._served_name))

    def streamer(self) -> Streamer:
        """Return its streamed text.

        Raises:
            NotMeasurableError: when the server writes no text.
        """
        source = self._abilities.writing
        if source is None:
            raise self.unable(Capability.STREAM)
        return ServedStreamer(WRITERS[source](self._questions.connection, self._served_name), server_prices())

    def letters(self, source: LetterSource) -> LetterAnswers:
        """Return its answers by a letter in a chat; a server without one refuses the first request."""
        return LETTER_SOURCES[source](self._questions, self._served_name)

    def explanation(self, capability: Capability) -> str:
        """Return what was tried, and what the server answered."""
        capability = Capability.GENERATE if capability is Capability.STREAM else capability
        refusal = self._abilities.refusals.get(capability)
        if not refusal:
            return ""
        reason = f"the server was asked for it and refused: {refusal}"
        return f"{reason}{_LETTERS_INSTEAD}" if capability is Capability.LOGLIKELIHOOD else reason

    def trial(self) -> Sequence[str]:
        """Return phrases on what the server can do, and on what it cannot, for `leaderboard doctor`."""
        likelihood, writing = self._abilities.likelihood, self._abilities.writing
        phrases = [f"served by {self._resolved.revision}"]
        if self._longest is not None:
            phrases.append(f"{self._longest} tokens")
        if likelihood is not None:
            phrases.append(f"log-likelihoods by {_LIKELIHOODS[likelihood]}")
        if writing is not None:
            phrases.append(f"text by {writing}")
        cannot = (f"cannot {capability.phrase}: {reason}" for capability, reason in self._abilities.refusals.items())
        return (*phrases, *cannot)

    def start_evaluation(self) -> None:
        """Forget which answers repeated, and the notes on cached ones."""
        self._questions.repetitions.clear()
        self._questions.notes.clear()

    def evaluation_notes(self) -> tuple[str, ...]:
        """Notes on whether the server's answers repeated, and on those of earlier runs."""
        repetitions = self._questions.repetitions.items()
        return (*self._questions.notes, *(_repetition_note(kind, each) for kind, each in repetitions if each.total))

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Silence the progress of single answers; yields the progress for the caller's own reports."""
        with self._questions.quietly() as progress:
            yield progress


def _repetition_note(kind: str, repetition: Repetition) -> str:
    share = f"{repetition.same} of {repetition.total} {kind} of the server were the same when requested again"
    if kind != SCORES or repetition.same == repetition.total:
        return share
    return f"{share}; log-probabilities differed by up to {repetition.difference:.2g}"
