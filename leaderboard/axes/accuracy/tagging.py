"""Tagging: which spans of a sentence does the subject find, and of which type?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from leaderboard.axes.accuracy.report import rates, report
from leaderboard.axes.accuracy.spans import SpanScore, check_tags, span_counts, span_scores
from leaderboard.axes.catalogue import CLASS_REPORT, SPAN_F1, SPAN_PRECISION, SPAN_RECALL, TOKEN_ACCURACY
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.data.examples import Example, TaggedExample
from leaderboard.models.subject import Capability, Subject, Tagger, parts_of
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import bootstrap_of_sums
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine


class Tagging(Protocol[Parameters]):
    """The subject tags every word of every sentence of split `test`; tags are of the scheme IOB2."""

    axis: ClassVar[Axis] = Axis.ACCURACY
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.TAG})
    example: ClassVar[type[Example] | None] = TaggedExample
    metrics: ClassVar[tuple[Metric, ...]] = (SPAN_F1, SPAN_PRECISION, SPAN_RECALL, TOKEN_ACCURACY)
    reported: ClassVar[tuple[Metric, ...]] = CLASS_REPORT

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
            (TOKEN_ACCURACY.name, ""): Resampled.of_sums(ids, _share, _right_words(observations)),
        }

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`."""
        return divided(observations)

    def answer(self, seen: Observation) -> Answer | None:
        """See `Protocol.answer`."""
        return tagged(seen)


def tagged(seen: Observation) -> Answer:
    """The true and the predicted tags of a sentence."""
    return Answer(" ".join(seen.data["true"]), " ".join(seen.data["predicted"]))


def tag(tagger: Tagger, examples: Sequence[TaggedExample]) -> Iterator[Observation]:
    """One observation a sentence: the true and the predicted tag of each word, by name.

    Raises:
        RequestError: when the tags are not of the scheme IOB2.
        NotMeasurableError: when the subject's scores are no numbers.
    """
    names = tagger.labels
    check_tags(names)
    sentences = [example.words for example in examples]
    answers, parts = tagger.log_probabilities(sentences), parts_of(tagger, sentences)
    for example, answer, count in zip(examples, answers, parts, strict=True):
        predicted = finite(answer, "the subject").argmax(axis=1)
        yield Observation(
            example.id,
            {"true": [names[index] for index in example.tags], "predicted": [names[index] for index in predicted]}
            | ({"parts": count} if count > 1 else {}),
        )


def divided(observations: Sequence[Observation]) -> tuple[str, ...]:
    """A note where sentences were tagged in parts."""
    count = sum(seen.data.get("parts", 1) > 1 for seen in observations)
    if not count:
        return ()
    were = "1 sentence was" if count == 1 else f"{count} sentences were"
    return (f"{were} longer than the model reads: tagged in parts, cut between words",)


def spans_resampled(observations: Sequence[Observation], score: SpanScore) -> Resampled:
    """Precision, recall or F1 over all spans, as a function of how often each sentence counts."""
    _, counts = span_counts(*sides(observations))
    ids = [seen.example_id for seen in observations]
    return Resampled.of_sums(ids, lambda sums: rates(sums)[..., score], counts.sum(axis=1))


def sides(observations: Sequence[Observation]) -> tuple[list[list[str]], list[list[str]]]:
    """The true and the predicted tags of each sentence of what `tag` saw."""
    return [seen.data["true"] for seen in observations], [seen.data["predicted"] for seen in observations]


def _token_accuracy(observations: Sequence[Observation]) -> Estimate:
    """Share of words with the right tag; bootstrap over sentences, whose words are not independent."""
    with np.errstate(invalid="ignore"):
        (estimate,) = bootstrap_of_sums(lambda sums: _share(sums)[..., None], _right_words(observations))
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
