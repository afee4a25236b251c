"""Base recipes of searches that spend few labels: active learning, self-training and meta-learning."""

from collections.abc import Mapping
from typing import Any

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.mitigations.levers import Lever, Phase
from leaderboard.mitigations.ranges import Real, Whole, choice
from leaderboard.mitigations.stages import AnswerMitigation, WeightMitigation
from leaderboard.studies.bases import Base, Layout, ProbeBase, Settings, TrainingBase, Values

_BUDGET = 300
"""Budget of labels where a space file gives none: the default of the recipe."""


class ActiveBase(Base):
    """Active learning; a space file may give `budget` and `member`."""

    kinds = ProbeBase.kinds
    meaning = "texts whose labels a model asks for"
    keys = ("budget", "member")

    @classmethod
    def layout(cls, layers: int) -> Layout:
        """Return how texts are chosen, then what changes answers."""
        del layers
        training, moves = Phase.TRAINING, (Axis.ACCURACY, Axis.OOD)
        strategies = choice(["entropy", "margin", "random"])
        return (
            Lever("strategy", strategies, "entropy", training, moves, "how the next texts are chosen"),
            Lever("start", Whole(low=10, high=200), 50, training, moves, "random texts that are labelled first"),
            Lever("batch", Whole(low=5, high=200), 50, training, moves, "texts that are labelled at a time"),
            AnswerMitigation,
        )

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """Return the settings of active learning, which starts within its budget."""
        budget = int(extra.get("budget", _BUDGET))
        own = {name: extra[name] for name in self.keys if name in extra}
        chosen = {"strategy": values["strategy"], "start": min(int(values["start"]), budget), "batch": values["batch"]}
        return {"recipe": "active", **chosen, **own, **self.mitigated(values, layers, extra)}


class SelfTrainingBase(Base):
    """Self-training; a space file may give `labels`, `member` and `unlabelled`."""

    kinds = ProbeBase.kinds
    meaning = "confident answers for texts without labels are learned"
    keys = ("labels", "member", "unlabelled")

    @classmethod
    def layout(cls, layers: int) -> Layout:
        """Return which answers are learned, then what changes answers."""
        del layers
        training, moves = Phase.TRAINING, (Axis.ACCURACY, Axis.OOD)
        return (
            Lever("threshold", Real(low=0.5, high=1.0), 0.9, training, moves, "probability of an answer to learn it"),
            Lever("rounds", Whole(low=0, high=5), 3, training, moves, "times that the texts are labelled again"),
            AnswerMitigation,
        )

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """Return the settings of self-training."""
        own = {name: extra[name] for name in self.keys if name in extra}
        chosen = {"threshold": values["threshold"], "rounds": values["rounds"]}
        return {"recipe": "self_training", **chosen, **own, **self.mitigated(values, layers, extra)}


class ReptileBase(Base):
    """Meta-learning; a space file gives `tasks`, and may give `shots` and `epochs`."""

    kinds = TrainingBase.kinds
    meaning = "a body that learns over several tasks to be adapted by few labels"
    keys = ("tasks", "shots", "epochs")
    trains = True

    @classmethod
    def layout(cls, layers: int) -> Layout:
        """Return how the body is meta-trained and adapted, then what follows training."""
        del layers
        training, moves = Phase.TRAINING, (Axis.ACCURACY, Axis.OOD)
        return (
            Lever("learning_rate", Real(low=1e-6, high=2e-3, log=True), 2e-5, training, moves, "highest, of AdamW"),
            Lever("inner_steps", Whole(low=1, high=20), 5, training, moves, "steps of a meta iteration"),
            Lever("meta_rate", Real(low=0.1, high=1.0), 1.0, training, moves, "way to the adapted body"),
            Lever("meta_iterations", Whole(low=0, high=500), 100, training, moves, "meta iterations"),
            AnswerMitigation,
            WeightMitigation,
        )

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """Return the settings of meta-learning.

        Raises:
            RequestError: where the space file names no tasks.
        """
        if "tasks" not in extra:
            raise RequestError(
                "the space 'reptile' needs tasks to learn from\n  Add them to the space file: tasks: [sst2]"
            )
        own = {name: extra[name] for name in self.keys if name in extra}
        chosen = {name: values[name] for name in ("learning_rate", "inner_steps", "meta_rate", "meta_iterations")}
        return {"recipe": "reptile", **chosen, **own, **self.mitigated(values, layers, extra)}
