"""Writing of task files: all of them or none, and no existing one without being told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.own_data.inspection import Inspection
from leaderboard.own_data.options import DataOptions
from leaderboard.own_data.own_data import TaskFile, own_data
from leaderboard.tasks import Catalogue, Suite
from leaderboard.whole_files import check_stays_inside, write_whole


@dataclass(frozen=True, slots=True)
class WrittenTasks:
    """Task files that were written.

    Attributes:
        paths: their paths.
        inspection: of the user's files.
        suite: suite of the tasks, whether or not its file was written.
        axes: axis of each task of the suite, by name.
    """

    paths: tuple[Path, ...]
    inspection: Inspection
    suite: Suite
    axes: Mapping[str, Axis]


def write_tasks(
    options: DataOptions, catalogue: Catalogue, *, suite: bool, folder: Path | None, replace: bool
) -> WrittenTasks:
    """Write the task files of a user's own data.

    Args:
        options: the files, and the user's answers.
        catalogue: of tasks whose names are taken; those of the data are added.
        suite: whether the suite is written.
        folder: folder of the files; None for the one that holds all data files.
        replace: whether existing files are replaced.

    Raises:
        RequestError: as `own_data` and `write_files` do.
    """
    data = own_data(options, catalogue, folder=folder)
    derived = data.add_to(catalogue)
    files = [*data.task_files, *([data.suite] if suite else [])]
    write_files(files, replace=replace)
    axes = {name: task.axis for name, task in catalogue.suite_tasks(derived.name).items()}
    return WrittenTasks(tuple(file.path for file in files), data.inspection, derived, axes)


def write_files(files: Sequence[TaskFile], *, replace: bool) -> None:
    """Write files; where one cannot be written, those that were there before are as they were.

    Args:
        files: the files, in one existing or new folder.
        replace: whether existing files are replaced.

    Raises:
        RequestError: for an existing file without `replace`, a link out of the folder, or a folder that cannot be
            written to.
    """
    existing = [file.path for file in files if file.path.exists() or file.path.is_symlink()]
    if existing and not replace:
        listed = ", ".join(path.name for path in existing)
        raise RequestError(
            f"{existing[0].parent}: {listed} exist already\n  --force replaces them; nothing was written."
        )
    for file in files:
        check_stays_inside(file.path)
    before: list[tuple[Path, bytes | None]] = []
    try:
        for file in files:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            content = file.path.read_bytes() if file.path.exists() else None
            write_whole(file.path, file.text.encode())
            before.append((file.path, content))
    except OSError as error:
        for path, content in before:
            _restore(path, content)
        raise RequestError(
            f"{file.path}: cannot be written: {error.strerror}; nothing was written\n"
            "  Name a folder that can be written to with --output."
        ) from None


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        write_whole(path, content)
