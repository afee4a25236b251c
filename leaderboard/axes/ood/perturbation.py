"""Perturbation: the protocol that classifies the same texts as they are and in changed forms."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import INVARIANCE_FAILURES, OOD_ACCURACY, OOD_DROP, WORST_CASE_ACCURACY
from leaderboard.axes.ood.robustness import measure_robustness, resampled_robustness
from leaderboard.axes.ood.shift import Shift
from leaderboard.axes.protocol import Measurement, Observation
from leaderboard.stats.resampled import Resampled


class PerturbationShift(Shift):
    """Protocol of a shift whose other splits have changed forms of the texts of the subject's own distribution.

    The answers to all forms of a text are compared, beside the accuracy on each form.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (OOD_ACCURACY, OOD_DROP, WORST_CASE_ACCURACY, INVARIANCE_FAILURES)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate accuracies and drop, and the robustness to the changes."""
        return [*super().estimate(observations), *measure_robustness(observations, self.parameters.home)]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return accuracies, drop and robustness as functions of how often each example counts."""
        robustness = resampled_robustness(observations, self.parameters.home)
        return {**super().resampled(observations), **robustness}
