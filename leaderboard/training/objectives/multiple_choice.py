"""Multiple choice: the right one of the choices of a question, one logit per choice."""

from collections.abc import Sequence

import torch
from torch.nn import functional

from leaderboard.data.examples import ChoiceExample
from leaderboard.errors import RequestError
from leaderboard.training.encoding import Encoded, Encoder, TrainingBatch
from leaderboard.training.objectives.objective import Prediction, TrainingObjective, accuracy
from leaderboard.training.setting_checks import check_class_weights
from leaderboard.training.settings import ClassWeights


class MultipleChoiceObjective(TrainingObjective):
    """Cross-entropy with the right one of the choices of each question; accuracy. Questions may offer any number."""

    def __init__(
        self,
        encoder: Encoder,
        train: Sequence[ChoiceExample],
        search: Sequence[ChoiceExample] = (),
        *,
        label_smoothing: float = 0.0,
        class_weights: ClassWeights = ClassWeights.NONE,
    ) -> None:
        """Encode the examples.

        Raises:
            RequestError: for no examples, or for class weights, since choices are not classes.
        """
        check_class_weights(class_weights, has_classes=False)
        if not train:
            raise RequestError("there is no labelled example to train on")
        rows, search_rows = encode(encoder, train), encode(encoder, search)
        super().__init__(rows, search_rows, outputs=None, score_name="accuracy", pad_id=encoder.pad_id)
        self._smoothing = label_smoothing

    def collate(self, rows: Sequence[Encoded]) -> TrainingBatch:
        """Batch all choices of all questions as those of one question, so that numbers of choices may differ."""
        batch = super().collate(rows)
        return TrainingBatch(rows, {name: tensor.unsqueeze(0) for name, tensor in batch.inputs.items()}, batch.targets)

    def weight(self, row: Encoded) -> float:
        """Return 1: every question counts the same."""
        del row
        return 1.0

    def loss(self, logits: torch.Tensor, batch: TrainingBatch) -> torch.Tensor:
        """Return the sum of the cross-entropies of the questions."""
        losses = [
            functional.cross_entropy(scores.float(), target, label_smoothing=self._smoothing)
            for scores, target in zip(_by_question(logits, batch), batch.targets, strict=True)
        ]
        return torch.stack(losses).sum()

    def predict(self, logits: torch.Tensor, batch: TrainingBatch) -> list[Prediction]:
        """Return the choice with the highest logit of each question."""
        return [(int(scores.argmax()),) for scores in _by_question(logits.cpu(), batch)]

    def score(self, predictions: Sequence[tuple[Encoded, Prediction]]) -> float:
        """Return the accuracy of predictions."""
        return accuracy(predictions)


def encode(encoder: Encoder, examples: Sequence[ChoiceExample]) -> list[Encoded]:
    """Encode questions, each with every one of its choices."""
    pairs = [(example.question, choice) for example in examples for choice in example.choices]
    pieces = iter(encoder.texts([question for question, _ in pairs], [choice for _, choice in pairs]))
    return [
        Encoded(tuple(next(pieces) for _ in example.choices), (example.answer,), index=index)
        for index, example in enumerate(examples)
    ]


def _by_question(logits: torch.Tensor, batch: TrainingBatch) -> tuple[torch.Tensor, ...]:
    counts = [len(row.pieces) for row in batch.rows]
    return torch.split(logits.flatten(), counts)
