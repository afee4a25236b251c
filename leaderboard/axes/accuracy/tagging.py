"""Tagging: which spans of a sentence does the subject find, and of which type?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from leaderboard.axes.accuracy.report import rates, report
from leaderboard.axes.accuracy.schemes import Scheme, as_iob2, compared, starts, vocabulary
from leaderboard.axes.accuracy.spans import SpanScore, span_counts, span_scores
from leaderboard.axes.catalogue import (
    CLASS_REPORT,
    CONLLEVAL_F1,
    SPAN_F1,
    SPAN_PRECISION,
    SPAN_RECALL,
    TOKEN_ACCURACY,
)
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.data.examples import Example, TaggedExample
from leaderboard.models.subject import Capability, Subject, Tagger, parts_of
from leaderboard.stats.bounded import bounded_of_sums, each_of
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine


class Tagging(Protocol[Parameters]):
    """The subject tags every word of each sentence of split `test`; spans are compared, whatever their scheme."""

    version: ClassVar[int] = 2  # 1 read every scheme as IOB2, in which the spans of others vanish
    axis: ClassVar[Axis] = Axis.ACCURACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.TAG})
    example: ClassVar[type[Example] | None] = TaggedExample
    metrics: ClassVar[tuple[Metric, ...]] = (SPAN_F1, SPAN_PRECISION, SPAN_RECALL, TOKEN_ACCURACY, CONLLEVAL_F1)
    reported: ClassVar[tuple[Metric, ...]] = (CONLLEVAL_F1, *CLASS_REPORT)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        del engine, seed  # the tagger brings its own engine; nothing is random
        yield from tag(subject.tag(), splits["test"])

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`. The report is of the types of span."""
        types, counts = span_counts(*sides(observations))
        precision, recall, f1 = span_scores(counts)
        return [
            Measurement(SPAN_F1, f1),
            Measurement(SPAN_PRECISION, precision),
            Measurement(SPAN_RECALL, recall),
            attempt(CONLLEVAL_F1, lambda: _conlleval_f1(observations)),
            attempt(TOKEN_ACCURACY, lambda: _token_accuracy(observations)),
            *report(types, counts, independent=False),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`: sentences are resampled. The report of the types is compared by intervals alone."""
        if not observations:
            return {}
        ids = [seen.example_id for seen in observations]
        return {
            (SPAN_F1.name, ""): spans_resampled(observations, SpanScore.F1),
            (SPAN_PRECISION.name, ""): spans_resampled(observations, SpanScore.PRECISION),
            (SPAN_RECALL.name, ""): spans_resampled(observations, SpanScore.RECALL),
            (CONLLEVAL_F1.name, ""): _resampled(_lenient_sides(observations), ids, SpanScore.F1),
            (TOKEN_ACCURACY.name, ""): Resampled.of_sums(ids, _share, _right_words(observations)),
        }

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`."""
        return (*tagging_notes(observations), *divided(observations))

    def answer(self, seen: Observation) -> Answer | None:
        """See `Protocol.answer`."""
        return tagged(seen)


def tagged(seen: Observation) -> Answer:
    """The true and the predicted tags of a sentence."""
    return Answer(" ".join(seen.data["true"]), " ".join(seen.data["predicted"]))


def tag(tagger: Tagger, examples: Sequence[TaggedExample]) -> Iterator[Observation]:
    """One observation a sentence: the true and the predicted tag of each word, written in IOB2.

    Beside them, where it applies: `conlleval`, the predicted tags as conlleval reads them, where IOB2 does not tell;
    `scheme` of the true tags and `predicted_scheme`; `orphans`, how many true spans begin with `I-` in IOB2; `unread`,
    how many words have no token, which count as outside; `parts`, in how many parts a long sentence was tagged.

    Raises:
        RequestError: when the tags are of no scheme.
        NotMeasurableError: when the subject's scores are no numbers.
    """
    names = tagger.labels
    tags = vocabulary(names)
    outside = names.index("O") if "O" in names else 0
    true = [[names[index] for index in example.tags] for example in examples]
    sentences = [example.words for example in examples]
    answers, parts = tagger.log_probabilities(sentences), parts_of(tagger, sentences)
    predicted, unread = [], []
    for answer in answers:
        scores = finite(answer, "the subject")
        unknown = np.ptp(scores, axis=1) == 0  # a word without a token
        predicted.append([names[index] for index in np.where(unknown, outside, scores.argmax(axis=1))])
        unread.append(int(unknown.sum()))
    both = compared(true, predicted, tags)
    written_in = getattr(tagger, "written_in", "")
    for place, example in enumerate(examples):
        data: dict[str, Any] = {"true": both.true[place], "predicted": both.predicted[place]}
        if both.scheme is not Scheme.IOB2:
            data["scheme"] = both.scheme.value
            if both.lenient[place] != both.predicted[place]:
                data["conlleval"] = both.lenient[place]
        elif orphans := starts([true[place]], tags).orphaned:
            data["orphans"] = orphans
        if written_in:
            data["predicted_scheme"] = written_in
        if unread[place]:
            data["unread"] = unread[place]
        if parts[place] > 1:
            data["parts"] = parts[place]
        yield Observation(example.id, data)


def tagging_notes(observations: Sequence[Observation]) -> tuple[str, ...]:
    """What was read otherwise than as IOB2, one sentence each."""
    notes = []
    schemes = sorted({seen.data["scheme"] for seen in observations if "scheme" in seen.data})
    if schemes:
        notes.append(f"the true tags are written in {' and '.join(schemes)}; spans are compared")
    heads = sorted({seen.data["predicted_scheme"] for seen in observations if "predicted_scheme" in seen.data})
    if heads:
        notes.append(f"the head's tags are written in {' and '.join(heads)}; spans are compared")
    if orphans := sum(seen.data.get("orphans", 0) for seen in observations):
        notes.append(
            f"{orphans} true spans begin with I- behind no word of their type; they count as spans, as in conlleval"
        )
    if unread := sum(seen.data.get("unread", 0) for seen in observations):
        notes.append(f"{unread} words have no token in this model's vocabulary and count as tagged O")
    return tuple(notes)


def divided(observations: Sequence[Observation]) -> tuple[str, ...]:
    """A note where sentences were tagged in parts."""
    count = sum(seen.data.get("parts", 1) > 1 for seen in observations)
    if not count:
        return ()
    were = "1 sentence was" if count == 1 else f"{count} sentences were"
    return (f"{were} longer than the model reads: tagged in parts, cut between words",)


def spans_resampled(observations: Sequence[Observation], score: SpanScore) -> Resampled:
    """Precision, recall or F1 over all spans, as a function of how often each sentence counts."""
    return _resampled(sides(observations), [seen.example_id for seen in observations], score)


def _resampled(both: tuple[list[list[str]], list[list[str]]], ids: Sequence[str], score: SpanScore) -> Resampled:
    _, counts = span_counts(*both)
    return Resampled.of_sums(ids, lambda sums: rates(sums)[..., score], counts.sum(axis=1))


def _conlleval_f1(observations: Sequence[Observation]) -> Estimate:
    _, counts = span_counts(*_lenient_sides(observations))
    return span_scores(counts)[SpanScore.F1]


def _lenient_sides(observations: Sequence[Observation]) -> tuple[list[list[str]], list[list[str]]]:
    """The true tags, and the predicted ones as conlleval reads them, both in IOB2."""
    true, predicted = sides(observations)
    tags = vocabulary(tag for sentence in (*true, *predicted) for tag in sentence)
    lenient = as_iob2(predicted, tags)
    given = [seen.data.get("conlleval", own) for seen, own in zip(observations, lenient, strict=True)]
    return as_iob2(true, tags), given


def sides(observations: Sequence[Observation]) -> tuple[list[list[str]], list[list[str]]]:
    """The true and the predicted tags of each sentence of what `tag` saw."""
    return [seen.data["true"] for seen in observations], [seen.data["predicted"] for seen in observations]


def _token_accuracy(observations: Sequence[Observation]) -> Estimate:
    """Share of words with the right tag; sentences are weighted at random, whose words are not independent."""
    rows = _right_words(observations)
    size = float(rows[:, 1].mean()) if len(rows) else 1.0
    wrong, right = (each_of(np.array([[share * size, size]])) for share in TOKEN_ACCURACY.bounds)
    (estimate,) = bounded_of_sums(lambda sums: _share(sums)[..., None], rows, wrong, right)
    return estimate


def _right_words(observations: Sequence[Observation]) -> npt.NDArray[np.intp]:
    """How many words of each sentence have the right tag, and how many there are: shape (n, 2)."""
    right = [
        (sum(one == other for one, other in zip(*pair, strict=True)), len(pair[0]))
        for pair in zip(*sides(observations), strict=True)
    ]
    return np.array(right, dtype=np.intp).reshape(len(right), 2)


def _share(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    share: npt.NDArray[np.float64] = sums[..., 0] / sums[..., 1]
    return share
