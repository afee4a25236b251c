"""Multiple choice: which of the offered answers does the subject find likeliest?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.axes.accuracy import metrics
from leaderboard.axes.catalogue import ACCURACY, ACCURACY_NORM
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.data.examples import ChoiceExample, Example
from leaderboard.data.template import render
from leaderboard.engine.engine import Engine
from leaderboard.engine.scoring import choices
from leaderboard.models.subject import Capability, Subject


class MultipleChoiceParameters(Parameters):
    """How a question is put.

    Attributes:
        template: sandboxed Jinja over `question`; the choice follows after `separator`.
        separator: between the question and each choice.
    """

    template: str = "{{ question }}"
    separator: str = " "


class MultipleChoice(Protocol[MultipleChoiceParameters]):
    """The log-likelihood of each choice after the question; the largest is the answer (as lm-evaluation-harness)."""

    axis: ClassVar[Axis] = Axis.ACCURACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.LOGLIKELIHOOD})
    example: ClassVar[type[Example] | None] = ChoiceExample
    parameters_type: ClassVar[type[Parameters]] = MultipleChoiceParameters
    metrics: ClassVar[tuple[Metric, ...]] = (ACCURACY, ACCURACY_NORM)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: Engine, *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        del seed  # nothing is random
        examples: Sequence[ChoiceExample] = splits["test"]
        questions = [
            (
                render(self.parameters.template, {"question": example.question}),
                [self.parameters.separator + choice for choice in example.choices],
            )
            for example in examples
        ]
        for example, scores in zip(examples, choices(engine, subject.model, questions), strict=True):
            yield Observation(
                example.id,
                {
                    "answer": example.answer,
                    "loglikelihoods": finite(scores, subject.model.name).tolist(),
                    "characters": [len(choice) for choice in example.choices],
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`; a tie goes to the choice that is offered first."""
        truth = np.array([observation.data["answer"] for observation in observations], dtype=np.intp)
        plain = [np.argmax(observation.data["loglikelihoods"]) for observation in observations]
        normed = [
            np.argmax(np.divide(observation.data["loglikelihoods"], observation.data["characters"]))
            for observation in observations
        ]
        return [
            Measurement(ACCURACY, metrics.accuracy(np.array(plain, dtype=np.intp), truth)),
            Measurement(ACCURACY_NORM, metrics.accuracy(np.array(normed, dtype=np.intp), truth)),
        ]
