"""Guard: reads one input under limits of time and memory, and sees what a reader does outside its folder."""

import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from leaderboard.cli.main import _NO_PATH, _NOT_OUR_FAULT
from leaderboard.errors import LeaderboardError
from tests.fuzz.target import Target

CPU_SECONDS = 5.0
"""That one input may take. Processor time: a machine that is busy with other work makes no reader slow."""
MEMORY = 2 * 2**30
"""Bytes of address space that one input may take beyond what the program has."""
GROWTH = 512 * 2**20
"""Bytes of real memory that one input may take at most."""
_LARGEST_FILE = 2**30
_RECURSION = 1000, 20_000
"""Python's own limit, under which inputs are read, and the one under which they are made."""
_PACKAGE = f"{os.sep}leaderboard{os.sep}"
_PROCESSES = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"})
_NETWORK = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"})
_CHANGES = frozenset(f"os.{name}" for name in ("remove", "rename", "mkdir", "rmdir", "link", "symlink", "truncate"))
_SYSTEM = ("/proc/stat", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", os.devnull)
"""What libraries read of the machine, and say nothing of anybody."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Outcome(StrEnum):
    """What became of an input."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    ESCAPED = "escaped"


class HangError(BaseException):
    """An input takes longer than it may; no `except Exception` holds it back."""


class EscapeError(BaseException):
    """A reader was about to start a process or to open a connection."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that escaped.

    Attributes:
        kind: of what happened: the exception, "hang", "memory", or "outside".
        place: function of the program that it happened in.
        details: traceback, or what was touched.
    """

    kind: str
    place: str
    details: str

    @property
    def name(self) -> str:
        """The same for inputs that fail alike."""
        return f"{self.kind}-{sha256(self.place.encode()).hexdigest()[:8]}"


@dataclass
class Guard:
    """Watches this process; there is one, for nothing takes an audit hook away again.

    Attributes:
        folder: the only one that may be written to.
        anywhere: whether files of any folder may be read.
    """

    folder: Path
    anywhere: bool = False
    _active: bool = False
    _touched: list[str] = field(default_factory=list)

    def install(self) -> None:
        """Set the limits of this process, for good."""
        pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
        if pages:
            most = pages * resource.getpagesize() + MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        signal.signal(signal.SIGPROF, _hang)
        allowed = {sys.prefix, sys.base_prefix, *(each for each in sys.path if each), str(self.folder)}
        self._readable = tuple({os.path.realpath(each) for each in allowed})
        sys.addaudithook(self._audit)

    def attempt(self, target: Target, data: bytes) -> tuple[Outcome, Failure | None]:
        """Read one input; what became of it."""
        return self._attempt_apart(target, data) if target.apart else self._attempt(target, data)

    def _attempt_apart(self, target: Target, data: bytes) -> tuple[Outcome, Failure | None]:
        """Read one input in a fork; where a signal ends it, the program has one message for that."""
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            outcome, failure = self._attempt(target, data)
            os.write(write, json.dumps([outcome, failure and asdict(failure)]).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        if not answer:
            return Outcome.REFUSED, None
        outcome, failure = json.loads(answer)
        return Outcome(outcome), failure and Failure(**failure)

    def _attempt(self, target: Target, data: bytes) -> tuple[Outcome, Failure | None]:
        before = _peak()
        failure = None
        try:
            with self._watching():
                target.read(data, self.folder)
            outcome = Outcome.ACCEPTED
        except LeaderboardError as error:
            outcome = Outcome.REFUSED
            str(error).encode("utf-8", "surrogatepass")
        except OSError as error:
            outcome = Outcome.REFUSED if error.errno in _NOT_OUR_FAULT | _NO_PATH else Outcome.ESCAPED
            failure = _failure(error)
        except HangError as error:
            outcome, failure = Outcome.ESCAPED, _failure(error, "hang")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, it escaped
            outcome, failure = Outcome.ESCAPED, _failure(error)
        if outcome is not Outcome.ESCAPED and self._touched:
            outcome, failure = Outcome.ESCAPED, Failure("outside", self._touched[0], "\n".join(self._touched))
        if outcome is not Outcome.ESCAPED and _peak() - before > GROWTH:
            outcome, failure = Outcome.ESCAPED, Failure("memory", target.name, f"{_peak() - before} bytes more")
        return outcome, failure if outcome is Outcome.ESCAPED else None

    @contextmanager
    def _watching(self) -> Iterator[None]:
        self._touched.clear()
        sys.setrecursionlimit(_RECURSION[0])
        self._active = True
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS, 1.0)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            self._active = False
            sys.setrecursionlimit(_RECURSION[1])

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._active:
            return
        if event in _PROCESSES or event in _NETWORK:
            raise EscapeError(f"{event} {arguments!r}")
        if event == "open":
            path, _, flags = arguments
            self._check(event, path, writes=bool((flags or 0) & _WRITING))
        elif event in _CHANGES:
            self._check(event, arguments[0], writes=True)

    def _check(self, event: str, path: Any, *, writes: bool) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a file that is open already
        real = os.path.realpath(os.fsdecode(path)) if b"\0" not in os.fsencode(path) else ""
        places = (
            (str(self.folder.resolve()), os.devnull)
            if writes
            else (*self._readable, *_SYSTEM, f"/proc/{os.getpid()}/stat")
        )
        if self.anywhere and not writes:
            return
        if real and not any(real == place or real.startswith(place + os.sep) for place in places):
            self._touched.append(f"{event} {real}")


def _hang(*_: object) -> None:
    raise HangError


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _failure(error: BaseException, kind: str = "") -> Failure:
    frames = [
        (frame.f_code.co_filename, frame.f_code.co_qualname) for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    own = [f"{Path(file).name}:{name}" for file, name in frames if _PACKAGE in file and "site-packages" not in file]
    last = f"{Path(frames[-1][0]).name}:{frames[-1][1]}" if frames and not kind else ""
    details = "".join(traceback.format_exception(error, limit=-12))[-6000:]
    return Failure(kind or type(error).__name__, f"{own[-1] if own else ''} {last}".strip(), details)
