"""Tagging: the class of each word of a sentence, read off its first token."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from leaderboard.data.examples import TaggedExample
from leaderboard.errors import RequestError
from leaderboard.recipes.training.encoding import IGNORED, Batch, Encoded, Encoder, check_targets, check_variety
from leaderboard.recipes.training.objective import Objective, Prediction, Weights, accuracy, cross_entropy
from leaderboard.recipes.training.settings import ClassWeights

if TYPE_CHECKING:
    from leaderboard.axes.accuracy.schemes import Vocabulary


class Tagging(Objective):
    """Cross-entropy with the tag of each word; strict F1 of spans, or accuracy where tags are not those of spans.

    Words without a token, and those behind the last token that is read, are left out of loss and score.
    """

    def __init__(
        self,
        encoder: Encoder,
        labels: Sequence[str],
        train: Sequence[TaggedExample],
        search: Sequence[TaggedExample] = (),
        *,
        label_smoothing: float = 0.0,
        class_weights: ClassWeights = ClassWeights.NONE,
    ) -> None:
        """Encode the examples.

        Raises:
            RequestError: for no examples, a tag beyond the labels, or one tag.
        """
        rows, others = encode(encoder, train), encode(encoder, search)
        check_targets(rows, len(labels), name=lambda index: train[index].id, what="tag")
        check_targets(others, len(labels), name=lambda index: search[index].id, what="tag")
        check_variety(rows, what="tag")
        self._tags = _vocabulary(labels)
        score_name = "span_f1" if self._tags else "token_accuracy"
        super().__init__(rows, others, outputs=len(labels), score_name=score_name, pad_id=encoder.pad_id)
        self._labels = tuple(labels)
        self._smoothing = label_smoothing
        self._weights = Weights(rows, len(labels), class_weights)

    def weight(self, row: Encoded) -> float:
        """See `Objective`: over the words that are read."""
        return self._weights.total(row)

    def loss(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """See `Objective`."""
        return cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), self._weights, self._smoothing).sum()

    def predict(self, logits: torch.Tensor, batch: Batch) -> list[Prediction]:
        """See `Objective`: the likeliest tag of each word that was read."""
        answers = logits.argmax(-1).tolist()
        return [tuple(answers[line][place] for place in row.places) for line, row in enumerate(batch.rows)]

    def score(self, found: Sequence[tuple[Encoded, Prediction]]) -> float:
        """See `Objective`."""
        if self._tags is None:
            return accuracy(found)
        from leaderboard.axes.accuracy.report import Count  # noqa: PLC0415 - seqeval is slow to import
        from leaderboard.axes.accuracy.schemes import compared  # noqa: PLC0415
        from leaderboard.axes.accuracy.spans import span_counts  # noqa: PLC0415

        true = [self._names(row.targets) for row, _ in found]
        both = compared(true, [self._names(answers) for _, answers in found], self._tags)
        _, counts = span_counts(both.true, both.predicted)
        totals = counts.sum(axis=(0, 1))
        spans = int(totals[Count.PREDICTED] + totals[Count.TRUE])
        return 2 * int(totals[Count.CORRECT]) / spans if spans else 0.0

    def _names(self, tags: Sequence[int]) -> list[str]:
        return [self._labels[tag] for tag in tags]

    def _targets(self, rows: Sequence[Encoded], length: int) -> torch.Tensor:
        targets = torch.full((len(rows), length), IGNORED)
        for line, row in enumerate(rows):
            targets[line, list(row.places)] = torch.tensor(row.targets)
        return targets


def _vocabulary(labels: Sequence[str]) -> "Vocabulary | None":
    """The tags taken apart, where they are those of spans."""
    from leaderboard.axes.accuracy.schemes import vocabulary  # noqa: PLC0415 - above the recipes

    try:
        return vocabulary(labels) if "O" in labels else None
    except RequestError:
        return None


def encode(encoder: Encoder, examples: Sequence[TaggedExample]) -> list[Encoded]:
    """Sentences with the tags of the words that are read; a sentence of which no word is read is left out."""
    read = encoder.sentences([example.words for example in examples])
    return [
        Encoded((piece,), tuple(example.tags[word] for word in first), tuple(first.values()), index)
        for index, (example, (piece, first)) in enumerate(zip(examples, read, strict=True))
        if first
    ]
