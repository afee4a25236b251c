"""Masked model: a model whose prompts, contexts and texts have placeholders for personal data."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from leaderboard.arrays import FloatArray
from leaderboard.backends.capability import Capability
from leaderboard.backends.generation import Chat, Generator, Sampling
from leaderboard.backends.hidden_states import LAST_LAYER, HiddenStates, Pooling
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.likelihood import Likelihood, Request, TokenScores, TokenStatistics
from leaderboard.backends.model import Model
from leaderboard.backends.progress import Progress
from leaderboard.backends.weights import Weights
from leaderboard.data.examples import Text
from leaderboard.mitigations.input_masking.placeholders import mask_content, mask_text

_MASKED = frozenset({Capability.GENERATE, Capability.LOGLIKELIHOOD, Capability.HIDDEN_STATES})
"""Capabilities whose input is masked; the others are left out, since they would read personal data."""


class MaskedInputModel(Model):
    """Model that reads placeholders instead of personal data; the continuations that are scored stay.

    Attributes:
        original: the model that computes.
    """

    def __init__(self, model: Model) -> None:  # name, kind and identity are those of the other model
        self.original = model

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.original.name

    @property
    def identity(self) -> str:
        """Identity of the model; the mitigation is in that of the recipe."""
        return self.original.identity

    @property
    def kind(self) -> ModelKind:
        """Kind of the model."""
        return self.original.kind

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities whose input is masked."""
        return self.original.capabilities & _MASKED

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the model."""
        return self.original.notes

    @property
    def first_tokens(self) -> Mapping[str, Sequence[str]]:
        """Special tokens in front of the texts."""
        return self.original.first_tokens

    @property
    def folder(self) -> Path | None:
        """Folder of the weights."""
        return self.original.folder

    def generator(self) -> Generator:
        """Return the generator, whose prompts are masked."""
        return _MaskedGenerator(self.original.generator())

    def likelihood(self) -> Likelihood:
        """Return the log-likelihoods, with masked contexts."""
        return _MaskedLikelihood(self.original.likelihood())

    def hidden_states(self) -> HiddenStates:
        """Return the hidden states of masked texts."""
        return _MaskedHiddenStates(self.original.hidden_states())

    def chat(self) -> Chat:
        """Return the chat format; what is rendered is masked when it is read."""
        return self.original.chat()

    def weights(self, models: Sequence[Model]) -> Weights:
        """Return the weights of all models that answer together."""
        return self.original.weights([each.original if isinstance(each, MaskedInputModel) else each for each in models])

    def start_evaluation(self) -> None:
        """Forget the notes of the last evaluation."""
        self.original.start_evaluation()

    def evaluation_notes(self) -> tuple[str, ...]:
        """Notes on how this evaluation was computed."""
        return self.original.evaluation_notes()

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Silence the progress of single batches."""
        with self.original.quietly() as progress:
            yield progress

    def explanation(self, capability: Capability) -> str:
        """Return why a capability is lacking."""
        if capability in self.original.capabilities:
            return "recipe.mask_inputs does not mask what it reads there"
        return self.original.explanation(capability)


class _MaskedGenerator:
    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    def generate(self, prompts: Sequence[str], sampling: Sampling, *, work: str = "writing") -> list[str]:
        return self._generator.generate([mask_text(prompt) for prompt in prompts], sampling, work=work)


class _MaskedLikelihood(Likelihood):
    def __init__(self, likelihood: Likelihood) -> None:
        self._likelihood = likelihood

    @property
    def longest(self) -> int | None:
        return self._likelihood.longest

    def token_scores(
        self, requests: Sequence[Request], *, work: str = "scoring", remember: bool = True
    ) -> list[TokenScores]:
        return self._likelihood.token_scores(_masked(requests), work=work, remember=remember)

    def token_counts(self, requests: Sequence[Request]) -> list[int]:
        return self._likelihood.token_counts(_masked(requests))

    def whole_texts(self, texts: Sequence[str], *, stride: int | None = None) -> FloatArray:
        return self._likelihood.whole_texts([mask_text(text) for text in texts], stride=stride)

    def token_statistics(self, texts: Sequence[str]) -> list[TokenStatistics] | None:
        return self._likelihood.token_statistics([mask_text(text) for text in texts])

    def prompt_length(self, prompt: str) -> int | None:
        return self._likelihood.prompt_length(mask_text(prompt))


class _MaskedHiddenStates(HiddenStates):
    def __init__(self, states: HiddenStates) -> None:
        self._states = states

    @property
    def layers(self) -> int:
        return self._states.layers

    def of_tokens(
        self,
        texts: Sequence[Text],
        *,
        layer: int = LAST_LAYER,
        max_length: int | None = None,
        work: str = "reading texts",
    ) -> list[FloatArray]:
        masked = [mask_content(text) for text in texts]
        return self._states.of_tokens(masked, layer=layer, max_length=max_length, work=work)

    def pooled(
        self,
        texts: Sequence[Text],
        *,
        layer: int = LAST_LAYER,
        pooling: Pooling = Pooling.MEAN,
        max_length: int | None = None,
        work: str = "reading texts",
        remember: bool = True,
    ) -> FloatArray:
        masked = [mask_content(text) for text in texts]
        return self._states.pooled(
            masked, layer=layer, pooling=pooling, max_length=max_length, work=work, remember=remember
        )


def _masked(requests: Sequence[Request]) -> list[Request]:
    return [(mask_text(context), continuation) for context, continuation in requests]
