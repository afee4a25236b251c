"""Classification: the class of a text, or of a pair of texts; from labels, from a teacher, or from both."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.recipes.training.encoding import Batch, Encoded, Encoder, Piece, check_targets, check_variety
from leaderboard.recipes.training.objective import FloatArray, Objective, Prediction, Weights, accuracy, cross_entropy
from leaderboard.recipes.training.settings import ClassWeights


@dataclass(frozen=True)
class Teacher:
    """What another model says about the training examples (Hinton et al. 2015).

    Attributes:
        log_probabilities: of each class, shape (examples, classes), at temperature 1.
        temperature: both sides are softened by.
        alpha: how much the teacher counts beside the labels, from 0 to 1.
    """

    log_probabilities: FloatArray
    temperature: float
    alpha: float


class Classification(Objective):
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
        rows, others = encode(encoder, train), encode(encoder, search)
        check_targets(rows, classes, name=lambda index: train[index].id, what="label")
        check_targets(others, classes, name=lambda index: search[index].id, what="label")
        check_variety(rows, what="label")
        super().__init__(rows, others, outputs=classes, score_name="accuracy", pad_id=encoder.pad_id)
        self._smoothing = label_smoothing
        self._weights = Weights(rows, classes, class_weights)
        self._teacher = teacher
        if teacher is not None:
            if teacher.log_probabilities.shape != (len(rows), classes):
                raise ValueError(
                    f"a teacher's answers of shape {teacher.log_probabilities.shape} for {len(rows)} examples"
                )
            softened = torch.tensor(teacher.log_probabilities / teacher.temperature)
            self._taught = softened.log_softmax(-1).float()

    def weight(self, row: Encoded) -> float:
        """See `Objective`: the weight of its class."""
        return self._weights.total(row)

    def loss(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """See `Objective`."""
        losses = cross_entropy(logits, batch.targets, self._weights, self._smoothing)
        if self._teacher is None:
            return losses.sum()
        taught = self._taught[[row.index for row in batch.rows]].to(logits.device)
        said = (logits.float() / self._teacher.temperature).log_softmax(-1)
        distances = functional.kl_div(said, taught, reduction="none", log_target=True).sum(-1)
        distances = distances * self._weights.each(batch.targets) * self._teacher.temperature**2
        return (self._teacher.alpha * distances + (1 - self._teacher.alpha) * losses).sum()

    def predict(self, logits: torch.Tensor, batch: Batch) -> list[Prediction]:
        """See `Objective`: the likeliest class."""
        del batch
        return [(answer,) for answer in logits.argmax(-1).tolist()]

    def score(self, found: Sequence[tuple[Encoded, Prediction]]) -> float:
        """See `Objective`: accuracy."""
        return accuracy(found)


def encode(encoder: Encoder, examples: Sequence[TextExample]) -> list[Encoded]:
    """Texts or pairs of texts with their labels, in their order.

    Raises:
        RequestError: for an example without a label.
    """
    unknown = [example.id for example in examples if example.label is None]
    if unknown:
        raise RequestError(f"{len(unknown)} examples have no label to train on: {', '.join(unknown[:5])}")
    pieces: dict[int, Piece] = {}
    for paired in (False, True):
        at = [index for index, example in enumerate(examples) if (example.second is not None) is paired]
        second = [examples[index].second or "" for index in at] if paired else None
        pieces.update(zip(at, encoder.texts([examples[index].text for index in at], second), strict=True))
    return [Encoded((pieces[index],), (example.label or 0,), index=index) for index, example in enumerate(examples)]
