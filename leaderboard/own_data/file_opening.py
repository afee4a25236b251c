"""Opening of a user's files, each with one role."""

from collections.abc import Iterable
from pathlib import Path

from leaderboard.errors import RequestError
from leaderboard.own_data.data_file import find_data_file
from leaderboard.own_data.data_set import find_data_set
from leaderboard.own_data.detection import quoted
from leaderboard.own_data.file_layout import FileLayout, detect_source_layout
from leaderboard.own_data.inspected import OOD, TEST
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.source_name import SourceName
from leaderboard.own_data.survey import Survey


def open_layout(path: Path, options: DataOptions, *, flag: str, is_main: bool) -> FileLayout:
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


def refuse_same_files(options: DataOptions) -> None:
    """Refuse a file that has two roles, or one role twice."""
    test = [] if options.test is None else [(TEST, options.test)]
    roles: dict[Path, str] = {}
    for flag, path in [("--data", options.data), *test, *((OOD, path) for path in options.ood)]:
        if earlier := roles.get(path.resolve()):
            raise RequestError(f"{flag} {path}: it is the file of {earlier} already; name another one")
        roles[path.resolve()] = flag


def check_survey(layout: FileLayout, survey: Survey, *, usable: int, drop: bool, kind: str) -> None:
    """Check that the rows of a file can be used.

    Args:
        layout: how the file is read.
        survey: counts of its rows.
        usable: number of usable rows.
        drop: whether rows that cannot be read are left out.
        kind: what a usable row is.

    Raises:
        RequestError: naming the first rows that cannot be read, unless they are dropped; without usable rows.
    """
    if survey.bad and not drop:
        lines = "\n  ".join(survey.unreadable)
        raise RequestError(
            f"{layout.path}: {survey.bad:,} of {survey.rows:,} rows cannot be used\n  {lines}\n"
            "  Correct them, or leave them out with --drop-bad-rows."
        )
    if not usable:
        raise RequestError(f"{layout.path}: among its {survey.rows:,} rows there is no {kind}")


def refuse_repeated(layout: FileLayout, names: Iterable[str]) -> None:
    """Refuse columns that are read and whose name the header has more than once."""
    if twice := next((name for name in names if name in layout.repeated), None):
        raise RequestError(
            f"{layout.path}: the header names the column {quoted(twice)} more than once\n"
            "  Rename one of them, or name another column."
        )
