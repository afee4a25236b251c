"""Span tagger: a head whose tags are of another scheme than the task's; its spans are written in the task's."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leaderboard.axes.accuracy.schemes import (
    Scheme,
    Span,
    Vocabulary,
    lenient_spans,
    starts,
    strict_spans,
    vocabulary,
    written,
)
from leaderboard.engine.engine import Engine
from leaderboard.errors import RequestError
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.subject import Tagger
from leaderboard.recipes.heads import HeadTagger
from leaderboard.recipes.labels import LabelMap

FloatArray = npt.NDArray[np.float64]

_SURE = 1e-6
"""Probability that is left for the other tags of a word whose span is decided."""
_IOB1_SHARE = 0.1
"""Largest share of spans that a head which writes IOB1 begins with `B-` by mistake, of those it begins with `I-`."""


class SpanTagger:
    """Finds the spans in a head's likeliest tags and tags their words as the task does; see `models.subject.Tagger`.

    A head that tells `B-` from `I-` writes IOB2 or IOB1, which its answers tell: IOB1 where nearly all spans begin with
    `I-`. In IOB2 the answers stay as they are where the task's tags are such too.
    """

    def __init__(self, tagger: Tagger, labels: Sequence[str]) -> None:
        """Wrap a tagger that has tags of its own.

        Args:
            tagger: the head.
            labels: the task's tags, of the same types of span.

        Raises:
            RequestError: when either has tags of no scheme.
        """
        self._tagger = tagger
        self._labels = tuple(labels)
        self._own, self._task = vocabulary(tagger.labels), vocabulary(labels)
        self._names = {kind.casefold(): kind for kind in self._task.types}
        self._places = {part: place for place, part in enumerate(map(self._task.parts.__getitem__, labels))}
        self.written_in = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the task's tags."""
        return self._labels

    def log_probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """See `models.subject.Tagger`; afterwards `written_in` is the head's scheme, where it is not the task's."""
        answers = self._tagger.log_probabilities(sentences)
        own = self._tagger.labels
        tags = [[own[index] for index in answer.argmax(axis=1)] for answer in answers]
        scheme = self._scheme(tags)
        if scheme is Scheme.IOB2 and self._task.family is Scheme.IOB2 and own == self._labels:
            return answers
        self.written_in = scheme.value
        return [self._answer(answer, self._spans(each, scheme)) for answer, each in zip(answers, tags, strict=True)]

    def _scheme(self, tags: Sequence[Sequence[str]]) -> Scheme:
        if self._own.family is not Scheme.IOB2:
            return self._own.family
        counts = starts(tags, self._own)
        return Scheme.IOB1 if counts.orphaned and counts.begun <= _IOB1_SHARE * counts.orphaned else Scheme.IOB2

    def _spans(self, tags: Sequence[str], scheme: Scheme) -> list[Span]:
        if scheme in {Scheme.BIOES, Scheme.BILOU}:
            return strict_spans(tags, self._own)
        spans = lenient_spans(tags, self._own)
        if scheme is Scheme.IOB2:
            return [span for span in spans if self._own.parts[tags[span.start]][0] == "B"]
        return spans

    def _answer(self, answer: FloatArray, spans: Sequence[Span]) -> FloatArray:
        renamed = [Span(self._names[span.type.casefold()], span.start, span.end) for span in spans]
        tags = written(renamed, len(answer), self._task.family)
        places = [self._place(tag) for tag in tags]
        decided = np.full((len(answer), len(self._labels)), np.log(_SURE / max(1, len(self._labels) - 1)))
        decided[np.arange(len(answer)), places] = np.log1p(-_SURE)
        decided[np.ptp(answer, axis=1) == 0] = -np.log(len(self._labels))  # a word without a token stays unread
        return decided

    def _place(self, tag: str) -> int:
        letter, _, kind = tag.partition("-")
        return self._places[{"L": "E", "U": "S"}.get(letter, letter), kind]


def across_schemes(engine: Engine, model: LoadedModel, labels: Sequence[str]) -> SpanTagger | None:
    """A tagger for a head whose tags are of another scheme than the task's; None where they are of one.

    None, too, where their types of span are not the same, which `labels.map_labels` tells.
    """
    try:
        own, task = vocabulary(model.labels), vocabulary(labels)
    except RequestError:
        return None
    if own.family is task.family or {kind.casefold() for kind in own.types} != {kind.casefold() for kind in task.types}:
        return None
    names = tuple(model.labels)
    return SpanTagger(HeadTagger(engine, model, LabelMap(names, tuple(range(len(names))))), labels)


def reads_iob1(tagger: Tagger) -> Tagger:
    """The tagger, whose answers are read as IOB1 where they are written so."""
    if isinstance(tagger, SpanTagger):
        return tagger
    try:
        tags: Vocabulary = vocabulary(tagger.labels)
    except RequestError:
        return tagger
    return SpanTagger(tagger, tagger.labels) if tags.family is Scheme.IOB2 else tagger
