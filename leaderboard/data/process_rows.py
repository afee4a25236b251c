"""Rows that another process reads, so that no file ends this one or takes its memory."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, cast

from leaderboard.data.reader_process import Reader, Reply
from leaderboard.data.record import Record
from leaderboard.data.text_files import bytes_text
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.interruption import children_born_deaf
from leaderboard.isolation import python_command, safe_environment

MEMORY = 4 * 2**30
"""Maximum bytes of the process, beyond those it takes before it reads; a batch of Arrow is read as a whole."""
CPU_S = 240
"""Maximum CPU seconds; five million short rows take a third."""
_MODULE = "leaderboard.data.reader_process"
_ALONE = {
    **dict.fromkeys(("OMP_NUM_THREADS", "ARROW_IO_THREADS", "RAYON_NUM_THREADS"), "1"),
    "MALLOC_ARENA_MAX": "2",  # each thread's own share of the address space would count
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # others reserve address space that nothing uses
}
"""Environment of the process."""


def process_rows(
    reader: Reader,
    place: str,
    arguments: dict[str, Any],
    *,
    cpu_s: int = CPU_S,
    folder: Path | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Record]:
    """Yield the rows of a file that another process reads.

    Args:
        reader: which reader.
        place: name of the file, for messages.
        arguments: arguments of the reader, which JSON can write.
        cpu_s: maximum CPU seconds.
        folder: working directory of the process; that of this one where not given.
        environment: variables of the process, beside those of this one.

    Raises:
        RequestError: for a file that cannot be read, exceeds a limit, or ends the process.
        SourceUnavailableError: for a data set that is out of reach.
    """
    request = {"reader": reader, "arguments": arguments, "memory": MEMORY, "cpu_s": cpu_s}
    with _started(json.dumps(request), folder, environment) as process:
        number = 0
        for line in cast("IO[bytes]", process.stdout):
            row, problem, place_in_file = json.loads(line)
            if isinstance(row, str):
                _check_reply(Reply(row), problem, place)
                return
            number += 1
            yield Record(number, place_in_file, row, problem)
        status = process.wait()
    raise RequestError(
        f"{place}: cannot be read: the library that reads it ended with status {status}, after {number:,} rows\n"
        f"  It is damaged, or takes more than {cpu_s} s of CPU time or {bytes_text(MEMORY)} of memory.\n"
        "  Write it anew, or as JSON lines."
    )


def _check_reply(reply: Reply, message: str, place: str) -> None:
    if reply is Reply.UNAVAILABLE:
        raise SourceUnavailableError(message)
    if reply is Reply.REFUSED:
        raise RequestError(message)
    if reply is Reply.MEMORY:
        raise RequestError(
            f"{place}: takes more than {bytes_text(MEMORY)} of memory\n  Write it in smaller batches, or split it."
        )


@contextmanager
def _started(request: str, folder: Path | None, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    with children_born_deaf():
        process = subprocess.Popen(
            python_command(_MODULE, request),
            env=safe_environment() | _ALONE | dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    try:
        yield process
    finally:
        process.kill()
        cast("IO[bytes]", process.stdout).close()
        process.wait()
