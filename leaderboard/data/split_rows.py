"""Rows of a split from its source: a file, several files, a folder of `datasets`, or a data set of the Hub."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.use_marks import mark_used
from leaderboard.data.fetching import locate, location_text, task_folder
from leaderboard.data.record import Record, Row
from leaderboard.data.rows import read_rows
from leaderboard.data.source import Location, Source
from leaderboard.data.specification import OnProblem, Reading, Split
from leaderboard.identity import digest
from leaderboard.settings import cache_folder

HUB_CPU_S = 3_600
"""Maximum CPU seconds for a data set of the Hub, whose files `datasets` writes anew as Arrow files."""


class SplitRows(NamedTuple):
    """The rows of a split.

    Attributes:
        origin: where they are from, for messages.
        file: name of the file, or of what is read instead.
        records: the rows.
    """

    origin: str
    file: str
    records: Iterator[Record]


def split_rows(split: Split, reading: Reading, *, folder: Path, offline: bool) -> SplitRows:
    """Return the rows of a split; each is read when it is asked for.

    Args:
        split: the split.
        reading: settings for reading it.
        folder: folder of the task file.
        offline: do without the network.

    Raises:
        SourceUnavailableError: when the source is out of reach.
        RequestError: for other bytes than were pinned.
    """
    rows = _source_rows(split, reading, folder, offline=offline)
    return rows if split.first is None else rows._replace(records=islice(rows.records, split.first))


def _source_rows(split: Split, reading: Reading, folder: Path, *, offline: bool) -> SplitRows:
    place = split.source.locations[0]
    match place:
        case Location(hub=str(name), path=None):
            return SplitRows(location_text(place), name, _hub_rows(place, split.first, reading, offline=offline))
        case Location(disk=str(saved)):
            return _disk_rows(split.source, saved, place.split, reading, folder)
        case Location(files=str(pattern)):
            return _rows_of_files(split.source, pattern, reading, folder)
    path = locate(split.source, folder=folder, offline=offline)
    beside = locate(split.columns_from, folder=folder, offline=offline) if split.columns_from else None
    if split.columns_by is not None and beside is not None:
        from leaderboard.data.keyed_rows import with_keyed_columns  # noqa: PLC0415 - few tasks have two files

        rows = with_keyed_columns(read_rows(path, reading), read_rows(beside, reading), split.columns_by)
    else:
        rows = read_rows(path, reading, beside=beside)
    if reading.missing is OnProblem.DROP:
        from leaderboard.data.part_columns import with_all_columns  # noqa: PLC0415 - as below

        rows = with_all_columns(rows, reading, str(path), is_part=False)
    return SplitRows(str(path), path.name, rows)


def _rows_of_files(source: Source, pattern: str, reading: Reading, folder: Path) -> SplitRows:
    from leaderboard.data.file_sets import data_files_of  # noqa: PLC0415 - most sources are one file
    from leaderboard.data.part_columns import with_all_columns  # noqa: PLC0415 - as above

    files = data_files_of(pattern, folder, source.sha256)

    def records() -> Iterator[Record]:
        for name, path in files.items():
            rows = with_all_columns(read_rows(path, reading), reading, f"files: {pattern}: {name}")
            yield from (replace(record, file=name) for record in rows)

    return SplitRows(str(folder / pattern), pattern, records())


def _disk_rows(source: Source, path: str, split: str | None, reading: Reading, folder: Path) -> SplitRows:
    from leaderboard.data.disk_dataset import disk_rows  # noqa: PLC0415 - as above
    from leaderboard.data.file_sets import check_files  # noqa: PLC0415 - as above

    check_files(path, folder, source.sha256)
    place = task_folder(folder, path)
    return SplitRows(str(place), path, disk_rows(place, split, reading))


def _hub_rows(place: Location, first: int | None, reading: Reading, *, offline: bool) -> Iterator[Record]:
    from leaderboard.data.process_rows import process_rows  # noqa: PLC0415 - as above
    from leaderboard.data.projection import columns_of  # noqa: PLC0415
    from leaderboard.data.reader_process import Reader  # noqa: PLC0415
    from leaderboard.data.row_spool import spooled_rows  # noqa: PLC0415

    cache = _hub_cache(place.hub, place.revision, place.config)
    columns = columns_of(reading)
    wanted: dict[str, str | int | None] = {
        "name": place.hub,
        "revision": place.revision,
        "split": place.split,
        "config": place.config,
    }
    wanted |= {"first": first, "offline": offline, "cache": str(cache)}

    def read() -> Iterator[Record]:
        return process_rows(
            Reader.HUB,
            location_text(place),
            {"split": wanted, "columns": None if columns is None else sorted(columns)},
            cpu_s=HUB_CPU_S,
            folder=cache,
            environment=_hub_environment(cache, offline=offline),
        )

    yield from spooled_rows(("hub", tuple(wanted.items())), columns, read, folder=cache)


def hub_content(name: str, *, revision: str | None, config: str | None, offline: bool) -> Row:
    """Return what a data set of the Hub holds: `revision` (a commit), `splits` (names) and `features` (by column).

    Args:
        name: name of the data set, `owner/name`.
        revision: a commit, a branch or a tag; None for the newest commit.
        config: name of the configuration, where there are several.
        offline: do without the network.

    Raises:
        SourceUnavailableError: when it is out of reach, does not exist, or may not be read.
        RequestError: for a data set that cannot be read.
    """
    from leaderboard.data.process_rows import process_rows  # noqa: PLC0415 - as above
    from leaderboard.data.reader_process import Reader  # noqa: PLC0415

    cache = _hub_cache(name, revision, config)
    arguments = {"name": name, "revision": revision, "config": config, "offline": offline, "cache": str(cache)}
    environment = _hub_environment(cache, offline=offline)
    (record,) = process_rows(
        Reader.HUB_CONTENT, f"hub {name}", arguments, cpu_s=HUB_CPU_S, folder=cache, environment=environment
    )
    return record.row


def _hub_cache(*identity: str | None) -> Path:
    cache = cache_folder().resolve() / CacheKind.DATA / f"hub-{digest(list(identity))}"
    mark_used(cache)
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _hub_environment(cache: Path, *, offline: bool) -> dict[str, str]:
    environment = {"HF_DATASETS_CACHE": str(cache), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    return environment | ({"HF_HUB_OFFLINE": "1"} if offline else {})
