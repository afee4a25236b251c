"""Prediction of the token in the place of a mask, with its gradients, by a masked language model."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import joined_words
from leaderboard.backends.local.engine.attribution import words_of_tokens
from leaderboard.backends.local.engine.batching import Batch, Row
from leaderboard.backends.local.engine.changed_scores import two_sided
from leaderboard.backends.local.engine.engine import Engine, Forward
from leaderboard.backends.local.engine.inputs import inputs_of
from leaderboard.backends.local.engine.text_scores import TextScores
from leaderboard.backends.local.engine.word_attribution import WordAttribution
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import NotMeasurableError

_Float32Array = npt.NDArray[np.float32]
_INSIDE = "##"
"""Beginning of the name of a token that is inside a word, as in the vocabularies of BERT."""


class LocalMaskFiller:
    """Mask filler by the head of a masked language model on this machine."""

    def __init__(self, engine: Engine, model: LoadedModel) -> None:
        """Fill masks with a model.

        Raises:
            NotMeasurableError: when the tokenizer has no mask token.
        """
        if model.tokenizer.mask_token_id is None:
            raise NotMeasurableError(f"the tokenizer of {model.name} has no mask token")
        self._engine = engine
        self._model = model

    @property
    def mask(self) -> str:
        """The mask token."""
        return str(self._model.tokenizer.mask_token)

    def likely_tokens(self, text: str, n: int) -> dict[int, float]:
        """Return the ids of the n most probable tokens with their probabilities."""
        (logits,) = self._engine.run(self._model, [self._row(text, 0)], _vocabulary_reader, work="filling a mask")
        probabilities = torch.from_numpy(logits).double().softmax(-1)
        best = probabilities.topk(min(n, len(probabilities)))
        return dict(zip(best.indices.tolist(), best.values.tolist(), strict=True))

    def token(self, name: str) -> int:
        """Return the id of a token."""
        number = self._number(name)
        if number is None:
            raise NotMeasurableError(f"'{name}' is not one token of {self._model.name}, and one mask is one token")
        return number

    def token_name(self, token: int) -> str:
        """Return the name of a token."""
        text = str(self._model.tokenizer.decode([token])).strip()
        raw = str(self._model.tokenizer.convert_ids_to_tokens(token))
        return next((name for name in (text, _INSIDE + text) if self._number(name) == token), raw)

    def log_odds(self, texts: Sequence[str], token: int) -> FloatArray:
        """Return the log-odds of a token in the place of the mask of each text."""
        rows = [self._row(text, token) for text in texts]
        answers = self._engine.ask(self._model, rows, _log_odds_reader, kind="mask odds", work="filling masks")
        return np.array([answer[0] for answer in answers], dtype=np.float64)

    def attribution(self, token: int) -> "MaskAttribution":
        """Return the gradients and the attention for a token in the place of the mask."""
        return MaskAttribution(self._model, self._row, token)

    def words_read(self, words: Sequence[str]) -> range:
        """Return the words that the model reads, that with the mask among them."""
        read = self.attribution(0).words_read(words)
        place = next(place for place, word in enumerate(words) if self.mask in word)
        return range(min(read.start, place), max(read.stop, place + 1)) if read else range(place, place + 1)

    def _row(self, text: str, token: int) -> Row:
        ids = self._model.tokenizer(text, truncation=True, max_length=self._model.max_length)["input_ids"]
        places = [place for place, each in enumerate(ids) if each == self._model.tokenizer.mask_token_id]
        if len(places) != 1:
            raise NotMeasurableError(
                f"the model reads {len(places)} masks in this text; write {self.mask} once, where it is read"
            )
        return Row(tuple(ids), reads=((places[0], token),))

    def _number(self, name: str) -> int | None:
        tokenizer = self._model.tokenizer
        for text in (f" {name}", name):
            ids = tokenizer.encode(text, add_special_tokens=False)
            if len(ids) == 1 and ids[0] != tokenizer.unk_token_id:
                return int(ids[0])
        for token in (name, name.removeprefix(_INSIDE)):
            number: Any = tokenizer.convert_tokens_to_ids(token)
            if number is not None and number != tokenizer.unk_token_id:
                return int(number)
        return None


class MaskAttribution(WordAttribution):
    """Attributions of a token in the place of the mask, as the two classes of `AnswerAttribution`."""

    def __init__(self, model: LoadedModel, row: Callable[[str, int], Row], token: int) -> None:
        """Explain a token.

        Args:
            model: the masked language model.
            row: encodes a text with the place of its mask.
            token: id of the token.
        """
        self._model = model
        self._row = row
        self._token = token

    def text_scores(self, words: Sequence[str]) -> TextScores:
        """Return the log-probability of the token and of all others; the mask belongs to no word."""
        text = joined_words(words)
        row = self._row(text, self._token)
        place = row.reads[0][0]

        def log_probabilities(outputs: Sequence[Any], _masks: Sequence[torch.Tensor]) -> torch.Tensor:
            return two_sided(_log_odds(outputs[0].logits[:, place], torch.tensor(self._token)))

        encoding = self._model.tokenizer(
            text, truncation=True, max_length=self._model.max_length, return_offsets_mapping=True
        )
        owners = words_of_tokens(encoding.offset_mapping, words, 0)
        owners[place] = None
        return TextScores(
            model=self._model,
            rows=[row.ids],
            log_probabilities=log_probabilities,
            owners=owners,
            n_words=len(words),
            read_at=[place],
        )


def _log_odds(logits: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Return the log-odds of a token of each line: shapes (lines, vocabulary) to (lines,)."""
    index = tokens.to(logits.device).expand(len(logits))[:, None]
    others = logits.double().scatter(-1, index, -torch.inf).logsumexp(-1)
    return logits.double().gather(-1, index)[:, 0] - others


def _masked_logits(model: LoadedModel, batch: Batch) -> torch.Tensor:
    logits: torch.Tensor = model.module(**inputs_of(batch)).logits
    places = [row.reads[0][0] for row in batch.rows]
    return logits[torch.arange(len(places)), places]


def _log_odds_reader(model: LoadedModel) -> Forward[_Float32Array]:
    def read(batch: Batch) -> list[_Float32Array]:
        tokens = torch.tensor([row.reads[0][1] for row in batch.rows])
        return list(_log_odds(_masked_logits(model, batch), tokens)[:, None].float().cpu().numpy())

    return read


def _vocabulary_reader(model: LoadedModel) -> Forward[_Float32Array]:
    def read(batch: Batch) -> list[_Float32Array]:
        return list(_masked_logits(model, batch).float().cpu().numpy())

    return read
