"""Clean interruption within five seconds by Ctrl-C, `kill` and a closed terminal.

A signal raises `Interrupted` in the main thread, so that open transactions are rolled back, runs and trials are marked,
and child processes are ended. Python runs a signal handler only between two bytecode instructions: a long call into
compiled code delays it, and a callback of the garbage collector swallows its exception. So a thread that reads the
signals from a pipe ends the process where the main thread does not end in time. Committed data is safe in any case.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

GRACE_S = 4.0
"""Seconds after a signal in which the main thread may end by itself."""
_REPEAT_S = 0.5
"""Seconds within which a second signal is the same one, sent to the process group, too."""
_POLL_S = 0.5
_AGAIN_S = 0.01
"""Seconds until an unnoticed interruption is sent again."""
_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""
_BY_A_SIGNAL = 128
"""Number that a shell adds to the signal that ended a program."""


class Interrupted(KeyboardInterrupt):
    """The user asked the program to stop; `signal` is the number of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = number


class Interruption:
    """The signals that stop this process."""

    def __init__(self) -> None:
        self.received: int | None = None
        self._since = 0.0
        self._ending = False

    @property
    def status(self) -> int | None:
        """Exit status of a process that a signal stopped; None without a signal."""
        return None if self.received is None else _BY_A_SIGNAL + self.received

    def listen(self) -> None:
        """Start to handle signals; those that the parent process ignores (`nohup`) stay ignored."""
        with _postponed():
            sys.unraisablehook = _sending_again(sys.unraisablehook, self._listen_again)
            for number in _stopping():
                if signal.getsignal(number) is not signal.SIG_IGN:
                    signal.signal(number, self._handle)
            read, write = os.pipe()
            os.set_blocking(write, False)
            signal.set_wakeup_fd(write, warn_on_full_buffer=False)
            threading.Thread(target=self._watch, args=(read,), name="interruption", daemon=True).start()

    def end(self) -> None:
        """Stop handling signals at the end of the work; from here on a signal ends the process immediately."""
        self._ending = True

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._ending or (self.received is not None and now - self._since > _REPEAT_S):
            os._exit(_BY_A_SIGNAL + number)
        if self.received is None:
            self.received, self._since = number, now
            raise Interrupted(number)

    def _watch(self, pipe: int) -> None:
        """End the process where the main thread does not end by itself."""
        numbers = {int(number) for number in _stopping() if signal.getsignal(number) is not signal.SIG_IGN}
        while (number := os.read(pipe, 1)[0]) not in numbers:
            continue
        time.sleep(GRACE_S)
        with suppress(OSError, ValueError):
            sys.stderr.write("\nstopped in the middle of something; what was recorded is safe\n")
            sys.stderr.flush()
        os._exit(_BY_A_SIGNAL + number)

    def _listen_again(self, _number: int) -> None:
        self.received = None


def _stopping() -> Iterator[signal.Signals]:
    names = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows knows no SIGHUP
    return (getattr(signal, name) for name in names if hasattr(signal, name))


def end_with_parent(parent: int | None = None) -> None:
    """Make this child process end with its parent: at once on Linux, within a second elsewhere.

    Args:
        parent: process number of the parent when it started this process; that of now where not given.
    """
    parent = os.getppid() if parent is None else parent
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # before the line above
        _orphaned()
    threading.Thread(target=_watch_parent, args=(parent,), name="parent", daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_S)
    _orphaned()


def _orphaned() -> NoReturn:
    os._exit(_BY_A_SIGNAL + signal.SIGKILL)


@contextmanager
def children_born_deaf() -> Iterator[None]:
    """Start processes that ignore Ctrl-C until they call `hear`, since it would be a traceback during imports."""
    with _postponed(signal.SIGINT):
        yield


@contextmanager
def _postponed(*numbers: signal.Signals) -> Iterator[None]:
    """Block signals inside, those that stop a program by default, and deliver them afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers or tuple(_stopping()))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hear() -> None:
    """Let Ctrl-C interrupt this child process once; an interruption that is swallowed is sent again."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # sent to the whole group, and by the parent, too
        raise Interrupted(number)

    def listen_again(number: int) -> None:
        signal.signal(number, interrupt)

    sys.unraisablehook = _sending_again(sys.unraisablehook, listen_again)
    listen_again(signal.SIGINT)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _sending_again(
    before: "Callable[[sys.UnraisableHookArgs], object]", listen_again: Callable[[int], object]
) -> "Callable[[sys.UnraisableHookArgs], object]":
    """Return a hook that resends an interruption which a destructor, a weak reference or the collector swallowed."""

    def hook(unraisable: "sys.UnraisableHookArgs") -> object:
        if not isinstance(unraisable.exc_value, Interrupted):
            return before(unraisable)
        number = unraisable.exc_value.signal
        listen_again(number)
        again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), number))
        again.daemon = True
        again.start()
        return None

    return hook
