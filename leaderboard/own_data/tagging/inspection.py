"""Inspection of words with tags: CoNLL files, and tables with a list of words and a list of tags in each row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leaderboard.axes.accuracy.schemes import vocabulary
from leaderboard.data.specification import FileFormat
from leaderboard.errors import RequestError
from leaderboard.own_data.detection import listed, quoted
from leaderboard.own_data.file_layout import FileLayout
from leaderboard.own_data.file_opening import check_survey, open_layout
from leaderboard.own_data.inspected import OOD, TEST, InspectedFile, Inspection
from leaderboard.own_data.language import detect_language
from leaderboard.own_data.leakage import leakage_notes, refuse_known_texts
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.split_plan import WITHOUT_ATTACKS, SplitShares, plan_splits
from leaderboard.own_data.survey import Survey
from leaderboard.own_data.tagging.columns import TagColumns, choose_tag_columns, find_tag_lists
from leaderboard.own_data.tagging.form import tagging_form
from leaderboard.own_data.tagging.notes import sentence_notes, span_notes
from leaderboard.own_data.tagging.survey import Sentence, read_sentences, survey_sentences
from leaderboard.own_data.tagging.tag_set import TagSet, detect_tags

_SHARES = SplitShares(
    **WITHOUT_ATTACKS,
    advice="A blank line ends a sentence; 70 % are to train on, 20 % to test on, and 10 % for searches.",
    classes="types of span",
    fewest_classes=1,
)
_USELESS = ("second", "group", "sensitive", "label_names", "label_ranges", "no_labels", "choices", "answers", "split")


@dataclass(frozen=True)
class _Read:
    """A file whose sentences were read, before its tags are known to fit the others'."""

    layout: FileLayout
    columns: TagColumns
    sentences: Sequence[Sentence]
    survey: Survey

    @property
    def tags(self) -> list[tuple[str, ...]]:
        return [sentence.tags for sentence in self.sentences]


def inspect_tags(layout: FileLayout, columns: TagColumns, options: DataOptions) -> Inspection:
    """Inspect files of words with tags.

    Args:
        layout: how the main file is read.
        columns: columns of the main file.
        options: the files, and the user's answers.

    Raises:
        RequestError: as `inspect_data` does.
    """
    _refuse_useless_options(layout, options)
    main = _read(layout, columns, options)
    named = [(path, TEST) for path in [options.test] if path is not None] + [(path, OOD) for path in options.ood]
    others = [(_other(path, flag, options, main), flag) for path, flag in named]
    tags = detect_tags(layout.path, main.tags)
    for other, flag in others:
        _check_tags(other, flag, tags)
    every = detect_tags(layout.path, [each for read in (main, *(other for other, _ in others)) for each in read.tags])
    prints = bool(others)
    inspected = _inspected(main, every, prints=prints)
    inspected_others = [(_inspected(other, every, prints=True), flag) for other, flag in others]
    for each, flag in inspected_others:
        if flag == OOD:
            refuse_known_texts(inspected.survey, each.survey, names=(inspected.name, each.name))
    test = inspected_others[0][0] if options.test is not None else None
    language = detect_language(layout.path, inspected.survey.texts, language=options.language)
    plan = plan_splits(
        layout.path,
        inspected.survey,
        shares=_SHARES,
        test=None if test is None else test.survey,
        test_path=options.test,
    )
    return Inspection(
        form=tagging_form(layout.file.name, main.columns, every),
        main=inspected,
        parts={},
        test=test,
        ood=tuple(each for each, flag in inspected_others if flag == OOD),
        language=language.value,
        plan=plan,
        detections=(*layout.detections, *main.columns.detections, *tags.detections, language.detection),
        notes=(*_notes(inspected, inspected_others), *span_notes(tags, plan)),
    )


def _refuse_useless_options(layout: FileLayout, options: DataOptions) -> None:
    for name in _USELESS:
        if getattr(options, name):
            flag = f"--{name.removesuffix('s') if name == 'no_labels' else name}".replace("_", "-")
            raise RequestError(
                f"{layout.path}: {flag} is not for words with tags\n"
                "  --text names the column of words, --label that of tags. Leave the flag out."
            )


def _read(layout: FileLayout, columns: TagColumns, options: DataOptions) -> _Read:
    survey = Survey()
    sentences = list(read_sentences(layout, columns, survey))
    check_survey(layout, survey, usable=len(sentences), drop=options.bad_rows, kind="sentence that can be read")
    return _Read(layout, columns, sentences, survey)


def _other(path: Path, flag: str, options: DataOptions, main: _Read) -> _Read:
    """Read another file: by the columns of the main one where it has them."""
    layout = open_layout(path, options, flag=flag, is_main=False)
    if layout.reading.format is FileFormat.CONLL:
        same = main.layout.reading.format is FileFormat.CONLL and _width(layout) == _width(main.layout)
        words, tags = (str(main.columns.words), str(main.columns.tags)) if same else (None, None)
        return _read(layout, choose_tag_columns(layout.path, layout.sample, words=words, tags=tags), options)
    usual = replace(options, text=str(main.columns.words), label=str(main.columns.tags))
    columns = find_tag_lists(layout.path, layout.sample, usual)
    if columns is None:
        raise RequestError(f"{flag} {path}: it has no columns of words and tags, as {main.layout.name} has")
    return _read(layout, columns, options)


def _width(layout: FileLayout) -> int:
    return max(len(record.row) for record in layout.sample)


def _check_tags(other: _Read, flag: str, tags: TagSet) -> None:
    """Check that the tags of another file are in the scheme of the main one, and of its types.

    Raises:
        RequestError: naming both schemes, or the unknown types.
    """
    own = vocabulary(tag for sentence in other.tags for tag in sentence)
    if own.types and own.family is not tags.vocabulary.family:
        raise RequestError(
            f"{flag} {other.layout.path}: its tags are written in {own.family}, and those of the training rows in "
            f"{tags.vocabulary.family}\n  Write both in one scheme."
        )
    if unknown := sorted(own.types - tags.vocabulary.types):
        kind = "type" if len(unknown) == 1 else "types"
        raise RequestError(
            f"{flag} {other.layout.path}: the training rows have no span of its {kind} {listed(unknown)}, "
            "which no subject can learn\n"
            f"  Their types: {', '.join(map(quoted, sorted(tags.vocabulary.types)))}. Rename these tags, or tag them O."
        )


def _inspected(read: _Read, tags: TagSet, *, prints: bool) -> InspectedFile:
    survey = survey_sentences(read.sentences, tags, read.survey, prints=prints)
    return InspectedFile(read.layout.path, read.layout.file.sha256, read.layout, read.columns, tags, survey)


def _notes(main: InspectedFile, others: Sequence[tuple[InspectedFile, str]]) -> Iterator[str]:
    yield from sentence_notes(main.name, main.survey)
    for other, flag in others:
        yield from sentence_notes(other.name, other.survey)
        yield from leakage_notes(main.survey, other.survey, names=(main.name, other.name), role=flag)
