"""Instruction following: the protocol that checks by rules whether written texts follow instructions."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy import (
    INSTRUCTION_ACCURACY,
    INSTRUCTION_SCORE,
    LOOSE_INSTRUCTION_ACCURACY,
    LOOSE_PROMPT_ACCURACY,
    PROMPT_ACCURACY,
)
from leaderboard.axes.accuracy.instruction_metrics import Exchange, exchange, loose_forms, score
from leaderboard.axes.accuracy.instructions.example import InstructionExample
from leaderboard.axes.accuracy.instructions.parsing import NAME, as_json, checks_of
from leaderboard.axes.accuracy.writing import WritingParameters, write
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.generation import Chat
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.resampled import Resampled

_STRICT, _LOOSE = "followed", "loosely_followed"
_PROMPTS = {PROMPT_ACCURACY: _STRICT, LOOSE_PROMPT_ACCURACY: _LOOSE}
"""Metrics over prompts, each with its key in observations."""
_INSTRUCTIONS = {INSTRUCTION_ACCURACY: _STRICT, LOOSE_INSTRUCTION_ACCURACY: _LOOSE}
"""Metrics over instructions, each with its key in observations."""


class InstructionParameters(WritingParameters):
    """Prompt and length of a text that follows instructions.

    Attributes:
        chat: whether each prompt is the message of a user where the model has a chat template; a model without one
            continues the bare prompt.
    """

    chat: bool = True


class InstructionFollowing(Protocol[InstructionParameters]):
    """Protocol in which the subject writes a text by greedy decoding, and rules decide which instructions it follows.

    After IFEval (Zhou et al. 2023). An empty text follows no instruction.
    """

    axis: ClassVar[Axis] = Axis.ACCURACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GENERATE})
    example: ClassVar[type[Example] | None] = InstructionExample
    parameters_type: ClassVar[type[Parameters]] = InstructionParameters
    metrics: ClassVar[tuple[Metric, ...]] = (INSTRUCTION_SCORE, *_PROMPTS, *_INSTRUCTIONS)
    mean_metrics: ClassVar[tuple[Metric, ...]] = tuple(_PROMPTS)
    reads_labels: ClassVar[bool] = False

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the text for each prompt, its checks, and which of them it passes."""
        del seed  # greedy decoding is not random
        examples: Sequence[InstructionExample] = splits["test"]
        chat = _chat(subject) if self.parameters.chat else None
        for example, text in zip(examples, write(subject, examples, self.parameters, chat=chat), strict=True):
            forms = loose_forms(text)
            data = {
                "text": text,
                "checks": [as_json(check) for check in example.checks],
                _STRICT: [check.is_followed(text) for check in example.checks],
                _LOOSE: [any(map(check.is_followed, forms)) for check in example.checks],
                "chat": chat is not None,
            }
            yield Observation(example.id, data)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the shares of prompts and instructions, the latter for each kind of check, too, and the score."""
        return [
            attempt(INSTRUCTION_SCORE, lambda: _score(observations)),
            *(attempt(metric, partial(_prompt_share, observations, key)) for metric, key in _PROMPTS.items()),
            *(
                attempt(metric, partial(_kind_share, observations, key, kind), kind)
                for metric, key in _INSTRUCTIONS.items()
                for kind in _kinds(observations)
            ),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics as functions of how often each prompt counts."""
        if not observations:
            return {}
        ids = [each.example_id for each in observations]
        numbers = {
            (metric.name, ""): Resampled.mean(ids, _all_followed(observations, key)) for metric, key in _PROMPTS.items()
        }
        for metric, key in _INSTRUCTIONS.items():
            for kind in _kinds(observations):
                rows = _counts(observations, key, kind)
                numbers[metric.name, kind] = Resampled.of_sums(ids, _ratio, rows)
        if len(observations) > 1:
            ordered = _ordered(observations)
            number = Resampled(tuple(each.example_id for each in ordered), _exchange(ordered).score)
            numbers[INSTRUCTION_SCORE.name, ""] = number
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on empty texts, and on prompts that were not in a chat format."""
        empty = sum(not each.data["text"].strip() for each in observations)
        notes = [f"written texts that are empty: {empty} of {len(observations)}"] if empty else []
        if self.parameters.chat and not all(each.data["chat"] for each in observations):
            notes.append("prompts are without a chat format, since the program knows none of the model")
        return tuple(notes)


def _chat(subject: Subject) -> Chat | None:
    """Return the chat format of a subject; None for a model without one, and for a server, which has its own."""
    try:
        chat = subject.chat()
        chat.template()
    except NotMeasurableError:
        return None
    return chat


def _prompt_share(observations: Sequence[Observation], key: str) -> Estimate:
    followed = _all_followed(observations, key)
    return proportion(sum(followed), len(followed))


def _all_followed(observations: Sequence[Observation], key: str) -> list[bool]:
    """Return whether all instructions of each prompt are followed."""
    return [all(each.data[key]) for each in observations]


def _kinds(observations: Sequence[Observation]) -> list[str]:
    """Return the parts of metrics over instructions: all of them, and each kind of check where there are several."""
    kinds = sorted({check[NAME] for each in observations for check in each.data["checks"]})
    return ["", *kinds] if len(kinds) > 1 else [""]


def _of_kind(observation: Observation, key: str, kind: str) -> list[bool]:
    """Return whether each instruction of a kind is followed."""
    pairs = zip(observation.data["checks"], observation.data[key], strict=True)
    return [followed for check, followed in pairs if kind in {"", check[NAME]}]


def _kind_share(observations: Sequence[Observation], key: str, kind: str) -> Estimate:
    """Return the share of the instructions of a kind that are followed; those of one prompt are not independent."""
    followed = [_of_kind(each, key, kind) for each in observations]
    clusters = [each.example_id for each, flags in zip(observations, followed, strict=True) for _ in flags]
    return bounded_mean(list(chain.from_iterable(followed)), (0.0, 1.0), clusters=clusters)


def _counts(observations: Sequence[Observation], key: str, kind: str) -> FloatArray:
    """Return how many instructions of a kind each prompt has that are followed, and how many in all, shape (n, 2)."""
    rows = [(sum(flags), len(flags)) for flags in (_of_kind(each, key, kind) for each in observations)]
    return np.array(rows, dtype=np.float64)


def _ratio(sums: FloatArray) -> FloatArray:
    ratio: FloatArray = sums[:, 0] / sums[:, 1]
    return ratio


def _ordered(observations: Sequence[Observation]) -> list[Observation]:
    return sorted(observations, key=lambda each: each.example_id)


def _score(observations: Sequence[Observation]) -> Estimate:
    return score(_exchange(_ordered(observations))) if observations else Estimate.not_measured("no examples")


def _exchange(observations: Sequence[Observation]) -> Exchange:
    return exchange(
        [each.data["text"] for each in observations], [checks_of(each.data["checks"]) for each in observations]
    )
