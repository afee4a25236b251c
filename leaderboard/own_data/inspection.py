"""Inspection of a user's files: what was detected, counted and decided, before any task is written."""

from leaderboard.data.specification import FileFormat
from leaderboard.own_data.choices.columns import find_choice_columns
from leaderboard.own_data.choices.inspection import inspect_choices
from leaderboard.own_data.file_opening import open_layout, refuse_same_files
from leaderboard.own_data.format_flags import refuse_useless_flags
from leaderboard.own_data.inspected import Inspection
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.split_column import find_split_column
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
    if layout.reading.format is FileFormat.CONLL:
        inspection = inspect_tags(layout, options)
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
