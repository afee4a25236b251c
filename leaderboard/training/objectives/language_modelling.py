"""Language modelling: every token of a running text is predicted from those before it, by a causal model."""

from collections.abc import Sequence

import torch
from torch.nn import functional

from leaderboard.data.examples import RunningText
from leaderboard.errors import RequestError
from leaderboard.training.encoding import IGNORED, Encoded, Encoder, TokenSequence, TrainingBatch
from leaderboard.training.objectives.objective import Prediction, TrainingObjective
from leaderboard.training.setting_checks import check_class_weights
from leaderboard.training.settings import ClassWeights

_SHORTEST = 2
"""Number of tokens of the shortest sequence in which one is predicted from another."""


class LanguageModellingObjective(TrainingObjective):
    """Cross-entropy of each token given those before it, in nats; the score is the share of right tokens.

    Where the tokenizer has tokens for the beginning and the end of a text, both are around it, so that its first token
    and its end are learned, too.
    """

    def __init__(
        self,
        encoder: Encoder,
        train: Sequence[RunningText],
        search: Sequence[RunningText] = (),
        *,
        label_smoothing: float = 0.0,
        class_weights: ClassWeights = ClassWeights.NONE,
    ) -> None:
        """Encode the texts; those of a single token are left out.

        Raises:
            RequestError: for no text with two tokens, or for class weights, since tokens are not classes.
        """
        check_class_weights(class_weights, has_classes=False)
        rows, search_rows = encode(encoder, train), encode(encoder, search)
        if not rows:
            raise RequestError("there is no text of two tokens or more to train on")
        super().__init__(rows, search_rows, outputs=None, score_name="token accuracy", pad_id=encoder.pad_id)
        self._smoothing = label_smoothing

    def weight(self, row: Encoded) -> float:
        """Return the number of predicted tokens."""
        return float(len(row.targets))

    def loss(self, logits: torch.Tensor, batch: TrainingBatch) -> torch.Tensor:
        """Return the sum of the cross-entropies of all tokens; logits of shape (rows, length, vocabulary)."""
        return functional.cross_entropy(
            logits.float().flatten(0, 1),
            batch.targets.flatten(),
            ignore_index=IGNORED,
            label_smoothing=self._smoothing,
            reduction="sum",
        )

    def predict(self, logits: torch.Tensor, batch: TrainingBatch) -> list[Prediction]:
        """Return the most likely token at each place of each row."""
        best = logits.argmax(-1).cpu().tolist()
        return [tuple(line[: len(row.targets)]) for line, row in zip(best, batch.rows, strict=True)]

    def score(self, predictions: Sequence[tuple[Encoded, Prediction]]) -> float:
        """Return the share of tokens that were predicted right."""
        right = sum(one == other for row, best in predictions for one, other in zip(row.targets, best, strict=True))
        return right / sum(len(row.targets) for row, _ in predictions)

    def _targets(self, rows: Sequence[Encoded], length: int) -> torch.Tensor:
        targets = torch.full((len(rows), length), IGNORED)
        for line, row in zip(targets, rows, strict=True):
            line[: len(row.targets)] = torch.tensor(row.targets)
        return targets


def encode(encoder: Encoder, examples: Sequence[RunningText]) -> list[Encoded]:
    """Encode texts, each between its beginning and its end; the target at each place is the next token."""
    tokenizer = encoder.tokenizer
    encoded = []
    for index, piece in enumerate(encoder.texts([example.whole for example in examples])):
        ids = list(piece.ids)
        if tokenizer.bos_token_id is not None and ids[:1] != [tokenizer.bos_token_id]:
            ids = [tokenizer.bos_token_id, *ids]
        if tokenizer.eos_token_id is not None and ids[-1:] != [tokenizer.eos_token_id]:
            ids = [*ids, tokenizer.eos_token_id]
        ids = ids[: encoder.max_length]
        if len(ids) >= _SHORTEST:
            encoded.append(Encoded((TokenSequence(ids),), tuple(ids[1:]), index=index))
    return encoded
