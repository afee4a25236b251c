"""Multiple choice: which of the answers to a question is right, one logit for each."""

from collections.abc import Sequence

import torch
from torch.nn import functional

from leaderboard.data.examples import ChoiceExample
from leaderboard.errors import RequestError
from leaderboard.recipes.training.encoding import Batch, Encoded, Encoder
from leaderboard.recipes.training.objective import Objective, Prediction, accuracy
from leaderboard.recipes.training.settings import ClassWeights


class MultipleChoice(Objective):
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
            RequestError: for no examples, or weights of classes, of which there are none.
        """
        if class_weights is not ClassWeights.NONE:
            raise RequestError(f"recipe.class_weights {class_weights.value}: the choices of questions are no classes")
        if not train:
            raise RequestError("there is no labelled example to train on")
        rows, others = encode(encoder, train), encode(encoder, search)
        super().__init__(rows, others, outputs=None, score_name="accuracy", pad_id=encoder.pad_id)
        self._smoothing = label_smoothing

    def collate(self, rows: Sequence[Encoded]) -> Batch:
        """All choices of all questions as those of one, so that no question needs as many as another."""
        batch = super().collate(rows)
        return Batch(rows, {name: tensor.unsqueeze(0) for name, tensor in batch.inputs.items()}, batch.targets)

    def weight(self, row: Encoded) -> float:
        """See `Objective`: a question is a question."""
        del row
        return 1.0

    def loss(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """See `Objective`."""
        losses = [
            functional.cross_entropy(scores.float(), target, label_smoothing=self._smoothing)
            for scores, target in zip(_by_question(logits, batch), batch.targets, strict=True)
        ]
        return torch.stack(losses).sum()

    def predict(self, logits: torch.Tensor, batch: Batch) -> list[Prediction]:
        """See `Objective`: the choice of the highest score."""
        return [(int(scores.argmax()),) for scores in _by_question(logits.cpu(), batch)]

    def score(self, found: Sequence[tuple[Encoded, Prediction]]) -> float:
        """See `Objective`: accuracy."""
        return accuracy(found)


def encode(encoder: Encoder, examples: Sequence[ChoiceExample]) -> list[Encoded]:
    """Questions, each with every one of its choices."""
    pairs = [(example.question, choice) for example in examples for choice in example.choices]
    pieces = iter(encoder.texts([question for question, _ in pairs], [choice for _, choice in pairs]))
    return [
        Encoded(tuple(next(pieces) for _ in example.choices), (example.answer,), index=index)
        for index, example in enumerate(examples)
    ]


def _by_question(logits: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, ...]:
    counts = [len(row.pieces) for row in batch.rows]
    return torch.split(logits.flatten(), counts)
