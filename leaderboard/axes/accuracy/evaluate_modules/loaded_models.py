"""Models and data of the Hugging Face Hub that the code of a module loads, by the files that it opens."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from os import PathLike, fsdecode

_SNAPSHOT = re.compile(r"(?:models|datasets|spaces)--([^/\\]+)[/\\]snapshots[/\\]([^/\\]+)[/\\]")


class _Recorder:
    """Audit hook that notes snapshots of the Hub's cache while somebody records; Python has no way to remove it."""

    def __init__(self) -> None:
        self.records: list[set[str]] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or not self.records:
            return
        path = arguments[0]
        if isinstance(path, str | bytes | PathLike) and (snapshot := _SNAPSHOT.search(fsdecode(path))):
            for record in self.records:
                record.add(f"{snapshot[1].replace('--', '/')}@{snapshot[2]}")


@cache
def _recorder() -> _Recorder:
    return _Recorder()


@contextmanager
def recorded_models() -> Iterator[set[str]]:
    """Yield a set that fills with `owner/name@commit` of each model and data set that this block opens a file of.

    Every library that loads from the cache of `huggingface_hub` reads the configuration by Python's `open`.
    """
    record: set[str] = set()
    records = _recorder().records
    records.append(record)
    try:
        yield record
    finally:
        records[:] = [each for each in records if each is not record]
