"""A pass over the sentences of a file: what cannot be read, what is there twice, and where each falls."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leaderboard.axes.accuracy.schemes import lenient_spans
from leaderboard.data.examples import TaggedExample
from leaderboard.data.overlap import text_fingerprint
from leaderboard.data.record import Record
from leaderboard.data.sampling import joined_content, split_position
from leaderboard.errors import RequestError
from leaderboard.own_data.detection import quoted
from leaderboard.own_data.file_layout import FileLayout
from leaderboard.own_data.survey import MOST_SAMPLED, SHOWN_ROWS, Survey, print_key
from leaderboard.own_data.tagging.columns import TagColumns
from leaderboard.own_data.tagging.tag_set import TagSet


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a file.

    Attributes:
        place: where it is, for messages.
        words, tags: of one length.
    """

    place: str
    words: tuple[str, ...]
    tags: tuple[str, ...]


def read_sentences(layout: FileLayout, columns: TagColumns, survey: Survey) -> Iterator[Sentence]:
    """Yield the sentences that can be read; count the others.

    Args:
        layout: how the file is read.
        columns: its columns.
        survey: counts of its rows, to which those that cannot be read are added.
    """
    for record in layout.records():
        survey.rows += 1
        try:
            yield _sentence(record, columns)
        except RequestError as error:
            survey.bad += 1
            if len(survey.unreadable) < SHOWN_ROWS:
                survey.unreadable.append(f"{record.place}: {error}")


def _sentence(record: Record, columns: TagColumns) -> Sentence:
    if record.problem:
        raise RequestError(record.problem)
    words, tags = (_texts(record, str(column)) for column in (columns.words, columns.tags))
    if len(words) != len(tags):
        raise RequestError(f"{len(tags)} tags for {len(words)} words")
    if not words:
        raise RequestError("it has no words")
    if blank := next((place for place, word in enumerate(words, start=1) if not word.strip()), None):
        raise RequestError(f"word {blank} of {len(words)} is empty")
    return Sentence(record.place, words, tags)


def _texts(record: Record, column: str) -> tuple[str, ...]:
    value = record.row.get(column)
    if value is None:
        raise RequestError(f"it has no column {column}")
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise RequestError(f"column {column}: {quoted(str(value))} is no list of texts")
    return tuple(value)


def survey_sentences(sentences: Sequence[Sentence], tags: TagSet, survey: Survey, *, prints: bool) -> Survey:
    """Count the sentences as reading them for a task will treat them.

    Args:
        sentences: those that can be read.
        tags: the tags of the main file.
        survey: counts of the rows, which are completed.
        prints: whether fingerprints of the sentences are needed.

    Raises:
        RequestError: for a tag that the main file does not have.
    """
    earlier: dict[str, tuple[str, ...]] = {}
    for sentence in sentences:
        if unknown := next((tag for tag in sentence.tags if tag not in tags.vocabulary.parts), None):
            raise RequestError(
                f"{sentence.place}: the tag {quoted(unknown)} is none of the file with the training rows\n"
                f"  Its tags: {', '.join(tags.names)}"
            )
        content = joined_content((sentence.words,))
        survey.repeated += content in earlier
        survey.repeated_elsewhere += earlier.setdefault(content, sentence.tags) != sentence.tags
        types = tuple(span.type for span in lenient_spans(sentence.tags, tags.vocabulary))
        survey.classes.update(types)
        survey.positions.append((types, split_position(content, None)))
        if len(survey.texts) < MOST_SAMPLED:
            survey.texts.append(" ".join(sentence.words))
        if prints:
            example = TaggedExample(id="", words=sentence.words, tags=(0,) * len(sentence.words))
            survey.prints[print_key(text_fingerprint(example))] += 1
    return survey
