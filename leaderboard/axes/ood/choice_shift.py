"""Choice shift: the protocol that asks multiple-choice questions of several distributions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from leaderboard.axes.accuracy.multiple_choice import MultipleChoice, correct_choices
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import OOD_ACCURACY, OOD_DROP
from leaderboard.axes.ood.distributions import Distributions, ShiftParameters
from leaderboard.axes.protocol import Answer, Observation, Parameters, without_left_out
from leaderboard.axes.question_wording import MultipleChoiceParameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, Example
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.resampled import Resampled


class ChoiceShiftParameters(MultipleChoiceParameters, ShiftParameters):
    """Wording of the questions, and the split of the subject's own distribution."""


class ChoiceShift(Distributions[ChoiceExample]):
    """Protocol in which the same subject answers the questions of every split, as `MultipleChoice` asks them.

    The accuracy is that of the largest score, not divided by the length of a choice.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CHOOSE})
    example: ClassVar[type[Example] | None] = ChoiceExample
    parameters_type: ClassVar[type[Parameters]] = ChoiceShiftParameters
    metrics: ClassVar[tuple[Metric, ...]] = (OOD_ACCURACY, OOD_DROP)
    score: ClassVar[Metric] = OOD_ACCURACY
    drop: ClassVar[Metric] = OOD_DROP

    def ask(self, subject: Subject, examples: Sequence[ChoiceExample]) -> Iterator[Observation]:
        """Yield the scores of the choices of one distribution."""
        return self._questions.observe(subject, {"test": examples}, seed=0)

    def rate(self, observations: Sequence[Observation]) -> Estimate:
        """Estimate the accuracy on one distribution."""
        correct = correct_choices(without_left_out(observations))
        return proportion(sum(correct), len(correct))

    def resample(self, observations: Sequence[Observation]) -> Resampled:
        """Return the accuracy on one distribution as a function of how often each question counts."""
        answered = sorted(without_left_out(observations), key=lambda observation: observation.example_id)
        return Resampled.mean([each.example_id for each in answered], correct_choices(answered))

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes where questions were left out, or answers name none of the choices."""
        return self._questions.notes(observations)

    def answer(self, observation: Observation) -> Answer | None:
        """Return the right and the predicted choice of a question, counted from 1."""
        return self._questions.answer(observation)

    @property
    def _questions(self) -> MultipleChoice:
        parameters: Mapping[str, Any] = self.parameters.model_dump(include=set(MultipleChoiceParameters.model_fields))
        return MultipleChoice(MultipleChoiceParameters(**parameters))
