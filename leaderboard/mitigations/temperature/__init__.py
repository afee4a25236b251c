"""Temperature: one number that calibrates probabilities."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import Real
from leaderboard.mitigations.stages import AnswerMitigation

if TYPE_CHECKING:
    from leaderboard.backends.subject import Subject
    from leaderboard.training.preparation import Lesson


class Temperature(AnswerMitigation):
    """Divide the logits by a number (temperature scaling): predictions stay, confidence changes.

    Attributes:
        temperature: divisor of the logits; `fitted` takes the one that minimises the log-loss on the search split.
    """

    name = "temperature"
    axes = (Axis.EXPLAINABILITY, Axis.BIAS, Axis.PRIVACY)
    source = "Guo et al. 2017, On Calibration of Modern Neural Networks"
    always_recorded = True

    temperature: Annotated[
        Annotated[float, Field(gt=0)] | Literal["fitted"],
        Searched(Real(low=0.5, high=4, log=True), "divides the logits"),
    ] = 1.0

    def answering(self, subject: "Subject", lesson: "Lesson") -> "Subject":
        """Return the subject at this temperature, or at the fitted one.

        Raises:
            NotMeasurableError: when it gives no probabilities, or there is nothing to fit on.
        """
        from leaderboard.mitigations.temperature.tempered import temper_subject  # noqa: PLC0415 - slow to import

        return temper_subject(subject, self.temperature, lesson)
