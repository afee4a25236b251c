"""Span tagger: converts the tags of a head to the tagging scheme of a task."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy.schemes import (
    Scheme,
    Span,
    Vocabulary,
    count_starts,
    lenient_spans,
    strict_spans,
    vocabulary,
    write_tags,
)
from leaderboard.backends.classifiers import Tagger
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.tag_attribution import word_scores_of
from leaderboard.backends.local.engine.text_scores import TextScores
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.as_is.heads import HeadTagger
from leaderboard.recipes.labels import LabelMap

_SURE = 1e-6
"""Probability of the other tags of a word whose span is decided."""
_IOB1_SHARE = 0.1
"""Largest ratio of spans that begin with `B-` to those that begin with `I-` in the output of an IOB1 head."""


class SpanTagger:
    """Tagger that extracts the spans of a head's most probable tags and writes them in the scheme of a task.

    A head with `B-` and `I-` writes IOB2 or IOB1: IOB1 where nearly all predicted spans begin with `I-`. Answers in
    IOB2 are unchanged where the task's tags are in IOB2, too.
    """

    def __init__(self, tagger: Tagger, labels: Sequence[str]) -> None:
        """Wrap a tagger with tags of another scheme.

        Args:
            tagger: the head.
            labels: the task's tags, with the same types of span.

        Raises:
            RequestError: when tags of either follow no scheme.
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
        """Return the log-probabilities of the task's tags; sets `written_in` to the head's scheme where it differs."""
        answers, self.written_in = self._converted(self._tagger.log_probabilities(sentences))
        return answers

    def answer(self, words: Sequence[str]) -> FloatArray:
        """Return the log-probabilities of the task's tags for one sentence, computed without the cache."""
        (answer,), _ = self._converted([self._tagger.answer(words)])
        return answer

    def token_count(self, words: Sequence[str]) -> int:
        """Return the number of tokens of a sentence."""
        return self._tagger.token_count(words)

    def word_scores(self, words: Sequence[str], places: Sequence[int]) -> TextScores:
        """Return the head's log-probabilities of the tags of some words, where they are not converted.

        Raises:
            NotMeasurableError: where the answers are converted, which has no gradient.
        """
        _, scheme = self._converted(self._tagger.log_probabilities([words]))
        if scheme:
            raise NotMeasurableError(f"its tags are converted from {scheme}, and a conversion has no gradient")
        return word_scores_of(self._tagger, words, places)

    def _converted(self, answers: list[FloatArray]) -> tuple[list[FloatArray], str]:
        """Return answers in the task's scheme, and the head's scheme where it differs."""
        own = self._tagger.labels
        tags = [[own[index] for index in answer.argmax(axis=1)] for answer in answers]
        scheme = self._scheme(tags)
        if scheme is Scheme.IOB2 and self._task.family is Scheme.IOB2 and own == self._labels:
            return answers, ""
        spans = [self._spans(each, scheme) for each in tags]
        return [self._answer(answer, each) for answer, each in zip(answers, spans, strict=True)], scheme.value

    def _scheme(self, tags: Sequence[Sequence[str]]) -> Scheme:
        if self._own.family is not Scheme.IOB2:
            return self._own.family
        counts = count_starts(tags, self._own)
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
        tags = write_tags(renamed, len(answer), self._task.family)
        places = [self._place(tag) for tag in tags]
        decided = np.full((len(answer), len(self._labels)), np.log(_SURE / max(1, len(self._labels) - 1)))
        decided[np.arange(len(answer)), places] = np.log1p(-_SURE)
        decided[np.ptp(answer, axis=1) == 0] = -np.log(len(self._labels))  # a word without a token stays unread
        return decided

    def _place(self, tag: str) -> int:
        letter, _, kind = tag.partition("-")
        return self._places[{"L": "E", "U": "S"}.get(letter, letter), kind]


def span_tagger_across_schemes(engine: Engine, model: LoadedModel, labels: Sequence[str]) -> SpanTagger | None:
    """Return a tagger for a head whose tags are of another scheme than the task's; None where the scheme is the same.

    None, too, where their types of span are not the same, which `labels.map_labels` reports.
    """
    try:
        own, task = vocabulary(model.labels), vocabulary(labels)
    except RequestError:
        return None
    if own.family is task.family or {kind.casefold() for kind in own.types} != {kind.casefold() for kind in task.types}:
        return None
    names = tuple(model.labels)
    return SpanTagger(HeadTagger(engine, model, LabelMap(names, tuple(range(len(names))))), labels)


def with_iob1_support(tagger: Tagger) -> Tagger:
    """Return a tagger whose answers are converted from IOB1 where they are written so."""
    if isinstance(tagger, SpanTagger):
        return tagger
    try:
        tags: Vocabulary = vocabulary(tagger.labels)
    except RequestError:
        return tagger
    return SpanTagger(tagger, tagger.labels) if tags.family is Scheme.IOB2 else tagger
