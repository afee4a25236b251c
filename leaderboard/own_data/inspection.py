"""Inspection of a user's files: what was detected, counted and decided, before any task is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.errors import RequestError
from leaderboard.own_data.classes import Classes, detect_classes
from leaderboard.own_data.columns import Columns, choose_columns
from leaderboard.own_data.data_file import find_data_file
from leaderboard.own_data.data_set import find_data_set
from leaderboard.own_data.detection import Detection, quoted
from leaderboard.own_data.file_layout import FileLayout, detect_source_layout
from leaderboard.own_data.format_flags import refuse_useless_flags
from leaderboard.own_data.language import detect_language
from leaderboard.own_data.leakage import leakage_notes, refuse_known_texts, refuse_shared_groups
from leaderboard.own_data.notes import class_notes, row_notes
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.source_name import SourceName
from leaderboard.own_data.split_plan import SplitPlan, plan_splits
from leaderboard.own_data.stray_labels import ask_about_stray_labels
from leaderboard.own_data.survey import Survey, count_labels, survey_rows

_TEST, _OOD = "--test", "--ood"


@dataclass(frozen=True)
class InspectedFile:
    """A file with the result of its inspection.

    Attributes:
        path: path of the file, links resolved.
        sha256: digest of its bytes.
        layout: how it is read.
        columns: its columns.
        classes: classes as it writes them.
        survey: counts of its rows.
    """

    path: Path
    sha256: str
    layout: FileLayout
    columns: Columns
    classes: Classes
    survey: Survey

    @property
    def name(self) -> str:
        """Name for people, with that of the archive that it is in."""
        return self.layout.file.name


@dataclass(frozen=True)
class Inspection:
    """Result of the inspection of a user's files.

    Attributes:
        main: file with the training rows.
        test: file with the test rows; None where they are a share of the main file.
        ood: files of other distributions.
        language: ISO 639 code of the texts.
        plan: splits of the main file.
        detections: what was detected, from what, and the flag that changes it.
        notes: sentences on rows and classes, with the rule that handles them.
    """

    main: InspectedFile
    test: InspectedFile | None
    ood: tuple[InspectedFile, ...]
    language: str
    plan: SplitPlan
    detections: tuple[Detection, ...]
    notes: tuple[str, ...]

    @property
    def other_files(self) -> tuple[tuple[str, InspectedFile], ...]:
        """Files beside the main one, each with the flag that named it."""
        test = () if self.test is None else ((_TEST, self.test),)
        return (*test, *((_OOD, file) for file in self.ood))

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each detection and each note."""
        detected = (f"{each.feature}: {each.value} ({each.evidence})" for each in self.detections)
        return (*detected, *(f"note: {each}" for each in self.notes))


def inspect_data(options: DataOptions) -> Inspection:
    """Inspect the files of a user.

    Args:
        options: the files, and the user's answers.

    Raises:
        RequestError: for a file that cannot be used; as a question, with the flag that answers it, where a detection
            is not safe.
    """
    _refuse_same_files(options)
    layout = _layout(options.data, options, flag="--data", is_main=True)
    rows = [record.row for record in layout.sample if not record.problem]
    columns = choose_columns(
        layout.path,
        rows,
        text=options.text,
        second=options.second,
        label=options.label,
        group=options.group,
        classes=layout.classes,
    )
    _refuse_repeated(layout, columns)
    labels = count_labels(layout, columns.label)
    classes = detect_classes(
        layout.path,
        columns.label,
        labels,
        names=options.label_names,
        ranges=options.label_ranges,
        no_labels=options.no_labels,
        is_named=options.label is not None,
    )
    prints = options.test is not None or bool(options.ood)
    main = _inspected(layout, columns, classes, prints=prints, drop=options.bad_rows)
    others = [(path, _TEST) for path in [options.test] if path is not None] + [(path, _OOD) for path in options.ood]
    inspected = [_other(path, flag, options, main) for path, flag in others]
    refuse_useless_flags(options, [each.layout.reading.format for each in (main, *inspected)])
    for each, (_, flag) in zip(inspected, others, strict=True):
        names = (main.name, each.name)
        refuse_shared_groups(main.survey, each.survey, names=names, role=flag)
        if flag == _OOD:
            refuse_known_texts(main.survey, each.survey, names=names)
    test = inspected[0] if options.test is not None else None
    language = detect_language(layout.path, main.survey.texts, language=options.language)
    plan = plan_splits(
        main.path,
        main.survey,
        test=None if test is None else test.survey,
        test_path=options.test,
        is_grouped=columns.group is not None,
    )
    ask_about_stray_labels(main.path, classes, plan, named=options.label_names)
    return Inspection(
        main=main,
        test=test,
        ood=tuple(each for each, (_, flag) in zip(inspected, others, strict=True) if flag == _OOD),
        language=language.value,
        plan=plan,
        detections=(*layout.detections, *columns.detections, *classes.detections, language.detection),
        notes=tuple(_notes(main, inspected, [flag for _, flag in others], plan)),
    )


