"""Generation: the protocol that compares written answers with references."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import AfterValidator

from leaderboard.axes.accuracy import EVALUATE_SCORE, EXACT_MATCH, TOKEN_F1
from leaderboard.axes.accuracy.evaluate_modules.estimating import (
    estimate_modules,
    module_metrics,
    module_notes,
    resampled_modules,
)
from leaderboard.axes.accuracy.evaluate_modules.settings import ModuleParameters
from leaderboard.axes.accuracy.writing import WritingParameters, write
from leaderboard.axes.accuracy.written_answers import AnswerKind, AnswerRule
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, ReferenceExample
from leaderboard.data.patterns import check_pattern
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.resampled import Resampled

_NO_ANSWER = "(no answer)"
_GROUP = "group"
_SHOWN = 60
"""Largest number of characters of a reference in a message."""


def _checked_pattern(pattern: str) -> str:
    check_pattern(pattern)
    return pattern


class GenerationParameters(WritingParameters, ModuleParameters):
    """Prompt, length and answer of a generated text.

    Attributes:
        answer_pattern: regular expression; the first group of its last match in the text is the answer, and so in a
            reference that matches. Empty: the whole text is the answer.
        answer: `text` compares words of any language, after the rules of SQuAD; `number` compares decimal numbers by
            value; `squad` and `cmrc` compare spans as the scripts of SQuAD 1.1 and of CMRC 2018 (Chinese) do.
    """

    answer_pattern: Annotated[str, AfterValidator(_checked_pattern)] = ""
    answer: AnswerKind = AnswerKind.TEXT


class Generation(Protocol[GenerationParameters]):
    """Protocol in which the subject writes an answer by greedy decoding, which is compared with references.

    The best of the references counts. A text without a match of `answer_pattern` has no answer, which is wrong.
    """

    version: ClassVar[int] = 2  # 1 took "2²" for 22 and "1,5" for 15
    axis: ClassVar[Axis] = Axis.ACCURACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GENERATE})
    example: ClassVar[type[Example] | None] = ReferenceExample
    parameters_type: ClassVar[type[Parameters]] = GenerationParameters
    metrics: ClassVar[tuple[Metric, ...]] = (EXACT_MATCH, TOKEN_F1, EVALUATE_SCORE)
    mean_metrics: ClassVar[tuple[Metric, ...]] = (EXACT_MATCH, TOKEN_F1)
    reads_labels: ClassVar[bool] = False

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the text for each example, the answer in it, and the reference answers."""
        del seed  # greedy decoding is not random
        examples: Sequence[ReferenceExample] = splits["test"]
        references = [self._references(example) for example in examples]
        texts = write(subject, examples, self.parameters)
        yield from self._scored(
            [
                Observation(
                    each.id,
                    {"text": text, "answer": self._rule.answer(text), "references": expected}
                    | ({} if each.group is None else {_GROUP: each.group}),
                )
                for each, text, expected in zip(examples, texts, references, strict=True)
            ]
        )

    @property
    def task_metrics(self) -> tuple[Metric, ...]:
        """Metrics of the modules of `evaluate` in its parameters."""
        return module_metrics(self.parameters.evaluate)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate exact match, the mean F1, and metrics of `evaluate`; groups of examples are resampled."""
        groups = _groups(observations)
        return [
            attempt(EXACT_MATCH, lambda: _share(self._matches(observations), groups)),
            attempt(TOKEN_F1, lambda: bounded_mean(self._f1s(observations), TOKEN_F1.bounds, clusters=groups)),
            *estimate_modules(self.parameters.evaluate, observations),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all means as functions of how often each example counts."""
        ids = [observation.example_id for observation in observations]
        scores: dict[str, Sequence[float]] = {
            EXACT_MATCH.name: self._matches(observations),
            TOKEN_F1.name: self._f1s(observations),
        }
        groups = _groups(observations) or ()
        means = {(name, ""): Resampled.mean(ids, values, groups) for name, values in scores.items() if ids}
        return {**means, **resampled_modules(self.parameters.evaluate, observations)}

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on empty texts, and on texts without an answer."""
        written = [observation for observation in observations if observation.data["text"].strip()]
        unanswered = sum(observation.data["answer"] is None for observation in written)
        counts = {
            "written texts that are empty": len(observations) - len(written),
            "written texts without an answer, counted as wrong": unanswered,
        }
        notes = (f"{reason}: {count} of {len(observations)}" for reason, count in counts.items() if count)
        return (*notes, *module_notes(self.parameters.evaluate, observations))

    def answer(self, observation: Observation) -> Answer | None:
        """Return the reference that an answer matches, or the first one, and the answer."""
        written, references = observation.data["answer"], observation.data["references"]
        if written is None:
            return Answer(references[0], _NO_ANSWER)
        matched = next((each for each in references if self._rule.matches(written, [each])), None)
        return Answer(references[0], written) if matched is None else Answer(matched, matched)

    @property
    def _rule(self) -> AnswerRule:
        return AnswerRule(self.parameters.answer_pattern, self.parameters.answer)

    def _scored(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return observations with the scores of modules of `evaluate`, where a run loaded any."""
        if not self.parameters.evaluate:
            return observations
        from leaderboard.axes.accuracy.evaluate_modules.inputs import Predictions  # noqa: PLC0415 - slow to import
        from leaderboard.axes.accuracy.evaluate_modules.scoring import with_scores  # noqa: PLC0415 - slow to import

        answers = tuple((each.data["answer"] or "").strip() for each in observations)
        references = tuple(tuple(text.strip() for text in each.data["references"]) for each in observations)
        return with_scores(self.parameters.evaluate, observations, Predictions(answers, references))

    def _references(self, example: ReferenceExample) -> list[str]:
        """Return the answers in the references of an example.

        Raises:
            NotMeasurableError: for a reference that is no number, where numbers are compared.
        """
        answers = []
        for reference in example.references:
            answer = self._rule.reference(reference)
            if answer is None:
                raise NotMeasurableError(
                    f"example '{example.id}': the reference {reference[:_SHOWN]!r} is not a number, "
                    "which the task's `answer: number` compares"
                )
            answers.append(answer)
        return answers

    def _matches(self, observations: Sequence[Observation]) -> list[bool]:
        """Return whether each answer is one of its references; no answer is none."""
        written = ((each.data["answer"], each.data["references"]) for each in observations)
        return [answer is not None and self._rule.matches(answer, references) for answer, references in written]

    def _f1s(self, observations: Sequence[Observation]) -> list[float]:
        """Return the F1 of each answer with its best reference; 0 without an answer."""
        written = ((each.data["answer"], each.data["references"]) for each in observations)
        return [0.0 if answer is None else self._rule.f1(answer, references) for answer, references in written]


def _groups(observations: Sequence[Observation]) -> list[str] | None:
    """Return the group of each example, its own id where it has none; None where no example has a group."""
    if not any(_GROUP in observation.data for observation in observations):
        return None
    return [observation.data.get(_GROUP, observation.example_id) for observation in observations]


def _share(correct: Sequence[bool], groups: Sequence[str] | None) -> Estimate:
    """Return the share of right answers, with Wilson's interval; examples of a group are resampled together."""
    if groups is None:
        return proportion(sum(correct), len(correct))
    return bounded_mean(np.asarray(correct, dtype=np.float64), EXACT_MATCH.bounds, clusters=groups)
