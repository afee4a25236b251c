"""Tag of words: the log-odds of the tags of a span, or of one word that the user names."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.classified_text import MOST_WORDS
from leaderboard.attributions.tagged_words import TaggedWords
from leaderboard.axes.accuracy.schemes import lenient_spans, vocabulary
from leaderboard.axes.explainability.text_explainer import common_fillers
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import joined_words
from leaderboard.backends.subject import Subject
from leaderboard.backends.word_deletion import WordDeletion
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.evaluation.explanation import ExplainedSpan, ExplainRequest
from leaderboard.evaluation.explanation_kinds.kind import ExplainedAnswer, ExplanationKind
from leaderboard.evaluation.typed_words import words_and_marks
from leaderboard.tasks import Task

MOST_SPANS = 8
"""Predicted spans that are explained at most; each costs as much as a text."""
_SHOWN = 5
"""Tags whose probability is shown."""


class TagOfWords(ExplanationKind):
    """Tags of every predicted span, or of a word that the user names.

    The number of a span is the log-odds that all of its words have their predicted tags. Deleted words are replaced by
    the mask token, or the padding token, so that all words stay in their places.
    """

    name = "tag"
    tasks_ask_for: ClassVar[frozenset[Capability]] = frozenset({Capability.TAG})

    def suits(self, subject: Subject, text: str) -> bool:  # noqa: ARG002 - a tagger answers any text
        """Return whether the subject tags words."""
        return subject.tags_with is not None

    def answers(self, subject: Subject, task: Task, request: ExplainRequest) -> list[ExplainedAnswer]:  # noqa: ARG002 - its tags are the task's
        """Return each predicted span; or the span of the named word, or the named tag of that word."""
        tagger, words, filler = subject.tagger(), words_and_marks(request.text), _filler(subject)
        notes = [f"only the first {MOST_WORDS} of {len(words)} words are read"] if len(words) > MOST_WORDS else []
        words = list(words[:MOST_WORDS])
        (log_probabilities,) = tagger.log_probabilities([words])
        tags = [tagger.labels[tag] for tag in log_probabilities.argmax(axis=1)]
        spans = _chosen(request, words, tags)
        if request.word is not None and (count := len(_places(request.word, words))) > 1:
            notes.append(f"'{request.word}' occurs {count} times; the first one is explained")
        if len(spans) > MOST_SPANS:
            notes.append(f"only the first {MOST_SPANS} of {len(spans)} predicted spans are explained")
        return [
            _answer(
                TaggedWords(tagger, words, _indices(span, tagger.labels), filler=filler),
                span,
                log_probabilities,
                tagger.labels,
                notes,
            )
            for span in spans[:MOST_SPANS]
        ]


def _answer(
    explained: TaggedWords,
    span: ExplainedSpan,
    log_probabilities: FloatArray,
    labels: Sequence[str],
    notes: Sequence[str],
) -> ExplainedAnswer:
    """Return the answer for one span, from log-probabilities of all words, shape (words, tags)."""
    answers = log_probabilities[span.start : span.stop]
    label, predicted = " ".join(span.tags), " ".join(labels[tag] for tag in answers.argmax(axis=1))
    if len(answers) == 1:
        likely = np.argsort(-answers[0])[:_SHOWN].tolist()
        shown = dict.fromkeys((*(labels[tag] for tag in likely), label))
        probabilities = {tag: float(np.exp(answers[0, labels.index(tag)])) for tag in shown}
    else:
        places = range(len(answers))
        most, own = (
            answers.max(axis=1).sum(),
            sum(answers[at, labels.index(tag)] for at, tag in zip(places, span.tags, strict=True)),
        )
        probabilities = {predicted: float(np.exp(most)), label: float(np.exp(own))}
    return ExplainedAnswer(
        explained=explained,
        label=label,
        predicted=predicted,
        probabilities=probabilities,
        target=joined_words(explained.words[span.start : span.stop]),
        span=span,
        notes=tuple(notes),
    )


def _indices(span: ExplainedSpan, labels: Sequence[str]) -> dict[int, int]:
    """Return the index of the tag of each word of a span, by the index of the word.

    Raises:
        RequestError: for a tag that the subject does not have.
    """
    unknown = set(span.tags) - set(labels)
    if unknown:
        raise RequestError(f"--label: unknown tag '{min(unknown)}'\n  Known: {', '.join(labels)}")
    return {span.start + at: labels.index(tag) for at, tag in enumerate(span.tags)}


def _filler(subject: Subject) -> str:
    """Return the text in the place of a deleted word.

    Raises:
        NotMeasurableError: where the models of the subject have no token for it in common.
    """
    fillers = common_fillers(subject)
    for deletion in (WordDeletion.MASK, WordDeletion.PADDING):
        if deletion in fillers:
            return fillers[deletion]
    raise NotMeasurableError(
        f"{subject.name} has no mask token and no padding token that could stand in the place of a deleted word"
    )


def _predicted_spans(tags: Sequence[str]) -> list[ExplainedSpan]:
    """Return the spans of predicted tags; none where the tags follow no scheme, as parts of speech do."""
    try:
        spans = lenient_spans(tags, vocabulary(tags))
    except RequestError:
        return []
    return [ExplainedSpan(span.start, span.end, tuple(tags[span.start : span.end])) for span in spans]


def _chosen(request: ExplainRequest, words: Sequence[str], tags: Sequence[str]) -> Sequence[ExplainedSpan]:
    """Return the spans that are explained.

    Args:
        request: what the user wants.
        words: words of the text.
        tags: predicted tag of each word.

    Raises:
        RequestError: for a word that is not in the text, or a text without predicted spans.
    """
    if request.spans is not None:
        return request.spans
    spans = _predicted_spans(tags)
    if request.word is None:
        if request.label is not None:
            raise RequestError("--label: name the word that has this tag, too: --word WORD")
        if not spans:
            raise RequestError("the subject predicts no span in this text; name a word to explain: --word WORD")
        return spans
    place = _places(request.word, words)[0]
    if request.label is not None:
        return [ExplainedSpan(place, place + 1, (request.label,))]
    around = [span for span in spans if span.start <= place < span.stop]
    return around or [ExplainedSpan(place, place + 1, (tags[place],))]


def _places(word: str, words: Sequence[str]) -> list[int]:
    """Return the places of a word, in its own case if it is there; at least one.

    Raises:
        RequestError: for a word that is not in the text.
    """
    for same in (str, str.casefold):
        places = [place for place, each in enumerate(words) if same(each).strip() == same(word).strip()]
        if places:
            return places
    raise RequestError(f"--word: '{word}' is no word of the text\n  Words: {' '.join(words)}")
