"""Capabilities of a model in memory: thin objects that call the engine."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.generation import Sampling
from leaderboard.backends.hidden_states import LAST_LAYER, HiddenStates, Pooling
from leaderboard.backends.likelihood import Likelihood, Request, TokenScores, TokenStatistics
from leaderboard.backends.local.engine.decoder_scoring import score_decoded
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.features import Features, layers_of
from leaderboard.backends.local.engine.generation import generate
from leaderboard.backends.local.engine.mask_filling import LocalMaskFiller
from leaderboard.backends.local.engine.masked_scoring import encode_sentence, filled_gaps, pseudo_loglikelihoods
from leaderboard.backends.local.engine.rolling_windows import rolling_loglikelihoods
from leaderboard.backends.local.engine.scoring import loglikelihoods, score_tokens
from leaderboard.backends.local.engine.streamed_generation import stream_text
from leaderboard.backends.local.engine.tokenisation import encode_apart, encode_pairs, no_context
from leaderboard.backends.local.engine.vocabulary_statistics import token_statistics
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.mask_filling import MaskFiller
from leaderboard.backends.masked_likelihood import MaskedLikelihood, MaskedScore, MaskedSentence
from leaderboard.backends.streaming import Prices, StreamedAnswer
from leaderboard.data.examples import Text


class _LocalLikelihood(Likelihood):
    """What causal models and encoder-decoders have in common."""

    def __init__(self, engine: Engine, model: LoadedModel) -> None:
        self._engine = engine
        self._model = model

    @property
    def longest(self) -> int:
        """Maximum length of a sequence, or of the context that an encoder reads, in tokens."""
        return self._model.max_length

    def prompt_length(self, prompt: str) -> int:
        """Return the number of tokens of a prompt, special ones included."""
        return len(self._model.tokenizer.encode(prompt))


class LocalLikelihood(_LocalLikelihood):
    """Log-likelihoods of a causal model."""

    def token_scores(
        self, requests: Sequence[Request], *, work: str = "scoring", remember: bool = True
    ) -> list[TokenScores]:
        """Score the tokens of each continuation with `engine.scoring.score_tokens`."""
        pairs = encode_pairs(self._model, requests)
        return score_tokens(self._engine, self._model, pairs, work=work, remember=remember)

    def token_counts(self, requests: Sequence[Request]) -> list[int]:
        """Return the number of tokens of each request."""
        return [len(before) + len(after) for before, after in encode_pairs(self._model, requests)]

    def loglikelihoods(
        self, requests: Sequence[Request], *, work: str = "scoring", remember: bool = True
    ) -> FloatArray:
        """Compute the log-likelihood of each continuation with `engine.scoring.loglikelihoods`."""
        return loglikelihoods(self._engine, self._model, requests, work=work, remember=remember)

    def whole_texts(self, texts: Sequence[str], *, stride: int | None = None) -> FloatArray:
        """Compute the log-likelihood of each whole text with `engine.rolling_windows.rolling_loglikelihoods`."""
        step = None if stride is None else min(stride, self._model.max_length)
        return rolling_loglikelihoods(self._engine, self._model, texts, stride=step)

    def token_statistics(self, texts: Sequence[str]) -> list[TokenStatistics]:
        """Compute the statistics of each token with `engine.vocabulary_statistics.token_statistics`."""
        return token_statistics(self._engine, self._model, texts, work="reading texts")


class LocalDecoderLikelihood(_LocalLikelihood):
    """Log-likelihoods of an encoder-decoder: those of its decoder, given the encoded context."""

    def token_scores(
        self, requests: Sequence[Request], *, work: str = "scoring", remember: bool = True
    ) -> list[TokenScores]:
        """Score the tokens of each continuation with `engine.decoder_scoring.score_decoded`."""
        pairs = encode_apart(self._model, requests)
        return score_decoded(self._engine, self._model, pairs, work=work, remember=remember)

    def token_counts(self, requests: Sequence[Request]) -> list[int]:
        """Return the number of tokens of each request, those that are encoded and those that are decoded."""
        return [len(before) + len(after) for before, after in encode_apart(self._model, requests)]

    def whole_texts(self, texts: Sequence[str], *, stride: int | None = None) -> FloatArray:
        """Refuse, since a text without a context has no standard likelihood under an encoder-decoder.

        Raises:
            NotMeasurableError: always.
        """
        del texts, stride
        raise no_context(self._model)


class LocalMaskedLikelihood(MaskedLikelihood):
    """Pseudo-log-likelihoods of a masked model."""

    def __init__(self, engine: Engine, model: LoadedModel) -> None:
        self._engine = engine
        self._model = model

    def encode(self, text: str) -> MaskedSentence:
        """Encode a sentence, all ordinary tokens to be scored."""
        return encode_sentence(self._model, text)

    def fill(self, text: str, gap: str, word: str) -> list[MaskedSentence]:
        """Fill the gap of a text token by token with `engine.masked_scoring.filled_gaps`."""
        return filled_gaps(self._model, text, gap, word)

    def scores(
        self,
        sentences: Sequence[MaskedSentence],
        *,
        variant: MaskedScore = MaskedScore.ORIGINAL,
        work: str = "masked scoring",
    ) -> FloatArray:
        """Score each sentence with `engine.masked_scoring.pseudo_loglikelihoods`."""
        return pseudo_loglikelihoods(self._engine, self._model, sentences, variant=variant, work=work)

    def mask_filler(self) -> MaskFiller:
        """Return the predictions of `engine.mask_filling`."""
        return LocalMaskFiller(self._engine, self._model)


class LocalGenerator:
    """Text generation of a causal model or an encoder-decoder."""

    def __init__(self, engine: Engine, model: LoadedModel) -> None:
        self._engine = engine
        self._model = model

    def generate(self, prompts: Sequence[str], sampling: Sampling, *, work: str = "writing") -> list[str]:
        """Generate the continuation of each prompt with `engine.generation.generate`."""
        return generate(self._engine, self._model, prompts, sampling, work=work)


class LocalStreamer:
    """Text generation of a causal model or an encoder-decoder, with the time of each token; one text at a time."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model

    @property
    def prices(self) -> Prices | None:
        """Return None: tokens of a model on this machine have no price."""
        return None

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return nothing: every text has its full length."""
        return ()

    def stream(self, prompt: str, tokens: int) -> StreamedAnswer:
        """Write a number of tokens behind a prompt with `engine.streamed_generation.stream_text`."""
        return stream_text(self._model, prompt, tokens)


class LocalHiddenStates(HiddenStates):
    """Hidden states of a model's body."""

    def __init__(self, engine: Engine, model: LoadedModel) -> None:
        self._engine = engine
        self._model = model
        self._features: dict[tuple[int, Pooling, int], Features] = {}

    @property
    def layers(self) -> int:
        """Number of layers behind the embeddings."""
        return layers_of(self._model)

    def of_tokens(
        self,
        texts: Sequence[Text],
        *,
        layer: int = LAST_LAYER,
        max_length: int | None = None,
        work: str = "reading texts",
    ) -> list[FloatArray]:
        """Compute the hidden states of each token with `engine.features`; they are too large to be kept."""
        states = self.features(layer, Pooling.MEAN, max_length).of_tokens(texts, work=work)
        return [each.astype(np.float64) for each in states]

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
        """Compute one vector for each text with `engine.features`, from the cache where it has them."""
        features = self.features(layer, pooling, max_length)
        if remember:
            return features.of(texts, work=work)
        return np.asarray(features.compute(texts, work=work), dtype=np.float64)

    def token_count(self, text: Text, *, max_length: int | None = None) -> int:
        """Return the number of tokens that are read of a text, special tokens included."""
        return len(self.features(LAST_LAYER, Pooling.MEAN, max_length).tokens(text))

    def features(self, layer: int, pooling: Pooling, max_length: int | None) -> Features:
        """Return the reader of one layer; kept, since it looks up the configuration, which one answer need not."""
        key = layer, pooling, max_length or self._model.max_length
        if key not in self._features:
            self._features[key] = Features(self._engine, self._model, layer=layer, pooling=pooling, max_length=key[2])
        return self._features[key]
