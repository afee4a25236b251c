"""Classification: the class of a text, or of a pair of texts; from labels, from a teacher, or from both."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from leaderboard.arrays import FloatArray
from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.training.encoding import (
    Encoded,
    Encoder,
    TokenSequence,
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


@dataclass(frozen=True)
class Teacher:
    """Predictions of a teacher model for the training examples (Hinton et al. 2015).

    Attributes:
        log_probabilities: log-probability of each class, shape (examples, classes), at temperature 1.
        temperature: temperature of teacher and student.
        alpha: weight of the teacher against the labels, from 0 to 1.
    """

    log_probabilities: FloatArray
    temperature: float
    alpha: float


class ClassificationObjective(TrainingObjective):
    """Cross-entropy with the label of each text; accuracy.

    With a teacher, alpha · T² · KL(teacher at T ‖ model at T) + (1 - alpha) · cross-entropy.
    """

    def __init__(
        self,
        encoder: Encoder,
        classes: int,
        train: Sequence[TextExample],
        search: Sequence[TextExample] = (),
        *,
        label_smoothing: float = 0.0,
        class_weights: ClassWeights = ClassWeights.NONE,
        teacher: Teacher | None = None,
    ) -> None:
        """Encode the examples.

        Raises:
            RequestError: for no examples, an example without a label or with one beyond the classes, or one class.
        """
        rows, search_rows = encode(encoder, train), encode(encoder, search)
        check_targets(rows, classes, name=lambda index: train[index].id, target_name="label")
        check_targets(search_rows, classes, name=lambda index: search[index].id, target_name="label")
        check_distinct_targets(rows, target_name="label")
        super().__init__(rows, search_rows, outputs=classes, score_name="accuracy", pad_id=encoder.pad_id)
        self._smoothing = label_smoothing
        self._weights = ClassWeighting(rows, classes, class_weights)
        self._teacher = teacher
        if teacher is not None:
            if teacher.log_probabilities.shape != (len(rows), classes):
                raise ValueError(
                    f"a teacher's answers of shape {teacher.log_probabilities.shape} for {len(rows)} examples"
                )
            softened = torch.tensor(teacher.log_probabilities / teacher.temperature)
            self._teacher_log_probabilities = softened.log_softmax(-1).float()

    def weight(self, row: Encoded) -> float:
        """Return the weight of the row's class."""
        return self._weights.total(row)

    def loss(self, logits: torch.Tensor, batch: TrainingBatch) -> torch.Tensor:
        """Return the weighted sum of the losses, with the teacher's where there is one."""
        losses = cross_entropy(logits, batch.targets, self._weights, self._smoothing)
        if self._teacher is None:
            return losses.sum()
        teacher = self._teacher_log_probabilities[[row.index for row in batch.rows]].to(logits.device)
        student = (logits.float() / self._teacher.temperature).log_softmax(-1)
        distances = functional.kl_div(student, teacher, reduction="none", log_target=True).sum(-1)
        distances = distances * self._weights.each(batch.targets) * self._teacher.temperature**2
        return (self._teacher.alpha * distances + (1 - self._teacher.alpha) * losses).sum()

    def predict(self, logits: torch.Tensor, batch: TrainingBatch) -> list[Prediction]:
        """Return the most probable class of each row."""
        del batch
        return [(answer,) for answer in logits.argmax(-1).tolist()]

    def score(self, predictions: Sequence[tuple[Encoded, Prediction]]) -> float:
        """Return the accuracy of predictions."""
        return accuracy(predictions)


def encode(encoder: Encoder, examples: Sequence[TextExample]) -> list[Encoded]:
    """Encode texts or pairs of texts with their labels, in their order.

    Raises:
        RequestError: for an example without a label.
    """
    unlabelled = [example.id for example in examples if example.label is None]
    if unlabelled:
        raise RequestError(f"{len(unlabelled)} examples have no label to train on: {', '.join(unlabelled[:5])}")
    pieces: dict[int, TokenSequence] = {}
    for paired in (False, True):
        indices = [index for index, example in enumerate(examples) if (example.second is not None) is paired]
        second = [examples[index].second or "" for index in indices] if paired else None
        pieces.update(zip(indices, encoder.texts([examples[index].text for index in indices], second), strict=True))
    return [Encoded((pieces[index],), (example.label or 0,), index=index) for index, example in enumerate(examples)]
