"""How likely a masked language model finds a sentence: pseudo-log-likelihoods of its tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch

from leaderboard.engine.answers import Float32Array
from leaderboard.engine.batching import Batch, Row
from leaderboard.engine.engine import Engine
from leaderboard.engine.masked_score import MaskedScore
from leaderboard.engine.readout import Readout
from leaderboard.engine.tokens import Tokens
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MaskedSentence:
    """A sentence and which of its tokens are scored.

    Attributes:
        ids: the tokens, with special ones.
        positions: of the tokens to score.
        words: for each token the number of its word, None for special tokens.
        cut: whether the sentence had more tokens than the model reads.
    """

    ids: Tokens
    positions: tuple[int, ...]
    words: tuple[int | None, ...]
    cut: bool = False


def encode_sentence(model: LoadedModel, text: str) -> MaskedSentence:
    """A sentence with all its tokens to score but the special ones; cut to what the model reads."""
    encoded = model.tokenizer(text, truncation=True, max_length=model.max_length, return_special_tokens_mask=True)
    special = encoded["special_tokens_mask"]
    positions = tuple(position for position, is_special in enumerate(special) if not is_special)
    cut = bool(encoded.encodings[0].overflowing)
    return MaskedSentence(tuple(encoded["input_ids"]), positions, tuple(encoded.word_ids()), cut)


def pseudo_loglikelihoods(
    engine: Engine,
    model: LoadedModel,
    sentences: Sequence[MaskedSentence],
    *,
    variant: MaskedScore = MaskedScore.ORIGINAL,
    what: str = "masked scoring",
) -> FloatArray:
    """How likely a masked model finds each sentence, shape (len(sentences),), in nats: see `MaskedScore`.

    A sum over the tokens to score, which is 0 where there are none; a mean for AUL.

    Args:
        engine: runs it; equal rows are computed once, and none that was answered before.
        model: a masked language model.
        sentences: what to score.
        variant: what is masked when a token is scored.
        what: named to whoever watches the progress.

    Raises:
        NotMeasurableError: when the tokenizer has no mask token, or a mean is asked of no tokens.
    """
    cut = sum(sentence.cut for sentence in sentences)
    if cut:
        engine.cuts[model.max_length] += cut
    if variant is MaskedScore.AUL:
        if not all(sentence.positions for sentence in sentences):
            raise NotMeasurableError("a sentence has no tokens of which the mean likelihood could be taken")
        rows = [_unmasked(sentence) for sentence in sentences]
        found = engine.ask(model, rows, _Reader, kind="masked", what=what)
        return np.array([logprobs.mean(dtype=np.float64) for logprobs in found])
    mask = model.tokenizer.mask_token_id
    if mask is None:
        raise NotMeasurableError(f"the tokenizer of {model.name} has no mask token")
    within_word = variant is MaskedScore.WITHIN_WORD_L2R
    rows = [
        _masked(sentence, position, int(mask), within_word=within_word)
        for sentence in sentences
        for position in sentence.positions
    ]
    logprobs = np.array([one[0] for one in engine.ask(model, rows, _Reader, kind="masked", what=what)])
    owners = np.repeat(np.arange(len(sentences)), [len(sentence.positions) for sentence in sentences])
    return np.bincount(owners, weights=logprobs, minlength=len(sentences)).astype(np.float64)


def _unmasked(sentence: MaskedSentence) -> Row:
    return Row(sentence.ids, tuple((position, sentence.ids[position]) for position in sentence.positions))


def _masked(sentence: MaskedSentence, position: int, mask: int, *, within_word: bool) -> Row:
    ids = list(sentence.ids)
    ids[position] = mask
    word = sentence.words[position]
    if within_word and word is not None:
        for later in range(position + 1, len(ids)):
            if sentence.words[later] == word:
                ids[later] = mask
    return Row(tuple(ids), ((position, sentence.ids[position]),))


class _Reader:
    """The forward function that gives, for each row of a batch, the log-probability of each token it reads."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model

    @cached_property
    def _readout(self) -> Readout:
        return Readout(self._model)  # tried out only when something is left to ask

    def __call__(self, batch: Batch) -> list[Float32Array]:
        reads = torch.tensor(
            [
                (line, start + position, token)
                for row, (line, start) in zip(batch.rows, batch.places, strict=True)
                for position, token in row.reads
            ],
            device=batch.input_ids.device,
        )
        lines, positions, tokens = reads.unbind(1)
        logprobs = self._readout.logprobs(batch, lines, positions, tokens)
        ends = np.cumsum([len(row.reads) for row in batch.rows])
        return np.split(logprobs.cpu().numpy(), ends[:-1])
