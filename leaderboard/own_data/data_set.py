"""Data sets of a user: files of a folder or of a pattern, folders of `datasets`, and data sets of the Hub."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leaderboard.data.class_names import class_columns
from leaderboard.data.disk_dataset import disk_content
from leaderboard.data.file_sets import data_files_of, files_of, root_of, set_digest
from leaderboard.data.record import Record
from leaderboard.data.source import Source
from leaderboard.data.specification import Reading, Split
from leaderboard.data.split_rows import hub_content, split_rows
from leaderboard.errors import RequestError, unknown_name
from leaderboard.own_data.detection import Detection, question
from leaderboard.own_data.source_name import SourceKind, SourceName
from leaderboard.own_data.yaml_flow import Value

_TRAIN = "train"


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set of a user.

    Attributes:
        name: as the user named it.
        title: name that a task is named after.
        anchor: folder that its location is relative to; None for one of the Hub.
        source: where it is, relative to that folder.
        offline: do without the network.
        classes: columns whose classes the data set names.
        first: the first of its files, from which the format is detected; None for what `datasets` describes.
        detections: what was chosen of it.
    """

    name: str
    title: str
    anchor: Path | None
    source: Source
    offline: bool = False
    classes: tuple[str, ...] = ()
    first: Path | None = None
    detections: tuple[Detection, ...] = ()

    @property
    def path(self) -> Path:
        """Name as a path, for messages."""
        return Path(self.name)

    @property
    def sha256(self) -> str:
        """Digest of its files; empty for a data set of the Hub, which its commit pins."""
        return self.source.sha256

    def records(self, reading: Reading) -> Iterator[Record]:
        """Yield its rows.

        Args:
            reading: settings for reading them.
        """
        split = Split(source=self.source)
        return split_rows(split, reading, folder=self.anchor or Path(), offline=self.offline).records

    def written_source(self, folder: Path) -> dict[str, Value]:
        """Return the source as a task file has it.

        Args:
            folder: folder of the task file.
        """
        place = self.source.locations[0].model_dump(exclude_defaults=True)
        if self.anchor is not None:
            kind = self.source.locations[0].kind
            place[kind] = (self.anchor / place[kind]).relative_to(folder).as_posix()
        return place | ({"sha256": self.sha256} if self.sha256 else {})


def find_data_set(named: SourceName, *, flag: str, offline: bool) -> DataSet:
    """Return a data set that a user named.

    Args:
        named: its name.
        flag: the option that named it, for messages.
        offline: do without the network.

    Raises:
        RequestError: for a data set that is not there; as a question where one of its splits has to be chosen.
        SourceUnavailableError: for one that is out of reach.
    """
    match named.kind:
        case SourceKind.HUB:
            return _of_the_hub(named, flag=flag, offline=offline)
        case SourceKind.DISK:
            return _saved(named, flag=flag)
    return _files(named, flag=flag)


def _files(named: SourceName, *, flag: str) -> DataSet:
    root, rest = root_of(named.place)
    folder = Path(root or ("/" if named.place.startswith("/") else ".")).resolve()
    if not folder.is_dir():
        raise RequestError(f"{flag} {named.text}: {root} is no folder")
    anchor, pattern = (folder, rest) if rest else (folder.parent, folder.name)
    sha256 = set_digest(files_of(pattern, anchor))
    files = data_files_of(pattern, anchor, sha256)
    if not files:
        raise RequestError(f"{flag} {named.text}: no file of data in {folder}")
    return DataSet(
        name=named.text,
        title=folder.name,
        anchor=anchor,
        source=_source({"files": pattern, "sha256": sha256}, named, flag),
        first=next(iter(files.values())),
        detections=(Detection("files", f"{len(files):,}", f"the first is {next(iter(files))}"),),
    )


def _saved(named: SourceName, *, flag: str) -> DataSet:
    folder = Path(named.place).resolve()
    if not folder.is_dir():
        raise RequestError(f"{flag} {named.text}: no such folder")
    content = disk_content(folder)
    split, detections = _chosen(named, content.splits, flag)
    location = {"disk": folder.name, "sha256": set_digest(files_of(folder.name, folder.parent))}
    return DataSet(
        name=named.text,
        title=folder.name,
        anchor=folder.parent,
        source=_source(location | ({"split": split} if split else {}), named, flag),
        classes=class_columns(content.features(split)),
        detections=detections,
    )


def _of_the_hub(named: SourceName, *, flag: str, offline: bool) -> DataSet:
    content = hub_content(named.place, revision=named.revision, config=named.config, offline=offline)
    split, detections = _chosen(named, content["splits"], flag)
    location = {"hub": named.place, "revision": content["revision"], "config": named.config, "split": split}
    origin = "in the name" if named.revision else "the newest" + (" in the Hub's cache" if offline else "")
    return DataSet(
        name=named.text,
        title=named.place.rpartition("/")[2],
        anchor=None,
        source=_source({key: value for key, value in location.items() if value}, named, flag),
        offline=offline,
        classes=class_columns(content["features"]),
        detections=(
            Detection("commit", content["revision"][:12], origin, f"hub:{named.place}@COMMIT"),
            *detections,
        ),
    )


def _source(location: dict[str, Any], named: SourceName, flag: str) -> Source:
    try:
        return Source.model_validate(location)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise RequestError(f"{flag} {named.text}: {reason}\n  {SourceName.SYNTAX}") from None


def _chosen(named: SourceName, splits: Sequence[str], flag: str) -> tuple[str | None, tuple[Detection, ...]]:
    """Return the split that is read, and how it was chosen."""
    place = named.text.removesuffix(f"#{named.split}")
    if named.split is not None:
        if named.split not in splits:
            raise unknown_name("split", named.split, splits, where=f"{flag} {place}")
        return named.split, (Detection("split", named.split, "in the name", "NAME#SPLIT"),)
    if not splits:
        return None, ()
    if len(splits) == 1:
        return splits[0], (Detection("split", splits[0], "the only one"),)
    if _TRAIN not in splits:
        raise question(
            Path(place), f"it has the splits {', '.join(splits)}", f"{flag} '{place}#{splits[0]}'", "another"
        )
    others = ", ".join(name for name in splits if name != _TRAIN)
    return _TRAIN, (Detection("split", _TRAIN, f"its usual name; not read: {others}", "NAME#SPLIT"),)
