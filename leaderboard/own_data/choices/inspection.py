"""Inspection of files of multiple-choice questions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.data.specification import AnswerForm
from leaderboard.errors import RequestError
from leaderboard.own_data.choices.answer_form import Answers, detect_answers
from leaderboard.own_data.choices.columns import ChoiceColumns, find_choice_columns
from leaderboard.own_data.choices.form import choice_form
from leaderboard.own_data.choices.notes import answer_notes, question_notes
from leaderboard.own_data.choices.survey import QuestionSurvey, answered_rows, survey_questions
from leaderboard.own_data.file_layout import FileLayout
from leaderboard.own_data.file_opening import check_survey, open_layout, refuse_repeated
from leaderboard.own_data.inspected import OOD, TEST, InspectedFile, Inspection
from leaderboard.own_data.language import detect_language
from leaderboard.own_data.leakage import leakage_notes, refuse_known_texts
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.part_leakage import part_leakage_notes
from leaderboard.own_data.split_column import SplitColumn, parts_of
from leaderboard.own_data.split_plan import WITHOUT_ATTACKS, SplitShares, plan_splits

_SHARES = SplitShares(
    **WITHOUT_ATTACKS,
    advice="70 % are to train on, 20 % to test on, and 10 % for searches.",
    classes="places of the answer",
    fewest_classes=1,
)
_USELESS = ("group", "sensitive", "label_names", "label_ranges", "no_labels")


@dataclass(frozen=True)
class _QuestionFile(InspectedFile):
    """A file of questions."""

    columns: ChoiceColumns
    classes: Answers
    survey: QuestionSurvey


def inspect_choices(
    layout: FileLayout, columns: ChoiceColumns, splits: SplitColumn | None, options: DataOptions
) -> Inspection:
    """Inspect files of multiple-choice questions.

    Args:
        layout: how the main file is read.
        columns: its columns.
        splits: its column of splits.
        options: the files, and the user's answers.

    Raises:
        RequestError: as `inspect_data` does.
    """
    _refuse_useless_options(layout, options)
    answers = detect_answers(layout.path, _answered(layout, columns), form=options.answers)
    prints = options.test is not None or bool(options.ood) or splits is not None
    parts = {
        split: _inspected(part, columns, answers, prints=prints, drop=options.bad_rows)
        for split, part in parts_of(layout, splits).items()
    }
    main = parts.pop("train")
    named = [(path, TEST) for path in [options.test] if path is not None] + [(path, OOD) for path in options.ood]
    others = [(_other(path, flag, options, main), flag) for path, flag in named]
    for each, flag in others:
        for home in (main, *parts.values()) if flag == OOD else ():
            refuse_known_texts(home.survey, each.survey, names=(home.name, each.name))
    test = others[0][0] if options.test is not None else None
    language = detect_language(layout.path, main.survey.texts, language=options.language)
    plan = plan_splits(
        layout.path,
        main.survey,
        shares=_SHARES,
        column=splits,
        parts={split: each.survey for split, each in parts.items()},
        test=None if test is None else test.survey,
        test_path=options.test,
    )
    ood = tuple(each for each, flag in others if flag == OOD)
    scored = test or parts.get("test", main)
    elsewhere = sum(each.survey.chance for each in ood) / max(1, len(ood))
    return Inspection(
        form=choice_form(layout.file.name, columns, language.value, chance=scored.survey.chance, elsewhere=elsewhere),
        main=main,
        parts=parts,
        test=test,
        ood=ood,
        language=language.value,
        plan=plan,
        detections=(
            *layout.detections,
            *columns.detections,
            answers.detection,
            *([] if splits is None else [splits.detection]),
            language.detection,
        ),
        notes=(*_notes(main, parts, others), *answer_notes(main.survey, plan)),
    )


def _refuse_useless_options(layout: FileLayout, options: DataOptions) -> None:
    if useless := next((name for name in _USELESS if getattr(options, name)), None):
        flag = "no-label" if useless == "no_labels" else useless.replace("_", "-")
        raise RequestError(
            f"{layout.path}: --{flag} is for texts with classes, and the file has questions with choices\n"
            "  Leave the flag out, or say --choices none where it has texts with classes."
        )


def _answered(layout: FileLayout, columns: ChoiceColumns) -> list[tuple[object, list[object]]]:
    refuse_repeated(layout, columns.names)
    rows = answered_rows(layout, columns)
    if not rows:
        raise RequestError(f"{layout.path}: no row has choices and an answer")
    return rows


def _inspected(
    layout: FileLayout, columns: ChoiceColumns, answers: Answers, *, prints: bool, drop: bool
) -> _QuestionFile:
    survey = survey_questions(layout, columns, answers.form, prints=prints)
    check_survey(layout, survey, usable=survey.usable, drop=drop, kind="question with choices and an answer")
    return _QuestionFile(layout.path, layout.file.sha256, layout, columns, answers, survey)


def _other(path: Path, flag: str, options: DataOptions, main: _QuestionFile) -> _QuestionFile:
    """Inspect a file of the same kind: by the columns of the main one where it has them."""
    layout = open_layout(path, options, flag=flag, is_main=False)
    rows = [record.row for record in layout.sample if not record.problem]
    names = {name for row in rows for name in row}
    columns: ChoiceColumns | None = main.columns
    if not {name.partition(".")[0] for name in main.columns.names} <= names:
        columns = find_choice_columns(layout.path, rows, DataOptions(data=path))
    if columns is None:
        raise RequestError(f"{flag} {path}: it has no choices of questions, and {main.name} has some")
    answers = detect_answers(layout.path, _answered(layout, columns), form=_same_form(main, columns))
    return _inspected(layout, columns, answers, prints=True, drop=options.bad_rows)


def _same_form(main: _QuestionFile, columns: ChoiceColumns) -> AnswerForm | None:
    return main.classes.form if columns is main.columns else None


def _notes(
    main: _QuestionFile, parts: Mapping[str, _QuestionFile], others: Sequence[tuple[_QuestionFile, str]]
) -> Iterator[str]:
    for each in (main, *parts.values()):
        yield from question_notes(each.name, each.survey)
    yield from part_leakage_notes(main, parts)
    for other, flag in others:
        yield from question_notes(other.name, other.survey)
        yield from leakage_notes(main.survey, other.survey, names=(main.name, other.name), role=flag)
