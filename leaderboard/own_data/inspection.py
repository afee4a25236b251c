"""Inspection of a user's files: what was detected, counted and decided, before any task is written."""

from leaderboard.data.specification import FileFormat
from leaderboard.errors import RequestError
from leaderboard.own_data.choices.columns import find_choice_columns
from leaderboard.own_data.choices.inspection import inspect_choices
from leaderboard.own_data.detection import quoted
from leaderboard.own_data.file_layout import FileLayout
from leaderboard.own_data.file_opening import open_layout, refuse_same_files
from leaderboard.own_data.format_flags import refuse_useless_flags
from leaderboard.own_data.inspected import Inspection
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.split_column import find_split_column
from leaderboard.own_data.tagging.columns import TagColumns, choose_tag_columns, find_tag_lists
from leaderboard.own_data.tagging.inspection import inspect_tags
from leaderboard.own_data.text_inspection import inspect_texts

__all__ = ["Inspection", "inspect_data"]


def inspect_data(options: DataOptions) -> Inspection:
    """Inspect the files of a user: texts with classes, sentences with tags, or questions with choices.

    Args:
        options: the files, and the user's answers.

    Raises:
        RequestError: for a file that cannot be used; as a question, with the flag that answers it, where a detection
            is not safe.
    """
    refuse_same_files(options)
    layout = open_layout(options.data, options, flag="--data", is_main=True)
    if (tags := _tag_columns(layout, options)) is not None:
        inspection = inspect_tags(layout, tags, options)
    else:
        splits = find_split_column(layout, options)
        rows = [record.row for record in layout.sample if not record.problem]
        columns = find_choice_columns(layout.path, rows, options)
        if columns is None:
            inspection = inspect_texts(layout, splits, options)
        else:
            inspection = inspect_choices(layout, columns, splits, options)
    files = (inspection.main, *(file for _, file in inspection.other_files))
    refuse_useless_flags(options, [each.layout.reading.format for each in files])
    return inspection


def _tag_columns(layout: FileLayout, options: DataOptions) -> TagColumns | None:
    """Return the columns of words and tags; None for a file of texts or questions.

    Raises:
        RequestError: for a column of splits, which the tasks of words with tags do not have.
    """
    if layout.reading.format is FileFormat.CONLL:
        return choose_tag_columns(layout.path, layout.sample, words=options.text, tags=options.label)
    columns = None if options.choices else find_tag_lists(layout.path, layout.sample, options)
    if columns is not None and (splits := find_split_column(layout, options)) is not None:
        raise RequestError(
            f"{layout.path}: the column {quoted(splits.name)} divides its rows, which is not possible for words with "
            "tags\n  Divide them at random with --ignore-split, or name a file of the test rows with --test."
        )
    return columns