def _layout(path: Path, options: DataOptions, *, flag: str, is_main: bool) -> FileLayout:
    """Return the layout of a file, of which some row can be read."""
    name = SourceName.of(path)
    if name is not None:
        layout = detect_source_layout(find_data_set(name, flag=flag, offline=options.offline), options, is_main=is_main)
        return _readable(layout)
    file = find_data_file(path, flag=flag)
    try:
        return _readable(detect_source_layout(file, options, is_main=is_main))
    except RequestError as error:  # the unpacked file is in the cache, which the user has not named
        raise RequestError(str(error).replace(str(file.content), str(file.path.parent / file.name))) from None


def _readable(layout: FileLayout) -> FileLayout:
    if all(record.problem for record in layout.sample):
        first = layout.sample[0]
        raise RequestError(f"{layout.path}: {first.place}: {first.problem}")
    return layout


def _refuse_same_files(options: DataOptions) -> None:
    """Refuse a file that has two roles, or one role twice."""
    test = [] if options.test is None else [(_TEST, options.test)]
    roles: dict[Path, str] = {}
    for flag, path in [("--data", options.data), *test, *((_OOD, path) for path in options.ood)]:
        if earlier := roles.get(path.resolve()):
            raise RequestError(f"{flag} {path}: it is the file of {earlier} already; name another one")
        roles[path.resolve()] = flag


def _refuse_repeated(layout: FileLayout, columns: Columns) -> None:
    if twice := next((name for name in columns.fields.values() if name in layout.repeated), None):
        raise RequestError(
            f"{layout.path}: the header names the column {quoted(twice)} more than once\n"
            "  Rename one of them, or name another column."
        )


def _other(path: Path, flag: str, options: DataOptions, main: InspectedFile) -> InspectedFile:
    """Inspect a file with the classes of the main file, and its columns where the file has them."""
    layout = _layout(path, options, flag=flag, is_main=False)
    rows = [record.row for record in layout.sample if not record.problem]
    names = {name for row in rows for name in row}
    usual = {field: column for field, column in main.columns.fields.items() if column in names}
    if "second" in main.columns.fields and "second" not in usual:
        raise RequestError(f"{flag} {path}: it has no column {main.columns.second!r}, and {main.name} has pairs")
    columns = choose_columns(layout.path, rows, **usual, classes=layout.classes)
    if columns.second is not None and main.columns.second is None:
        raise RequestError(f"{flag} {path}: it has pairs of texts, and {main.name} has single ones; name --text")
    _refuse_repeated(layout, columns)
    classes = main.classes.for_file(count_labels(layout, columns.label))
    other = _inspected(layout, columns, classes, prints=True, drop=options.bad_rows)
    if flag == _OOD and len(other.survey.classes) == 1:
        raise RequestError(
            f"{flag} {path}: all of its {other.survey.usable:,} usable rows are of the class "
            f"{quoted(next(iter(other.survey.classes)))}\n"
            "  A subject that always answers it would always be right. Add rows of another class, or name another file."
        )
    return other


def _inspected(layout: FileLayout, columns: Columns, classes: Classes, *, prints: bool, drop: bool) -> InspectedFile:
    """Count the rows of a file.

    Raises:
        RequestError: naming the first rows that cannot be read, unless they are dropped; without usable rows.
    """
    survey = survey_rows(layout, columns, classes, prints=prints)
    if survey.bad and not drop:
        lines = "\n  ".join(survey.unreadable)
        raise RequestError(
            f"{layout.path}: {survey.bad:,} of {survey.rows:,} rows cannot be used\n  {lines}\n"
            "  Correct them, or leave them out with --drop-bad-rows."
        )
    if not survey.usable:
        raise RequestError(f"{layout.path}: none of its {survey.rows:,} rows has a text and a label")
    return InspectedFile(layout.path, layout.file.sha256, layout, columns, classes, survey)


def _notes(
    main: InspectedFile, others: Sequence[InspectedFile], flags: Sequence[str], plan: SplitPlan
) -> Iterator[str]:
    yield from row_notes(main.name, main.survey)
    for other, flag in zip(others, flags, strict=True):
        yield from row_notes(other.name, other.survey)
        if main.columns.group is not None and other.columns.group is None:
            yield (
                f"{other.name} ({flag}) has no column {quoted(main.columns.group)}: whether it has groups of "
                f"{main.name} is unknown"
            )
        yield from leakage_notes(main.survey, other.survey, names=(main.name, other.name), role=flag)
    yield from class_notes(main.classes, plan)
