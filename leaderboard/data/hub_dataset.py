"""Data sets of the Hugging Face Hub, read by the library `datasets` in a process of its own.

A commit pins what is read. Its files are taken from the Hub's cache, or downloaded into it; where only the first rows
are needed and the files are not there, they are streamed. Only formats that run no code are read, and only files of the
data set: its README could name any other.
"""

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import datasets
import huggingface_hub
import pyarrow.parquet as pq
from datasets.exceptions import DatasetNotFoundError, DatasetsError
from huggingface_hub import errors as hub_errors

from leaderboard.data.archives import check_size, check_unpacked
from leaderboard.data.arrow_rows import BATCH, batch_rows, columns_to_read
from leaderboard.data.class_names import named_rows
from leaderboard.data.parquet_pages import page_sizes
from leaderboard.data.record import Record
from leaderboard.data.row_limits import RowLimits
from leaderboard.errors import RequestError, SourceUnavailableError

PLAIN_KINDS = ("arrow", "csv", "json", "parquet", "text")
"""Formats that are read without running code; of others, "pandas" unpickles."""
_MODULES = frozenset(f"datasets.packaged_modules.{kind}.{kind}" for kind in PLAIN_KINDS)
_UNREACHABLE = (
    DatasetNotFoundError,
    hub_errors.HfHubHTTPError,
    hub_errors.LocalEntryNotFoundError,
    hub_errors.OfflineModeIsEnabled,
    ConnectionError,
    TimeoutError,
)
_UNREADABLE = (DatasetsError, ValueError, OSError, LookupError, TypeError, NotImplementedError)
_SCRIPT = (
    "has a loading script, and code of a data set is never run\n  Name a revision with data files, such as Parquet."
)
_SHOWN = 20
"""Maximum number of names in a message."""
_SHARD = re.compile(r"(?P<name>.*-)\d{5}(?P<of>-of-(?P<count>\d{5}).*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSplit:
    """A split of a data set.

    Attributes:
        name: name of the data set, `owner/name`.
        revision: a commit.
        split: name of the split.
        config: name of the configuration, where there are several.
        first: number of rows that are needed; None for all.
        offline: do without the network.
        cache: folder for what the library writes.
    """

    name: str
    revision: str
    split: str
    config: str | None
    first: int | None
    offline: bool
    cache: str

    @property
    def place(self) -> str:
        """Name for messages."""
        return f"hub {self.name}@{self.revision[:12]}"


def hub_rows(wanted: HubSplit, named: Collection[str] | None) -> Iterator[Record]:
    """Yield the rows of a split, with the names of classes.

    Args:
        wanted: the split.
        named: columns that are needed; None for all.

    Raises:
        SourceUnavailableError: when it is out of reach, does not exist, or may not be read.
        RequestError: for a data set that runs code, has no such split or configuration, or cannot be read.
    """
    with refusals(wanted):
        rows = _rows(wanted, _snapshot(wanted), named)
        yield from rows if wanted.first is None else islice(rows, wanted.first)


@contextmanager
def refusals(wanted: HubSplit) -> Iterator[None]:
    """Turn errors of the libraries into refusals of one line.

    Args:
        wanted: the split, for messages.

    Raises:
        SourceUnavailableError: when the data set is out of reach, does not exist, or may not be read.
        RequestError: for a data set that cannot be read.
    """
    try:
        yield
    except _UNREACHABLE as error:
        raise SourceUnavailableError(f"{wanted.place}: {_reason(error)}") from None
    except RuntimeError as error:
        reason = _SCRIPT if "script" in str(error) else f"cannot be read: {_line(error)}"
        raise RequestError(f"{wanted.place}: {reason}") from None
    except _UNREADABLE as error:
        raise RequestError(f"{wanted.place}: cannot be read: {_line(error.__cause__ or error)}") from None


def split_files(wanted: HubSplit) -> tuple[list[str], dict[str, Any]]:
    """Return the names of the splits of a data set, and the features of the first by column.

    Args:
        wanted: the data set; its split does not matter.
    """
    builder = _builder(wanted, _snapshot(wanted))
    splits = [str(name) for name in builder.config.data_files or {}]
    data = builder.as_streaming_dataset(split=splits[0])
    features = data.features or builder.info.features
    if features is None:
        data = data._resolve_features()  # noqa: SLF001 - as in `_rows`
        features = data.features
    return splits, features.to_dict()


def _snapshot(wanted: HubSplit) -> Path | None:
    """Return the folder with the files of the commit; None where its first rows are to be streamed."""
    streams = wanted.first is not None and not wanted.offline
    try:
        folder = huggingface_hub.snapshot_download(
            wanted.name, repo_type="dataset", revision=wanted.revision, local_files_only=wanted.offline or streams
        )
    except hub_errors.LocalEntryNotFoundError:
        if streams:
            return None
        state = "offline, and" if wanted.offline else "the Hub is out of reach, and"
        raise SourceUnavailableError(f"{wanted.place}: {state} it is not whole in the Hub's cache") from None
    _check_snapshot(wanted, Path(folder))
    return Path(folder)


def _check_snapshot(wanted: HubSplit, folder: Path) -> None:
    """Check that no part of a file in several parts is missing, and that nothing becomes too large."""
    parts: dict[tuple[str, str], int] = defaultdict(int)
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        if match := _SHARD.fullmatch(path.relative_to(folder).as_posix()):
            parts[match["name"], match["of"]] += 1
        check_unpacked(path)
    for (name, of), count in parts.items():
        if count != int(of[4:9]):
            raise SourceUnavailableError(
                f"{wanted.place}: {count} of {int(of[4:9])} parts of {name}{of} are in the Hub's cache"
            )
    if (folder / f"{wanted.name.rpartition('/')[2]}.py").exists():
        raise RequestError(f"{wanted.place}: {_SCRIPT}")


def _rows(wanted: HubSplit, folder: Path | None, named: Collection[str] | None) -> Iterator[Record]:
    builder = _builder(wanted, folder)
    split = wanted.split
    names = list(map(str, builder.config.data_files or {}))
    if split not in names:
        raise RequestError(f"{wanted.place}: no split '{split}'\n  Its splits: {', '.join(names)}")
    if wanted.first is None:
        builder.download_and_prepare()
        data = builder.as_dataset(split=split)
    else:
        data = builder.as_streaming_dataset(split=split)
    features = data.features or builder.info.features
    if features is None:
        data = data._resolve_features()  # noqa: SLF001 - streamed text says what it holds only when it is read
        features = data.features
    limits = RowLimits(f"{wanted.place}: {split}")
    columns = columns_to_read(features.arrow_schema, named, limits)
    tables = data.select_columns(columns).with_format("arrow").iter(batch_size=BATCH)
    batches = (batch for table in tables for batch in table.to_batches())
    return named_rows(batch_rows(batches, columns, limits), features.to_dict())


def _builder(wanted: HubSplit, folder: Path | None) -> Any:
    """Return the builder of the data set, whose files were checked.

    Raises:
        RequestError: for another format, or a file of another place.
    """
    if folder is None:  # with this prefix, no folder of the working directory is taken for it
        source, inside = f"hf://datasets/{wanted.name}", f"hf://datasets/{wanted.name}@{wanted.revision}/"
    else:
        source, inside = str(folder), f"{folder}{os.sep}"
    _check_card(wanted, _card(wanted) if folder is None else folder / "README.md")
    builder = datasets.load_dataset_builder(
        source, name=wanted.config, revision=wanted.revision if folder is None else None, cache_dir=wanted.cache
    )
    names = list(builder.builder_configs or ())
    if wanted.config is None and len(names) > 1 and builder.config.name != "default":
        raise RequestError(f"{wanted.place}: name one of its configurations with `config`: {', '.join(names[:_SHOWN])}")
    if not _MODULES & {kind.__module__ for kind in type(builder).__mro__}:
        raise RequestError(f"{wanted.place}: its files are none of {', '.join(PLAIN_KINDS)}, which run no code")
    files = builder.config.data_files or {}
    for file in (str(file) for paths in files.values() for file in paths):
        if "::" in file or not os.path.normpath(file).startswith(os.path.normpath(inside) + os.sep):
            raise RequestError(f"{wanted.place}: it names data outside of its own files: {file[:100]}")
        if folder is not None:
            _check_pages(Path(file))
    return builder


def _card(wanted: HubSplit) -> Path | None:
    try:
        return Path(
            huggingface_hub.hf_hub_download(wanted.name, "README.md", repo_type="dataset", revision=wanted.revision)
        )
    except hub_errors.EntryNotFoundError:
        return None


def _check_card(wanted: HubSplit, card: Path | None) -> None:
    """Check that a README names no data outside of the data set, before the library looks for it.

    Raises:
        RequestError: naming it.
    """
    if card is None or not card.is_file():
        return
    metadata = huggingface_hub.metadata_load(card) or {}
    configs = metadata.get("configs") or []
    for config in configs if isinstance(configs, list) else []:
        places = [config.get("data_files"), config.get("data_dir")] if isinstance(config, dict) else []
        for name in _texts(places):
            if name.startswith(("/", "~")) or ":" in name or "\\" in name or ".." in name.split("/"):
                raise RequestError(f"{wanted.place}: it names data outside of its own files: {name[:100]}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _check_pages(path: Path) -> None:
    with path.open("rb") as file:
        begin = file.read(4)
    if begin == b"PAR1":
        metadata = pq.read_metadata(path)
        names = frozenset(metadata.schema.to_arrow_schema().names)
        check_size(path, page_sizes(path, metadata, names).unpacked)


def _reason(error: BaseException) -> str:
    """Return why a data set cannot be had."""
    if isinstance(error, hub_errors.GatedRepoError):
        return "it is gated: ask for access on its page, and set HF_TOKEN to a token of the account that has it"
    if isinstance(error, hub_errors.RepositoryNotFoundError):
        return "there is no such data set, or it is private: check its name, or set HF_TOKEN"
    if isinstance(error, hub_errors.RevisionNotFoundError):
        return "it has no such commit"
    return _line(error)


def _line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
