"""Levers: everything that a search can turn, each with its range and with the value that leaves it off.

One page, so that one can see at once what is searched. A lever that is off leaves the model as the plain recipe makes
it. Ranges follow the literature that each mitigation names in its own file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.axes.metric import Axis
from leaderboard.models.alteration import Quantisation
from leaderboard.studies.ranges import Range, Real, Value, Whole, choice


class Stage(StrEnum):
    """What has to be done again when a lever is turned, from the costliest to the cheapest."""

    DATA = "data"
    TRAINING = "training"
    ANSWERS = "answers"


@dataclass(frozen=True)
class Lever:
    """Something to turn.

    Attributes:
        name: in a space, and of the column of a trial.
        range: the values it may take.
        off: the value that changes nothing, or the usual one where it cannot be off; in the range.
        stage: what it changes.
        moves: the axes it is known to move, for people.
        meaning: in a line.
    """

    name: str
    range: Range
    off: Value
    stage: Stage
    moves: tuple[Axis, ...]
    meaning: str

    def __post_init__(self) -> None:
        if self.off not in self.range:
            raise ValueError(f"{self.name}: {self.off!r} (off) is not in its range, {self.range}")


A, O, B, P, L, E = Axis  # noqa: E741 - their initials, for the table below


def levers(layers: int) -> Mapping[str, Lever]:
    """All levers, by name.

    Args:
        layers: of the model.
    """
    third = min(layers - 1, max(1, layers // 3))
    data, training, answers = Stage
    off = "none"
    table = [
        # What is learned from
        Lever("deduplicate", choice([False, True]), False, data, (P,), "leave repeated texts out"),
        Lever("anonymise", choice([off, "mask", "pseudonym"]), off, data, (P,), "hide names, addresses, numbers"),
        Lever("augment", choice([off, "typos", "synonyms"]), off, data, (O,), "learn from changed copies too"),
        Lever("augmented_share", Real(low=0.05, high=1), 0.5, data, (O,), "of the texts that are copied (augment)"),
        Lever(
            "counterfactual_share",
            Real(low=0, high=1, half_off=True),
            0.0,
            data,
            (B,),
            "of texts whose groups are exchanged",
        ),
        # How a probe learns
        Lever("layer", Whole(low=0, high=layers), layers, training, (A, O, B), "whose hidden states a probe reads"),
        Lever("c", Real(low=1e-3, high=1e2, log=True), 1.0, training, (A, P), "inverse L2 penalty of a probe"),
        Lever(
            "debias_directions",
            Whole(low=0, high=10, half_off=True),
            0,
            training,
            (B, A),
            "projected out of a probe's features",
        ),
        # How weights are learned
        Lever("tune", choice(["full", "lora"]), "full", training, (A, P), "all weights, or low-rank matrices"),
        Lever("learning_rate", Real(low=1e-6, high=2e-3, log=True), 2e-5, training, (A, O, P), "highest, of AdamW"),
        Lever("weight_decay", Real(low=0, high=0.3), 0.0, training, (O, P), "L2 penalty of matrices"),
        Lever("dropout", Real(low=0, high=0.4), 0.1, training, (O, P), "share of activations set to 0"),
        Lever("label_smoothing", Real(low=0, high=0.2), 0.0, training, (A, P), "probability spread over classes"),
        Lever("epochs", Whole(low=1, high=8), 3, training, (A, P), "how often every text is seen"),
        Lever("patience", Whole(low=0, high=3), 0, training, (O, P), "epochs without a gain before it stops"),
        Lever("unfrozen_layers", Whole(low=0, high=layers), layers, training, (O, P), "last layers that learn (full)"),
        Lever("lora_rank", Whole(low=2, high=32, log=True), 8, training, (A, P), "columns of the matrices (lora)"),
        Lever("lora_scale", choice([1, 2, 4]), 2, training, (A,), "alpha / rank (lora)"),
        Lever("lora_dropout", Real(low=0, high=0.2), 0.05, training, (O, P), "on what enters the matrices (lora)"),
        Lever(
            "mixup", Real(low=0, high=0.4, half_off=True), 0.0, training, (O, A), "Beta(α, α) by which texts are mixed"
        ),
        Lever("adversary", choice([off, "fgm", "pgd", "freelb"]), off, training, (O,), "learn from worst-case inputs"),
        Lever(
            "adversary_epsilon", Real(low=1e-3, high=1, log=True), 0.1, training, (O,), "how far they lie (adversary)"
        ),
        Lever("dp_noise", Real(low=0, high=2, half_off=True), 0.0, training, (P, A), "noise multiplier of DP-SGD"),
        Lever(
            "dp_clip", Real(low=0.1, high=10, log=True), 1.0, training, (P, A), "most of a text's gradient (dp_noise)"
        ),
        Lever(
            "teacher_share",
            Real(low=0, high=1, half_off=True),
            0.0,
            training,
            (A, L),
            "of what a teacher says (needs `teacher`)",
        ),
        Lever("softening", Real(low=1, high=8), 2.0, training, (A,), "temperature of the teacher (teacher_share)"),
        Lever(
            "student_layers", Whole(low=1, high=layers), layers, training, (L, A), "kept in a student (teacher_share)"
        ),
        Lever("ensemble_size", Whole(low=1, high=4), 1, training, (A, O, L), "subjects that answer together"),
        # How a prompt asks
        Lever("shots", choice([0, 1, 2, 4, 8]), 0, answers, (A, L), "solved examples before each question"),
        Lever("template", choice([0, 1, 2, 3, 4]), 0, answers, (A, O), "wording of the question; 0 is the task's"),
        Lever(
            "demonstrations",
            choice(["balanced", "random", "nearest"]),
            "balanced",
            answers,
            (A, B),
            "which examples are shown (shots)",
        ),
        Lever("prefix", choice([off, "instruction", "fair"]), off, answers, (A, B), "sentence before everything"),
        # What follows
        Lever(
            "group_thresholds", choice([off, "equalized_odds", "demographic_parity"]), off, answers, (B, A), "by group"
        ),
        Lever("temperature", Real(low=0.5, high=4, log=True), 1.0, answers, (E, B, P), "divides the logits"),
        Lever("quantise", choice([each.value for each in Quantisation]), off, answers, (L, A), "8-bit weights"),
        Lever("prune", Real(low=0, high=0.6, half_off=True), 0.0, answers, (A, E), "share of weights set to 0"),
        Lever("drop_layers", Whole(low=0, high=third), 0, answers, (L, A), "last layers left out"),
    ]
    return {lever.name: lever for lever in table}
