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
from leaderboard.stats.estimate import Estimate

_SCORES, _LIKELIHOODS = "scores", "loglikelihoods"


class MultipleChoiceParameters(Parameters):
    """How a question is put.

    Attributes:
        template: sandboxed Jinja over `question`; the choice follows after `separator`.
        separator: between the question and each choice.
    """

    template: str = "{{ question }}"
    separator: str = " "


class MultipleChoice(Protocol[MultipleChoiceParameters]):
    """The choice of the largest score is the answer.

    A head that was trained to choose scores each question and choice as they are. Any other subject gives the
    log-likelihood of each choice after the question as the task puts it (as lm-evaluation-harness).
    """

    axis: ClassVar[Axis] = Axis.ACCURACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CHOOSE})
    example: ClassVar[type[Example] | None] = ChoiceExample
    parameters_type: ClassVar[type[Parameters]] = MultipleChoiceParameters
    metrics: ClassVar[tuple[Metric, ...]] = (ACCURACY, ACCURACY_NORM)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: Engine, *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        del seed  # nothing is random
        examples: Sequence[ChoiceExample] = splits["test"]
        if subject.chooser is None:
            yield from self._likelihoods(subject, examples, engine)
            return
        asked = [(example.question, example.choices) for example in examples]
        for example, scores in zip(examples, subject.chooser.scores(asked), strict=True):
            given = finite(scores, subject.model.name).tolist()
            yield Observation(example.id, {"answer": example.answer, _SCORES: given})

    def _likelihoods(
        self, subject: Subject, examples: Sequence[ChoiceExample], engine: Engine
    ) -> Iterator[Observation]:
        questions = [
            (
                subject.beginning + render(self.parameters.template, {"question": example.question}),
                [self.parameters.separator + choice for choice in example.choices],
            )
            for example in examples
        ]
        for example, scores in zip(examples, choices(engine, subject.model, questions), strict=True):
            yield Observation(
                example.id,
                {
                    "answer": example.answer,
                    _LIKELIHOODS: finite(scores, subject.model.name).tolist(),
                    "characters": [len(choice) for choice in example.choices],
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`; a tie goes to the choice that is offered first."""
        truth = np.array([seen.data["answer"] for seen in observations], dtype=np.intp)
        plain = [np.argmax(seen.data[_SCORES if _SCORES in seen.data else _LIKELIHOODS]) for seen in observations]
        return [
            Measurement(ACCURACY, metrics.accuracy(np.array(plain, dtype=np.intp), truth)),
            Measurement(ACCURACY_NORM, _normed(observations, truth)),
        ]


def _normed(observations: Sequence[Observation], truth: metrics.IntArray) -> Estimate:
    """Accuracy by log-likelihood a character, which only log-likelihoods have."""
    if any(_SCORES in seen.data for seen in observations):
        return Estimate.not_measured("a head scores each answer as a whole")
    normed = [np.argmax(np.divide(seen.data[_LIKELIHOODS], seen.data["characters"])) for seen in observations]
    return metrics.accuracy(np.array(normed, dtype=np.intp), truth)
