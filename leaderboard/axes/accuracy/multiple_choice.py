"""Multiple choice: which of the offered answers does the subject find likeliest?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from leaderboard.axes.catalogue import ACCURACY, ACCURACY_NORM
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import LEFT_OUT, Answer, Measurement, Observation, Parameters, Protocol, kept, left_out
from leaderboard.data.examples import ChoiceExample, Example
from leaderboard.data.template import render
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine

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
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
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
        self, subject: Subject, examples: Sequence[ChoiceExample], engine: "Engine"
    ) -> Iterator[Observation]:
        from leaderboard.engine.scoring import choices  # noqa: PLC0415 - slow to import

        questions = [
            (
                subject.beginning + render(self.parameters.template, {"question": example.question}),
                [self.parameters.separator + choice for choice in example.choices],
            )
            for example in examples
        ]
        asked: Sequence[int] = range(len(questions))
        try:
            found = iter(choices(engine, subject.model, questions))
        except NotMeasurableError:
            asked = _readable(subject, questions)
            found = iter(choices(engine, subject.model, [questions[index] for index in asked]))
        for index, example in enumerate(examples):
            if index not in asked:
                yield Observation(example.id, {LEFT_OUT: "a choice adds no token to its question"})
                continue
            scores = next(found)
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
        observations = kept(observations)
        normed = _right_normed(observations)
        return [
            Measurement(ACCURACY, _share(_right(observations))),
            Measurement(
                ACCURACY_NORM,
                Estimate.not_measured("a head scores each answer as a whole") if normed is None else _share(normed),
            ),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`."""
        observations = kept(observations)
        ids = [seen.example_id for seen in observations]
        answers = {ACCURACY.name: _right(observations), ACCURACY_NORM.name: _right_normed(observations)}
        return {(name, ""): Resampled.mean(ids, right) for name, right in answers.items() if right is not None and ids}

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`."""
        return left_out(observations)

    def answer(self, seen: Observation) -> Answer | None:
        """See `Protocol.answer`: choices are counted from 1."""
        if LEFT_OUT in seen.data:
            return None
        return Answer(f"choice {seen.data['answer'] + 1}", f"choice {_said(seen) + 1}")


def _readable(subject: Subject, questions: Sequence[tuple[str, Sequence[str]]]) -> Sequence[int]:
    """Which questions can be asked: each of their choices has tokens of its own.

    Raises:
        NotMeasurableError: when none can.
    """
    from leaderboard.engine.tokens import encode_pairs  # noqa: PLC0415 - slow to import

    found, why = [], NotMeasurableError("no examples")
    for index, (context, offered) in enumerate(questions):
        try:
            encode_pairs(subject.model, [(context, choice) for choice in offered])
        except NotMeasurableError as error:
            why = error
        else:
            found.append(index)
    if not found:
        raise why
    return found


def _said(seen: Observation) -> int:
    return int(np.argmax(seen.data[_SCORES if _SCORES in seen.data else _LIKELIHOODS]))


def _right(observations: Sequence[Observation]) -> list[bool]:
    """Whether each answer is right, by its score."""
    return [_said(seen) == seen.data["answer"] for seen in observations]


def _right_normed(observations: Sequence[Observation]) -> list[bool] | None:
    """The same by its log-likelihood a character; None of a head, which has none."""
    if any(_SCORES in seen.data for seen in observations):
        return None
    said = (np.divide(seen.data[_LIKELIHOODS], seen.data["characters"]) for seen in observations)
    return [bool(np.argmax(one) == seen.data["answer"]) for one, seen in zip(said, observations, strict=True)]


def _share(right: Sequence[bool]) -> Estimate:
    return proportion(sum(right), len(right))
