"""Pseudo-log-likelihoods of sentences by masked language models."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.local.engine.batching import Batch, Row
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.readout import Readout
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.masked_likelihood import MaskedScore, MaskedSentence
from leaderboard.cache.answer_file import Float32Array
from leaderboard.errors import NotMeasurableError


def encode_sentence(model: LoadedModel, text: str) -> MaskedSentence:
    """Encode a sentence, all tokens but the special ones to be scored; truncated to the length the model reads."""
    encoded = model.tokenizer(text, truncation=True, max_length=model.max_length, return_special_tokens_mask=True)
    special = encoded["special_tokens_mask"]
    positions = tuple(position for position, is_special in enumerate(special) if not is_special)
    cut = bool(encoded.encodings[0].overflowing)
    return MaskedSentence(tuple(encoded["input_ids"]), positions, tuple(encoded.word_ids()), cut)


def filled_gaps(model: LoadedModel, text: str, gap: str, word: str) -> list[MaskedSentence]:
    """Fill the gap of a text token by token, the last token of each sentence to be scored (`MaskedLikelihood.fill`).

    Raises:
        NotMeasurableError: when the tokenizer has no mask token.
    """
    tokenizer = model.tokenizer
    if tokenizer.mask_token_id is None:
        raise NotMeasurableError(f"the tokenizer of {model.name} has no mask token")
    tokens = tokenizer.encode(word, add_special_tokens=False)
    filled = []
    for number, token in enumerate(tokens):
        before = tokenizer.decode(tokens[:number])
        encoded = encode_sentence(model, text.replace(gap, f"{before}{tokenizer.mask_token}"))
        if tokenizer.mask_token_id not in encoded.ids:
            return []
        place = encoded.ids.index(tokenizer.mask_token_id)
        ids = (*encoded.ids[:place], token, *encoded.ids[place + 1 :])
        filled.append(MaskedSentence(ids, (place,), encoded.words))
    return filled


def pseudo_loglikelihoods(
    engine: Engine,
    model: LoadedModel,
    sentences: Sequence[MaskedSentence],
    *,
    variant: MaskedScore = MaskedScore.ORIGINAL,
    work: str = "masked scoring",
) -> FloatArray:
    """Return the score of each sentence, shape (len(sentences),), in nats, as `MaskedScore` defines it.

    A sum over the tokens to score, which is 0 where there are none; a mean for AUL.

    Args:
        engine: Runs the forward passes.
        model: a masked language model.
        sentences: what to score.
        variant: what is masked when a token is scored.
        work: Name of the work, for the progress display.

    Raises:
        NotMeasurableError: If the tokenizer has no mask token, or a mean is requested of no tokens.
    """
    cut = sum(sentence.cut for sentence in sentences)
    if cut:
        engine.cuts[model.max_length] += cut
    if variant is MaskedScore.AUL:
        if not all(sentence.positions for sentence in sentences):
            raise NotMeasurableError("a sentence has no tokens of which the mean likelihood could be taken")
        rows = [_unmasked(sentence) for sentence in sentences]
        logprobs_of_sentences = engine.ask(model, rows, _Reader, kind="masked", work=work)
        return np.array([logprobs.mean(dtype=np.float64) for logprobs in logprobs_of_sentences])
    mask = model.tokenizer.mask_token_id
    if mask is None:
        raise NotMeasurableError(f"the tokenizer of {model.name} has no mask token")
    within_word = variant is MaskedScore.WITHIN_WORD_L2R
    rows = [
        _masked(sentence, position, int(mask), within_word=within_word)
        for sentence in sentences
        for position in sentence.positions
    ]
    logprobs = np.array([one[0] for one in engine.ask(model, rows, _Reader, kind="masked", work=work)])
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
    """The forward function that returns the log-probability of each token that a row reads."""

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
