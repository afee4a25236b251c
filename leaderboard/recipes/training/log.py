"""TrainingLog: what happened in a training, kept beside the weights."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from leaderboard.recipes.training.privacy import Privacy


@dataclass(frozen=True)
class TrainingLog:
    """A training that ended.

    Attributes:
        steps: changes of the weights.
        losses: mean loss of each epoch, with weights of classes, label smoothing and a teacher, where there are any.
        search_losses: the same on the search split behind each epoch; empty without one.
        search_scores: of the search split behind each epoch.
        score: what that score is.
        best_epoch: whose weights were kept, from 1.
        stopped_early: whether the search split ended it.
        trained_parameters, all_parameters: how many numbers were learned, of how many.
        precision: of multiplications.
        processes: that trained together.
        seconds: that it took, in all its parts where it was interrupted.
        privacy: what it promises about its examples; None where it was trained without noise.
    """

    steps: int
    losses: tuple[float, ...]
    search_losses: tuple[float, ...]
    search_scores: tuple[float, ...]
    score: str
    best_epoch: int
    stopped_early: bool
    trained_parameters: int
    all_parameters: int
    precision: str
    processes: int
    seconds: float
    privacy: Privacy | None = None

    def to_json(self) -> dict[str, Any]:
        """Everything, JSON-like."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """The log that `to_json` told."""
        lists: dict[str, Any] = {name: tuple(value) for name, value in kept.items() if isinstance(value, list)}
        promised = kept.get("privacy")
        return cls(**(kept | lists | {"privacy": None if promised is None else Privacy.from_json(promised)}))
