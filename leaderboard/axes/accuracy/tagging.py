"""Tagging: the protocol that tags the words of sentences, with F1 of spans."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from leaderboard.axes.accuracy import CLASS_REPORT, CONLLEVAL_F1, SPAN_F1, SPAN_PRECISION, SPAN_RECALL, TOKEN_ACCURACY
from leaderboard.axes.accuracy.report import estimate_class_report, rates
from leaderboard.axes.accuracy.schemes import Scheme, compare_tags, count_starts, to_iob2, vocabulary
from leaderboard.axes.accuracy.spans import SpanScore, span_counts, span_scores
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Tagger, parts_of
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TaggedExample
from leaderboard.stats.bounded import bounded_of_sums, half_of_each
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled


class Tagging(Protocol[Parameters]):
    """Protocol in which the subject tags every word of split `test`; spans are compared, whatever their scheme."""

    version: ClassVar[int] = 2  # 1 read every scheme as IOB2, in which the spans of others vanish
    axis: ClassVar[Axis] = Axis.ACCURACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.TAG})
    example: ClassVar[type[Example] | None] = TaggedExample
    metrics: ClassVar[tuple[Metric, ...]] = (SPAN_F1, SPAN_PRECISION, SPAN_RECALL, TOKEN_ACCURACY, CONLLEVAL_F1)
    reported: ClassVar[tuple[Metric, ...]] = (CONLLEVAL_F1, *CLASS_REPORT)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the true and predicted tags of each sentence."""
        del seed  # nothing is random
        yield from tag_sentences(subject.tagger(), splits["test"])

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics and the report of the types of span."""
        types, counts = span_counts(*tag_sides(observations))
        precision, recall, f1 = span_scores(counts)
        return [
            Measurement(SPAN_F1, f1),
            Measurement(SPAN_PRECISION, precision),
            Measurement(SPAN_RECALL, recall),
            attempt(CONLLEVAL_F1, lambda: _conlleval_f1(observations)),
            attempt(TOKEN_ACCURACY, lambda: _token_accuracy(observations)),
            *estimate_class_report(types, counts, independent=False),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics but the report as functions of how often each sentence counts."""
        if not observations:
            return {}
        ids = [observation.example_id for observation in observations]
        return {
            (SPAN_F1.name, ""): spans_resampled(observations, SpanScore.F1),
            (SPAN_PRECISION.name, ""): spans_resampled(observations, SpanScore.PRECISION),
            (SPAN_RECALL.name, ""): spans_resampled(observations, SpanScore.RECALL),
            (CONLLEVAL_F1.name, ""): _resampled(_lenient_sides(observations), ids, SpanScore.F1),
            (TOKEN_ACCURACY.name, ""): Resampled.of_sums(ids, _share, _correct_words(observations)),
        }

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on schemes, words without a token and sentences tagged in parts."""
        return (*tagging_notes(observations), *split_notes(observations))

    def answer(self, observation: Observation) -> Answer | None:
        """Return the true and the predicted tags of a sentence."""
        return tags_answer(observation)


def tags_answer(observation: Observation) -> Answer:
    """Return the true and the predicted tags of a sentence."""
    return Answer(" ".join(observation.data["true"]), " ".join(observation.data["predicted"]))


def tag_sentences(tagger: Tagger, examples: Sequence[TaggedExample]) -> Iterator[Observation]:
    """Yield one observation per sentence: the true and the predicted tag of each word in IOB2.

    Further keys, where they apply: `conlleval`, the predicted tags as conlleval reads them, where they differ; `scheme`
    of the true tags and `predicted_scheme`; `orphans`, the number of true spans that begin with `I-` in IOB2; `unread`,
    the number of words without a token, which count as outside; `parts`, the number of parts of a long sentence.

    Raises:
        RequestError: when the tags follow no scheme.
        NotMeasurableError: when the subject's scores are not finite.
    """
    names = tagger.labels
    tags = vocabulary(names)
    outside_index = names.index("O") if "O" in names else 0
    true = [[names[index] for index in example.tags] for example in examples]
    sentences = [example.words for example in examples]
    answers, parts = tagger.log_probabilities(sentences), parts_of(tagger, sentences)
    predicted, unread = [], []
    for answer in answers:
        scores = require_finite(answer, "the subject")
        has_no_token = np.ptp(scores, axis=1) == 0  # a word without a token
        predicted.append([names[index] for index in np.where(has_no_token, outside_index, scores.argmax(axis=1))])
        unread.append(int(has_no_token.sum()))
    comparable = compare_tags(true, predicted, tags)
    head_scheme = getattr(tagger, "written_in", "")
    for index, example in enumerate(examples):
        data: dict[str, Any] = {"true": comparable.true[index], "predicted": comparable.predicted[index]}
        if comparable.scheme is not Scheme.IOB2:
            data["scheme"] = comparable.scheme.value
            if comparable.lenient[index] != comparable.predicted[index]:
                data["conlleval"] = comparable.lenient[index]
        elif orphans := count_starts([true[index]], tags).orphaned:
            data["orphans"] = orphans
        if head_scheme:
            data["predicted_scheme"] = head_scheme
        if unread[index]:
            data["unread"] = unread[index]
        if parts[index] > 1:
            data["parts"] = parts[index]
        yield Observation(example.id, data)


def tagging_notes(observations: Sequence[Observation]) -> tuple[str, ...]:
    """Return notes on tags that were not read as IOB2."""
    notes = []
    schemes = sorted({observation.data["scheme"] for observation in observations if "scheme" in observation.data})
    if schemes:
        notes.append(f"the true tags are written in {' and '.join(schemes)}; spans are compared")
    heads = sorted(
        {observation.data["predicted_scheme"] for observation in observations if "predicted_scheme" in observation.data}
    )
    if heads:
        notes.append(f"the head's tags are written in {' and '.join(heads)}; spans are compared")
    if orphans := sum(observation.data.get("orphans", 0) for observation in observations):
        notes.append(
            f"{orphans} true spans begin with I- behind no word of their type; they count as spans, as in conlleval"
        )
    if unread := sum(observation.data.get("unread", 0) for observation in observations):
        notes.append(f"{unread} words have no token in this model's vocabulary and count as tagged O")
    return tuple(notes)


def split_notes(observations: Sequence[Observation]) -> tuple[str, ...]:
    """Return a note where sentences were tagged in parts."""
    count = sum(observation.data.get("parts", 1) > 1 for observation in observations)
    if not count:
        return ()
    subject = "1 sentence was" if count == 1 else f"{count} sentences were"
    return (f"{subject} longer than the model reads: tagged in parts, cut between words",)


def spans_resampled(observations: Sequence[Observation], score: SpanScore) -> Resampled:
    """Return precision, recall or F1 over all spans as a function of how often each sentence counts."""
    return _resampled(tag_sides(observations), [observation.example_id for observation in observations], score)


def _resampled(tags: tuple[list[list[str]], list[list[str]]], ids: Sequence[str], score: SpanScore) -> Resampled:
    _, counts = span_counts(*tags)
    return Resampled.of_sums(ids, lambda sums: rates(sums)[..., score], counts.sum(axis=1))


def _conlleval_f1(observations: Sequence[Observation]) -> Estimate:
    _, counts = span_counts(*_lenient_sides(observations))
    return span_scores(counts)[SpanScore.F1]


def _lenient_sides(observations: Sequence[Observation]) -> tuple[list[list[str]], list[list[str]]]:
    """Return the true tags, and the predicted ones as conlleval reads them, both in IOB2."""
    true, predicted = tag_sides(observations)
    tags = vocabulary(word_tag for sentence in (*true, *predicted) for word_tag in sentence)
    lenient = to_iob2(predicted, tags)
    predicted_lenient = [
        observation.data.get("conlleval", lenient_tags)
        for observation, lenient_tags in zip(observations, lenient, strict=True)
    ]
    return to_iob2(true, tags), predicted_lenient


def tag_sides(observations: Sequence[Observation]) -> tuple[list[list[str]], list[list[str]]]:
    """Return the true and the predicted tags of each observed sentence."""
    return [observation.data["true"] for observation in observations], [
        observation.data["predicted"] for observation in observations
    ]


def _token_accuracy(observations: Sequence[Observation]) -> Estimate:
    """Estimate the share of words with the right tag; sentences are weighted at random, since words are dependent."""
    rows = _correct_words(observations)
    size = float(rows[:, 1].mean()) if len(rows) else 1.0
    wrong, right = (half_of_each(np.array([[share * size, size]])) for share in TOKEN_ACCURACY.bounds)
    (estimate,) = bounded_of_sums(lambda sums: _share(sums)[..., None], rows, wrong, right)
    return estimate


def _correct_words(observations: Sequence[Observation]) -> npt.NDArray[np.intp]:
    """Return the number of words with the right tag, and of all words, of each sentence: shape (n, 2)."""
    right = [
        (sum(one == other for one, other in zip(*pair, strict=True)), len(pair[0]))
        for pair in zip(*tag_sides(observations), strict=True)
    ]
    return np.array(right, dtype=np.intp).reshape(len(right), 2)


def _share(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    share: npt.NDArray[np.float64] = sums[..., 0] / sums[..., 1]
    return share
