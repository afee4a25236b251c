"""The process that reads untrusted files with native libraries, under limits of memory and time.

Started as `python -P -m leaderboard.data.reader_process REQUEST` by `data.process_rows`. A damaged Parquet file can end
the process that reads it: pyarrow raises C++ exceptions that nothing catches. Rows are written as lines of JSON, each a
row or what is wrong with it.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

from leaderboard.data.record import Record
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.interruption import end_with_parent

_STATM = Path("/proc/self/statm")
_MORE_S = 5
"""Seconds between the signal that time is over and the one that nothing can ignore."""


class Reader(StrEnum):
    """What is read in the process."""

    PARQUET = "parquet"
    ARROW = "arrow"
    EXCEL = "excel"
    DISK = "disk"
    HUB = "hub"
    HUB_CONTENT = "hub_content"


class Reply(StrEnum):
    """First item of a line that is no row."""

    END = "end"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    MEMORY = "memory"


def rows(reader: Reader, arguments: dict[str, Any]) -> Iterator[Record]:
    """Yield the rows that a reader gives.

    Args:
        reader: which.
        arguments: its arguments; `path` is a text.

    Raises:
        RequestError: for a file that cannot be read, or beyond a limit.
    """
    match reader:
        case Reader.PARQUET:
            from leaderboard.data.parquet_file import parquet_rows  # noqa: PLC0415 - each needs a library of its own

            yield from parquet_rows(Path(arguments["path"]), arguments["columns"])
        case Reader.ARROW:
            from leaderboard.data.arrow_file import arrow_rows  # noqa: PLC0415

            yield from arrow_rows(Path(arguments["path"]), arguments["columns"])
        case Reader.EXCEL:
            from leaderboard.data.excel_file import excel_rows  # noqa: PLC0415

            sheet, columns, header = (arguments[name] for name in ("sheet", "columns", "header"))
            yield from excel_rows(Path(arguments["path"]), sheet, columns, header=header)
        case Reader.DISK:
            from leaderboard.data.arrow_file import arrow_rows  # noqa: PLC0415

            for path in arguments["paths"]:
                yield from arrow_rows(Path(path), arguments["columns"])
        case Reader.HUB:
            from leaderboard.data.hub_dataset import HubSplit, hub_rows  # noqa: PLC0415

            yield from hub_rows(HubSplit(**arguments["split"]), arguments["columns"])
        case Reader.HUB_CONTENT:
            from leaderboard.data.hub_content import hub_content  # noqa: PLC0415

            yield Record(1, 0, hub_content(**arguments))


def limit_process(memory: int, cpu_s: int) -> None:
    """Set limits of this process, where the system has them.

    Args:
        memory: bytes beyond those of now.
        cpu_s: seconds of CPU time.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - does not exist on Windows

    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + _MORE_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        address_space = int(_STATM.read_text().split()[0]) * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))


def _main() -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    request = json.loads(sys.argv[1])
    end_with_parent()
    limit_process(request["memory"], request["cpu_s"])
    output = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # output of libraries is no row
    try:
        for record in rows(Reader(request["reader"]), request["arguments"]):
            output.write(
                json.dumps([record.row, record.problem, record.line]) + "\n"
            )  # `dump` would take ten times the time
        last: list[str | int] = [Reply.END, "", 0]
    except SourceUnavailableError as error:
        last = [Reply.UNAVAILABLE, str(error), 0]
    except RequestError as error:
        last = [Reply.REFUSED, str(error), 0]
    except MemoryError:
        last = [Reply.MEMORY, "", 0]
    output.write(json.dumps(last) + "\n")
    output.flush()
    os._exit(0)


if __name__ == "__main__":
    _main()
