"""The interface of a loaded model, as a backend gives it for a model reference."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from leaderboard.backends.capability import Capability, listed
from leaderboard.backends.generation import Chat, Generator
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.letters import LetterAnswers, LetterSource
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.masked_likelihood import MaskedLikelihood
from leaderboard.backends.progress import Progress, silent
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.backends.streaming import Streamer
from leaderboard.backends.weights import Weights
from leaderboard.backends.word_deletion import WordDeletion
from leaderboard.errors import NotMeasurableError


class Model(ABC):
    """A model of a backend. It returns an object for each of its capabilities, and refuses the others."""

    def __init__(self, resolved: ResolvedReference) -> None:
        """Take name, kind and identity from the resolved reference."""
        self._resolved = resolved

    @property
    def name(self) -> str:
        """Short name for people."""
        return self._resolved.name

    @property
    def identity(self) -> str:
        """Digest of everything about the model that changes a number."""
        return self._resolved.digest

    @property
    def kind(self) -> ModelKind:
        """Kind of the model."""
        return self._resolved.kind

    @property
    @abstractmethod
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities without a recipe; for each of them a method below returns the object."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for readers of its results on how it computes, one sentence each."""
        return ()

    @property
    def first_tokens(self) -> Mapping[str, Sequence[str]]:
        """Special tokens in front of the texts that it reads, where they are known."""
        return {}

    @property
    def fillers(self) -> Mapping[WordDeletion, str]:
        """Texts that its tokenizer reads as the token that stands for a deleted word, where there is such a token."""
        return {}

    @property
    def folder(self) -> Path | None:
        """Folder that the weights were loaded from; None where they are not on this machine."""
        return None

    def likelihood(self) -> Likelihood:
        """Return its log-likelihoods.

        Raises:
            NotMeasurableError: when it gives no log-likelihoods.
        """
        raise self.unable(Capability.LOGLIKELIHOOD)

    def masked_likelihood(self) -> MaskedLikelihood:
        """Return its pseudo-log-likelihoods.

        Raises:
            NotMeasurableError: when it gives no pseudo-log-likelihoods.
        """
        raise self.unable(Capability.PSEUDO_LOGLIKELIHOOD)

    def generator(self) -> Generator:
        """Return its text generator.

        Raises:
            NotMeasurableError: If it generates no text.
        """
        raise self.unable(Capability.GENERATE)

    def streamer(self) -> Streamer:
        """Return its streamed text.

        Raises:
            NotMeasurableError: when it generates no text, or is behind a server that does not stream.
        """
        raise self.unable(Capability.STREAM)

    def letters(self, source: LetterSource) -> LetterAnswers:
        """Return its answers by a letter in a chat.

        Args:
            source: way in which it says the letter.

        Raises:
            NotMeasurableError: when it is not behind a server.
        """
        raise NotMeasurableError(
            f"{self.name} is not behind a server, which says a letter by {source}; choose another recipe than letters"
        )

    def hidden_states(self) -> HiddenStates:
        """Return the hidden states of its body.

        Raises:
            NotMeasurableError: when it gives no hidden states.
        """
        raise NotMeasurableError(f"{self.name} gives no hidden states")

    def chat(self) -> Chat:
        """Return its chat format.

        Raises:
            NotMeasurableError: when it has none.
        """
        raise NotMeasurableError(f"{self.name} has no chat template")

    def weights(self, models: Sequence["Model"]) -> Weights:
        """Return the weights of all models that answer together, this one among them.

        Raises:
            NotMeasurableError: when its weights are not on this machine.
        """
        del models
        raise NotMeasurableError(f"the weights of {self.name} are not on this machine")

    def trial(self) -> Sequence[str]:
        """Try the model out and return phrases on how it reads, for `leaderboard doctor`.

        Raises:
            LeaderboardError: when it cannot be used, with the reason.
        """
        return ()

    def start_evaluation(self) -> None:  # noqa: B027 - a model without notes has nothing to forget
        """Forget the notes of the last evaluation."""

    def evaluation_notes(self) -> tuple[str, ...]:
        """Notes for readers on how this evaluation was computed, one sentence each."""
        return ()

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Silence the progress of single batches; yields the progress for the caller's own reports."""
        yield silent

    def explanation(self, capability: Capability) -> str:
        """Return why the model lacks a capability, for people; empty where its kind says it."""
        del capability
        return ""

    def unable(self, capability: Capability) -> NotMeasurableError:
        """Return the error of a model that lacks a capability."""
        reason = self.explanation(capability)
        return NotMeasurableError(
            f"{self.name} cannot {capability.phrase}{listed(self.capabilities)}{': ' if reason else ''}{reason}"
        )
