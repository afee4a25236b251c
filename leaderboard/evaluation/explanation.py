"""ExplainRequest and Explanation: what is asked of a stored subject, and its answer attributed to words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from leaderboard.arrays import FloatArray


class ExplainedSpan(NamedTuple):
    """Words whose tags are explained together: index of the first, of the one behind the last, and their tags."""

    start: int
    stop: int
    tags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExplainRequest:
    """Request for an explanation.

    Attributes:
        text: the text.
        method: name of the attribution method; None for integrated gradients, or occlusion without gradients.
        task: name or .yaml file of the task whose labels the subject answers with; None for the first one that it was
            measured on.
        label: explained class, tag of `word`, token in the place of the mask, or answer; None for the predicted one.
        kind: name of the kind of answer that is explained; None for the one that the subject and the text suggest.
        word: word whose tag is explained; None for all predicted spans.
        spans: words whose tags are explained; None for those of `word`, or of all predicted spans.
        answer: written answer as its likelihood is computed, with the space before it; None for that of `label`.
        seed: seed of methods that draw texts.
        device: as `--device` names it.
        threads: CPU threads; None for the physical cores.
        offline: use nothing that is not on this machine.
    """

    text: str
    method: str | None = None
    task: str | None = None
    label: str | None = None
    kind: str | None = None
    word: str | None = None
    spans: tuple[ExplainedSpan, ...] | None = None
    answer: str | None = None
    seed: int = 0
    device: str = "auto"
    threads: int | None = None
    offline: bool = False


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Attributions of one subject's answer to a text.

    Attributes:
        subject: label of the subject.
        task: task whose labels it answers with.
        method: name of the attribution method.
        caveat: what a reader of its values has to know; empty for none.
        units: the parts of the text that have a value, in their order.
        separator: what is between two units: a space, or nothing.
        values: value of each unit, in log-odds of the explained answer (log-likelihood of a generated one) for methods
            that explain it; shape (units,).
        probabilities: probability of each class, or of the likeliest tags or tokens, by its name.
        label: the explained class, tag, token or generated answer.
        predicted: the predicted one.
        passes: forward passes of the method.
        error: completeness error of the method, in log-odds; None where it has none.
        is_signed: whether a value is for or against the explained class; attention has no sign.
        notes: what was left out or replaced, one sentence each.
        kind: name of the kind of answer.
        target: words whose tag, or mask whose token, is explained; empty for an answer to the whole text.
        span: places of these words, for a tag; None otherwise.
        answer: a written answer as its likelihood is computed, with the space before it; empty otherwise.
    """

    subject: str
    task: str
    method: str
    caveat: str
    units: tuple[str, ...]
    separator: str
    values: FloatArray
    probabilities: Mapping[str, float]
    label: str
    predicted: str
    passes: int
    error: float | None
    is_signed: bool = True
    notes: tuple[str, ...] = ()
    kind: str = "class"
    target: str = ""
    span: ExplainedSpan | None = None
    answer: str = ""


def side_by_side(explanations: Sequence[Explanation]) -> list[list[Explanation]]:
    """Return the explanations in rows: those of one answer by several subjects are one row."""
    return [list(row) for _, row in groupby(explanations, key=attrgetter("span"))]


def same_answers(request: ExplainRequest, explanations: Sequence[Explanation]) -> ExplainRequest:
    """Return the request for another subject that explains the answers of given explanations, of at least one."""
    first = explanations[0]
    spans = tuple(each.span for each in explanations if each.span is not None)
    if spans:
        return replace(request, kind=first.kind, spans=spans, word=None, label=None)
    return replace(request, kind=first.kind, label=first.label, answer=first.answer or None)
