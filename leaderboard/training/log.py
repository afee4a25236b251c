"""Training log: losses, scores and costs of a training, kept with the weights."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from leaderboard.training.dp_guarantee import PrivacyGuarantee


@dataclass(frozen=True)
class TrainingLog:
    """Losses, scores and costs of a finished training.

    Attributes:
        steps: number of updates of the weights.
        losses: mean loss of each epoch, with class weights, label smoothing and a teacher, where there are any.
        search_losses: loss on the search split after each epoch; empty without such a split.
        search_scores: score on the search split after each epoch.
        score: name of that score.
        best_epoch: epoch whose weights were kept, from 1.
        stopped_early: whether the search split ended it.
        trained_parameters, all_parameters: number of trained parameters, and of all parameters.
        precision: precision of multiplications.
        processes: number of processes.
        seconds: duration, over all parts of an interrupted training.
        privacy: privacy guarantee; None for a training without noise.
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
    privacy: PrivacyGuarantee | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all fields, JSON-like."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """Rebuild a log from the output of `to_json`."""
        lists: dict[str, Any] = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
        privacy = fields.get("privacy")
        return cls(**(fields | lists | {"privacy": None if privacy is None else PrivacyGuarantee.from_json(privacy)}))
