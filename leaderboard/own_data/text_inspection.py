"""Inspection of files of texts with classes."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from leaderboard.data.specification import FileFormat
from leaderboard.errors import RequestError
from leaderboard.own_data.classes import Classes, detect_classes, refuse_unknown_labels
from leaderboard.own_data.columns import Columns, choose_columns
from leaderboard.own_data.detection import quoted
from leaderboard.own_data.file_layout import FileLayout
from leaderboard.own_data.file_opening import check_survey, open_layout, refuse_repeated
from leaderboard.own_data.inspected import OOD, TEST, Inspection
from leaderboard.own_data.language import detect_language
from leaderboard.own_data.leakage import leakage_notes, refuse_known_texts, refuse_shared_groups
from leaderboard.own_data.notes import class_notes, row_notes
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.part_leakage import part_leakage_notes
from leaderboard.own_data.sensitive_column import find_sensitive_groups
from leaderboard.own_data.split_column import SplitColumn, parts_of
from leaderboard.own_data.split_plan import TEXT_SHARES, SplitPlan, plan_splits
from leaderboard.own_data.stray_labels import ask_about_stray_labels
from leaderboard.own_data.survey import count_labels, survey_rows
from leaderboard.own_data.text_file import TextFile
from leaderboard.own_data.text_form import text_form


def inspect_texts(layout: FileLayout, splits: SplitColumn | None, options: DataOptions) -> Inspection:
    """Inspect files of texts with classes.

    Args:
        layout: how the main file is read.
        splits: its column of splits.
        options: the files, and the user's answers.

    Raises:
        RequestError: as `inspect_data` does.
    """
    columns = _columns(layout, splits, options)
    others = [(path, TEST) for path in [options.test] if path is not None] + [(path, OOD) for path in options.ood]
    labels = count_labels(layout, columns.label)
    classes = detect_classes(
        layout.path,
        columns.label,
        labels,
        names=options.label_names,
        ranges=options.label_ranges,
        no_labels=options.no_labels,
        is_named=options.label is not None,
        is_only=not others,
    )
    prints = options.test is not None or bool(options.ood) or splits is not None
    by_split = {
        split: _inspected(part, columns, classes, prints=prints, drop=options.bad_rows)
        for split, part in parts_of(layout, splits).items()
    }
    main = by_split.pop("train")
    inspected = [(_other(path, flag, options, main), flag) for path, flag in others]
    everywhere = {*labels, *(raw for each, _ in inspected for raw in (*each.classes.values, *each.classes.absent))}
    refuse_unknown_labels(main.path, everywhere, options.label_names, options.no_labels)
    _refuse_leaks(main, by_split, inspected)
    test = inspected[0][0] if options.test is not None else None
    language = detect_language(layout.path, main.survey.texts, language=options.language)
    plan = plan_splits(
        main.path,
        main.survey,
        shares=TEXT_SHARES,
        column=splits,
        parts={split: each.survey for split, each in by_split.items()},
        test=None if test is None else test.survey,
        test_path=options.test,
        is_grouped=columns.group is not None,
    )
    ask_about_stray_labels(main.path, classes, plan, named=options.label_names)
    groups = find_sensitive_groups(main, by_split, test, plan, positive=options.positive)
    ood = tuple(each for each, flag in inspected if flag == OOD)
    return Inspection(
        form=text_form(main, plan, ood, language=language.value),
        main=main,
        parts=by_split,
        test=test,
        ood=ood,
        language=language.value,
        plan=plan,
        detections=(
            *layout.detections,
            *columns.detections,
            *([] if splits is None else [splits.detection]),
            *classes.detections,
            *([] if groups is None else [groups.detection]),
            language.detection,
        ),
        notes=(*_notes(main, by_split, inspected, plan), *(() if groups is None else groups.notes)),
        sensitive_groups=groups,
    )


def _columns(layout: FileLayout, splits: SplitColumn | None, options: DataOptions) -> Columns:
    rows = [record.row for record in layout.sample if not record.problem]
    if splits is not None:
        rows = [{name: value for name, value in row.items() if name != splits.name} for row in rows]
    columns = choose_columns(
        layout.path,
        rows,
        text=options.text,
        second=options.second,
        label=options.label,
        group=options.group,
        sensitive=options.sensitive,
        classes=layout.classes,
    )
    refuse_repeated(layout, [*columns.fields.values(), *([columns.sensitive] if columns.sensitive else [])])
    return columns


def _refuse_leaks(main: TextFile, parts: Mapping[str, TextFile], others: Sequence[tuple[TextFile, str]]) -> None:
    """Refuse groups in several splits, and files of other distributions with texts of the main file."""
    for each, role in [*((part, "another split") for part in parts.values()), *others]:
        names = (main.name, each.name)
        refuse_shared_groups(main.survey, each.survey, names=names, role=role)
    for each, flag in others:
        if flag == OOD:
            for home in (main, *parts.values()):
                refuse_known_texts(home.survey, each.survey, names=(home.name, each.name))


def _other(path: Path, flag: str, options: DataOptions, main: TextFile) -> TextFile:
    """Inspect a file with the classes of the main file, and its columns where the file has them."""
    layout = open_layout(path, options, flag=flag, is_main=False)
    if layout.reading.format is FileFormat.CONLL:
        raise RequestError(f"{flag} {path}: it is a CoNLL file, with a tag for each word; {main.name} has texts")
    rows = [record.row for record in layout.sample if not record.problem]
    names = {name for row in rows for name in row}
    usual = {field: column for field, column in main.columns.fields.items() if column in names}
    if "second" in main.columns.fields and "second" not in usual:
        raise RequestError(f"{flag} {path}: it has no column {main.columns.second!r}, and {main.name} has pairs")
    sensitive = main.columns.sensitive if main.columns.sensitive in names else None
    columns = choose_columns(layout.path, rows, **usual, sensitive=sensitive, classes=layout.classes)
    if columns.second is not None and main.columns.second is None:
        raise RequestError(f"{flag} {path}: it has pairs of texts, and {main.name} has single ones; name --text")
    refuse_repeated(layout, columns.fields.values())
    labels = count_labels(layout, columns.label)
    classes = main.classes.for_file(layout.path, labels, names=options.label_names, no_labels=options.no_labels)
    other = _inspected(layout, columns, classes, prints=True, drop=options.bad_rows)
    if flag == OOD and len(other.survey.classes) == 1:
        raise RequestError(
            f"{flag} {path}: all of its {other.survey.usable:,} usable rows are of the class "
            f"{quoted(next(iter(other.survey.classes)))}\n"
            "  A subject that always answers it would always be right. Add rows of another class, or name another file."
        )
    return other


def _inspected(layout: FileLayout, columns: Columns, classes: Classes, *, prints: bool, drop: bool) -> TextFile:
    """Count the rows of a file.

    Raises:
        RequestError: naming the first rows that cannot be read, unless they are dropped; without usable rows.
    """
    survey = survey_rows(layout, columns, classes, prints=prints)
    check_survey(layout, survey, usable=survey.usable, drop=drop, kind="row with a text and a label")
    return TextFile(layout.path, layout.file.sha256, layout, columns, classes, survey)


def _notes(
    main: TextFile, parts: Mapping[str, TextFile], others: Sequence[tuple[TextFile, str]], plan: SplitPlan
) -> Iterator[str]:
    yield from row_notes(main.name, main.survey)
    for part in parts.values():
        yield from row_notes(part.name, part.survey)
    yield from part_leakage_notes(main, parts)
    for other, flag in others:
        yield from row_notes(other.name, other.survey)
        if main.columns.group is not None and other.columns.group is None:
            yield (
                f"{other.name} ({flag}) has no column {quoted(main.columns.group)}: whether it has groups of "
                f"{main.name} is unknown"
            )
        yield from leakage_notes(main.survey, other.survey, names=(main.name, other.name), role=flag)
    yield from class_notes(main.classes, plan)
