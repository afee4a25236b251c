"""Tagging: the class of each word of a sentence, predicted at its first token."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from leaderboard.data.examples import TaggedExample
from leaderboard.errors import RequestError
from leaderboard.training.encoding import (
    IGNORED,
    Encoded,
    Encoder,
    TrainingBatch,
    check_distinct_targets,
    check_targets,
)
from leaderboard.training.objectives.objective import (
    ClassWeighting,
    Prediction,
    TrainingObjective,
    accuracy,
    cross_entropy,
)
from leaderboard.training.settings import ClassWeights

if TYPE_CHECKING:
    from leaderboard.axes.accuracy.schemes import Vocabulary


class TaggingObjective(TrainingObjective):
    """Cross-entropy with the tag of each word; strict F1 of spans, or accuracy where tags are not those of spans.

    Words without a token and truncated words are left out of loss and score.
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
            RequestError: for no examples, a tag that is not a label, or a single tag.
        """
        rows, search_rows = encode(encoder, train), encode(encoder, search)
        check_targets(rows, len(labels), name=lambda index: train[index].id, target_name="tag")
        check_targets(search_rows, len(labels), name=lambda index: search[index].id, target_name="tag")
        check_distinct_targets(rows, target_name="tag")
        self._tags = _vocabulary(labels)
        score_name = "span_f1" if self._tags else "token_accuracy"
        super().__init__(rows, search_rows, outputs=len(labels), score_name=score_name, pad_id=encoder.pad_id)
        self._labels = tuple(labels)
        self._smoothing = label_smoothing
        self._weights = ClassWeighting(rows, len(labels), class_weights)

    def weight(self, row: Encoded) -> float:
        """Return the summed weight of the encoded words."""
        return self._weights.total(row)

    def loss(self, logits: torch.Tensor, batch: TrainingBatch) -> torch.Tensor:
        """Return the weighted sum of the cross-entropies of the words."""
        return cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), self._weights, self._smoothing).sum()

    def predict(self, logits: torch.Tensor, batch: TrainingBatch) -> list[Prediction]:
        """Return the most probable tag of each encoded word."""
        answers = logits.argmax(-1).tolist()
        return [tuple(answers[line][place] for place in row.places) for line, row in enumerate(batch.rows)]

    def score(self, predictions: Sequence[tuple[Encoded, Prediction]]) -> float:
        """Return the strict F1 of spans, or the accuracy of tags that do not mark spans."""
        if self._tags is None:
            return accuracy(predictions)
        from leaderboard.axes.accuracy.report import Count  # noqa: PLC0415 - above the recipes
        from leaderboard.axes.accuracy.schemes import compare_tags  # noqa: PLC0415
        from leaderboard.axes.accuracy.spans import span_counts  # noqa: PLC0415

        true = [self._tag_names(row.targets) for row, _ in predictions]
        both = compare_tags(true, [self._tag_names(answers) for _, answers in predictions], self._tags)
        _, counts = span_counts(both.true, both.predicted)
        totals = counts.sum(axis=(0, 1))
        spans = int(totals[Count.PREDICTED] + totals[Count.TRUE])
        return 2 * int(totals[Count.CORRECT]) / spans if spans else 0.0

    def _tag_names(self, tags: Sequence[int]) -> list[str]:
        return [self._labels[tag] for tag in tags]

    def _targets(self, rows: Sequence[Encoded], length: int) -> torch.Tensor:
        targets = torch.full((len(rows), length), IGNORED)
        for line, row in enumerate(rows):
            targets[line, list(row.places)] = torch.tensor(row.targets)
        return targets


def _vocabulary(labels: Sequence[str]) -> "Vocabulary | None":
    """Return the parsed tags, where they mark spans."""
    from leaderboard.axes.accuracy.schemes import vocabulary  # noqa: PLC0415 - above the recipes

    try:
        return vocabulary(labels) if "O" in labels else None
    except RequestError:
        return None


def encode(encoder: Encoder, examples: Sequence[TaggedExample]) -> list[Encoded]:
    """Encode sentences with the tags of their words; a sentence without any encoded word is left out."""
    encoded = encoder.sentences([example.words for example in examples])
    return [
        Encoded((piece,), tuple(example.tags[word] for word in first), tuple(first.values()), index)
        for index, (example, (piece, first)) in enumerate(zip(examples, encoded, strict=True))
        if first
    ]
