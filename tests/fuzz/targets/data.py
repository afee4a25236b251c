"""Data files of every format that a task file can name, and the archives that they come in."""

import hashlib
import io
import json
import tarfile
import zipfile
from functools import cache, partial
from pathlib import Path
from random import Random

from leaderboard.data.archives import extract, members
from leaderboard.data.examples import Example, TaggedExample, TextExample
from leaderboard.data.reading import examine_split
from leaderboard.data.source import Location, Source
from leaderboard.data.specification import FieldSpec, FileFormat, OnProblem, Reading, Split
from tests.fuzz.mutation import mutated_bytes, mutated_json, mutated_text
from tests.fuzz.target import Target

_TEXT_FIELDS = {"text": FieldSpec(column="text"), "label": FieldSpec(column="label")}
_WORD_FIELDS = {"words": FieldSpec(column=0), "tags": FieldSpec(column=-1)}
_TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
_CSV = (
    b'text,label\n"A fine film, really",1\nBad.,0\n"She said ""no""",0\n',
    'text,label\r\n"two\nlines",1\r\n你好,0\r\n'.encode(),
    b"\xef\xbb\xbftext,label\nGood,1\n",
)
_TSV = (b"text\tlabel\nA fine film\t1\nBad.\t0\n", b'text\tlabel\n"quoted"\t1\n"all"\t0\n"of it"\t1\n')
_JSONL = (
    b'{"text": "A fine film", "label": 1}\n{"text": "Bad.", "label": "0", "more": [1, {"a": null}]}\n',
    b'{"text": "x", "label": 0}\n\n{"text": "y", "label": 1.0}\n',
)
_JSON = (b'[{"text": "A fine film", "label": 1}, {"text": "Bad.", "label": 0}]',)
_CONLL = (
    b"-DOCSTART- O\n\nPeter B-PER\nBlackburn I-PER\nsmiles O\n\nRome B-LOC\n",
    b"EU\tNNP\tB-LOC\nrejects\tVBZ\tO\n\nNew York\tNNP\tB-LOC\n",
)
_ENCODINGS = ("utf-8", "utf-16", "cp1252", "gb18030", "latin-1", "utf-7", "idna", "punycode", "unicode_escape")


def _reading(form: FileFormat, delimiter: str, policy: OnProblem, encoding: str) -> Reading:
    tagged = form is FileFormat.CONLL
    return Reading(
        format=form,
        delimiter=delimiter,
        encoding=encoding,
        missing=policy,
        bad_rows=policy,
        fields=_WORD_FIELDS if tagged else _TEXT_FIELDS,
        label_values={} if tagged else {"0": "no", "1": "yes"},
    )


@cache
def _readings(form: FileFormat, delimiter: str) -> tuple[Reading, ...]:
    encodings = [each for each in _ENCODINGS if _is_valid(each)]
    return tuple(_reading(form, delimiter, policy, each) for policy in OnProblem for each in encodings)


def _is_valid(encoding: str) -> bool:
    try:
        _reading(FileFormat.DELIMITED, ",", OnProblem.DROP, encoding)
    except ValueError:
        return False
    return True


def _read_file(form: FileFormat, delimiter: str, data: bytes, folder: Path) -> None:
    """As a run does; the last byte of the digest chooses the encoding and what becomes of rows that are wrong."""
    (folder / "data.txt").write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    readings = _readings(form, delimiter)
    number = int(sha256[-2:], 16)
    reading = readings[number % len(readings)] if number % 2 else readings[0]
    labels, example = (_TAGS, TaggedExample) if form is FileFormat.CONLL else (("no", "yes"), TextExample)
    kind: type[Example] = example
    split = Split(source=Source(locations=(Location(file="data.txt"),), sha256=sha256))
    examine_split(split, reading, labels, kind, name="test", folder=folder, offline=True)


def _changed_lines(rng: Random, seeds: tuple[bytes, ...]) -> bytes:
    if rng.randrange(3) == 0:
        return mutated_bytes(rng, seeds)
    text = mutated_text(rng, rng.choice(seeds).decode())
    try:
        return text.encode(rng.choice(_ENCODINGS) if rng.randrange(4) == 0 else "utf-8", "surrogatepass")
    except (UnicodeError, LookupError):
        return text.encode("utf-8", "surrogatepass")


def _changed_rows(rng: Random, seeds: tuple[bytes, ...]) -> bytes:
    """Lines of which some have another tree than an object of two keys."""
    lines = [json.loads(line) for seed in seeds for line in seed.splitlines() if line]
    rows = [json.dumps(each).encode() for each in lines]
    return b"\n".join(mutated_json(rng, rows) if rng.randrange(2) else rng.choice(rows) for _ in range(3))


@cache
def _archives() -> tuple[bytes, ...]:
    entries = {"top/data/a.txt": b"hello" * 20, "./top/b.txt": b"", "../c.txt": b"out"}
    archives = []
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    archives.append(packed.getvalue())
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
            for name, content in entries.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            link = tarfile.TarInfo("top/link.txt")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
        archives.append(packed.getvalue())
    return tuple(archives)


def _read_archive(data: bytes, folder: Path) -> None:
    archive = folder / "archive"
    archive.write_bytes(data)
    for inside_top in (False, True):
        for name in members(archive, inside_top=inside_top)[:20]:
            extract(archive, name, folder / "member", inside_top=inside_top)


def _lines(name: str, inputs: int, seeds: tuple[bytes, ...], form: FileFormat, delimiter: str = ",") -> Target:
    read = partial(_read_file, form, delimiter)
    return Target(name=name, inputs=inputs, seeds=lambda: seeds, change=_changed_lines, read=read)  # type: ignore[arg-type]


TARGETS = (
    _lines("csv files", 3_000, _CSV, FileFormat.DELIMITED),
    _lines("tsv files", 3_000, _TSV, FileFormat.DELIMITED, "\t"),
    _lines("conll files", 3_000, _CONLL, FileFormat.CONLL),
    Target(
        name="jsonl files",
        inputs=3_000,
        seeds=lambda: _JSONL,
        change=_changed_rows,  # type: ignore[arg-type]
        read=partial(_read_file, FileFormat.JSONL, ","),
    ),
    Target(
        name="json files",
        inputs=3_000,
        seeds=lambda: _JSON,
        change=mutated_json,
        read=partial(_read_file, FileFormat.JSON, ","),
    ),
    Target(name="archives", inputs=2_000, seeds=_archives, change=mutated_bytes, read=_read_archive),
)
