"""Models of the local backend: weights in memory, and the engine that computes with them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from leaderboard.backends.capability import Capability
from leaderboard.backends.generation import Chat, Generator
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.local.capabilities import (
    LocalDecoderLikelihood,
    LocalGenerator,
    LocalHiddenStates,
    LocalLikelihood,
    LocalMaskedLikelihood,
    LocalStreamer,
)
from leaderboard.backends.local.chat import LocalChat
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.trial_report import trial_report
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.weights import LocalWeights
from leaderboard.backends.masked_likelihood import MaskedLikelihood
from leaderboard.backends.model import Model
from leaderboard.backends.progress import Progress
from leaderboard.backends.streaming import Streamer
from leaderboard.backends.weights import Weights
from leaderboard.backends.word_deletion import WordDeletion
from leaderboard.errors import NotMeasurableError

_HEAD_CAPABILITIES: Mapping[ModelKind, frozenset[Capability]] = {
    ModelKind.CAUSAL: frozenset({Capability.LOGLIKELIHOOD, Capability.GENERATE, Capability.STREAM}),
    ModelKind.ENCODER_DECODER: frozenset({Capability.LOGLIKELIHOOD, Capability.GENERATE, Capability.STREAM}),
    ModelKind.MASKED: frozenset({Capability.PSEUDO_LOGLIKELIHOOD}),
}
"""Capabilities of a model's own head, in addition to those of its body and weights."""


@dataclass(frozen=True)
class LocalModel(Model):
    """A model whose weights are in the memory of this machine.

    Attributes:
        engine: spends the forward passes.
        loaded: the weights.
    """

    engine: Engine
    loaded: LoadedModel

    @property
    def name(self) -> str:
        """Short, for people."""
        return self.loaded.name

    @property
    def identity(self) -> str:
        """Digest of weights, precision and tokenizer."""
        return self.loaded.identity

    @property
    def kind(self) -> ModelKind:
        """Kind of the model."""
        return self.loaded.kind

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities of its head, its body and its weights; a translator has no body that reads alone."""
        of_body = set() if self.kind is ModelKind.TRANSLATOR else {Capability.HIDDEN_STATES}
        return _HEAD_CAPABILITIES.get(self.kind, frozenset()) | of_body | {Capability.WEIGHTS}

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for readers of its results on how it computes."""
        return self.loaded.notes

    @property
    def first_tokens(self) -> Mapping[str, Sequence[str]]:
        """Special tokens in front of a text, and in front of one without a context."""
        return self.loaded.first_tokens

    @property
    def fillers(self) -> Mapping[WordDeletion, str]:
        """Mask token and padding token, where the tokenizer has them and the model has an embedding of them."""
        tokenizer = self.loaded.tokenizer
        tokens = {
            WordDeletion.MASK: (tokenizer.mask_token, tokenizer.mask_token_id),
            WordDeletion.PADDING: (tokenizer.pad_token, tokenizer.pad_token_id),
        }
        return {
            deletion: str(token)
            for deletion, (token, number) in tokens.items()
            if token is not None
            and tokenizer.encode(str(token), add_special_tokens=False) == [number]
            and not number >= self.loaded.embedded_tokens > 0
        }

    @property
    def folder(self) -> Path:
        """Folder that the weights were loaded from."""
        return self.loaded.folder

    def likelihood(self) -> Likelihood:
        """Return the log-likelihoods of a causal model, or of the decoder of an encoder-decoder."""
        self._require(Capability.LOGLIKELIHOOD)
        if self.kind is ModelKind.ENCODER_DECODER:
            return LocalDecoderLikelihood(self.engine, self.loaded)
        return LocalLikelihood(self.engine, self.loaded)

    def masked_likelihood(self) -> MaskedLikelihood:
        """Return the pseudo-log-likelihoods of a masked model."""
        self._require(Capability.PSEUDO_LOGLIKELIHOOD)
        return LocalMaskedLikelihood(self.engine, self.loaded)

    def generator(self) -> Generator:
        """Return the text generator of a causal model or an encoder-decoder."""
        self._require(Capability.GENERATE)
        return LocalGenerator(self.engine, self.loaded)

    def streamer(self) -> Streamer:
        """Return the text of a causal model or an encoder-decoder, token by token."""
        self._require(Capability.STREAM)
        return LocalStreamer(self.loaded)

    def hidden_states(self) -> HiddenStates:
        """Return the hidden states of a model that is no translator."""
        if Capability.HIDDEN_STATES not in self.capabilities:
            return super().hidden_states()
        return LocalHiddenStates(self.engine, self.loaded)

    def chat(self) -> Chat:
        """Return the chat format of its tokenizer."""
        return LocalChat(self.loaded)

    def weights(self, models: Sequence[Model]) -> Weights:
        """Return the weights of all these models."""
        return LocalWeights(self.engine, [on_this_machine(model).loaded for model in models])

    def trial(self) -> Sequence[str]:
        """Try the model out in batches with `engine.trial_report`."""
        return trial_report(self.engine, self.loaded)

    def start_evaluation(self) -> None:
        """Reset the count of truncated texts."""
        self.engine.cuts.clear()

    def evaluation_notes(self) -> tuple[str, ...]:
        """Notes on how texts were truncated and rows of this model batched."""
        return self.engine.notes([self.loaded])

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Silence the progress of single batches."""
        with self.engine.quietly() as progress:
            yield progress

    def _require(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise self.unable(capability)


def on_this_machine(model: Model) -> LocalModel:
    """Return the model as one with weights on this machine.

    Raises:
        NotMeasurableError: when they are not on this machine.
    """
    if not isinstance(model, LocalModel):
        raise NotMeasurableError(f"the weights of {model.name} are not on this machine")
    return model
