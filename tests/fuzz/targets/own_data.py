"""A user's own file: what is detected of it, and the task files that are made of it."""

import csv
import gzip
import io
import json
import zipfile
from functools import cache, partial
from pathlib import Path

from tests.fuzz.mutation import mutated_bytes
from tests.fuzz.target import Target

_TEXTS = [
    (f"The {noun} was {word}.", label)
    for noun in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for word, label in (("dull", 0), ("fine", 1))
]
_REVIEWS = [(f"房间{number}很{word}", name) for number in range(26) for word, name in (("差", "负面"), ("好", "正面"))]


@cache
def _tables() -> tuple[bytes, ...]:
    files = []
    for delimiter, encoding, rows in ((",", "utf-8", _TEXTS), (";", "utf-16", _TEXTS), ("\t", "gb18030", _REVIEWS)):
        file = io.StringIO()
        csv.writer(file, delimiter=delimiter).writerows([("text", "label"), *rows])
        files.append(file.getvalue().encode(encoding))
    return tuple(files)


@cache
def _json() -> tuple[bytes, ...]:
    rows = [{"text": text, "label": label, "author": text[4]} for text, label in _TEXTS]
    return ("\n".join(map(json.dumps, rows)).encode(), json.dumps(rows).encode())


@cache
def _compressed() -> tuple[bytes, ...]:
    (table, *_), packed = _tables(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("reviews.csv", table)
    return gzip.compress(table, mtime=0), packed.getvalue()


def _read(ending: str, data: bytes, folder: Path) -> None:
    from leaderboard.own_data.options import DataOptions
    from leaderboard.own_data.own_data import own_data
    from leaderboard.tasks import Catalogue

    path = folder / f"data{ending}"
    path.write_bytes(data)
    catalogue = Catalogue()
    suite = own_data(DataOptions(data=path), catalogue).add_to(catalogue)
    assert suite.tasks


TARGETS = (
    Target(
        name="own tables",
        inputs=2_000,
        seeds=_tables,
        change=mutated_bytes,
        read=partial(_read, ".csv"),
    ),
    Target(
        name="own json files",
        inputs=2_000,
        seeds=_json,
        change=mutated_bytes,
        read=partial(_read, ".json"),
    ),
    Target(
        name="own compressed files",
        inputs=1_000,
        seeds=_compressed,
        change=mutated_bytes,
        read=partial(_read, ".csv.gz"),
    ),
)
