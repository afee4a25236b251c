"""A process that matches regular expressions and is killed on timeout, since `re` cannot be interrupted.

On Linux its memory and the CPU time of each match are limited (`RLIMIT_AS`, `RLIMIT_CPU`), so that it ends soon after
its parent, even during a match.
"""

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
from typing import IO, Any, cast

from leaderboard.isolation import safe_environment

Task = dict[str, Any]
_STARTING_S = 60.0
"""Maximum seconds for starting Python."""
_MEMORY = 2 * 2**30
"""Maximum bytes of the address space; a text of ten million characters needs a tenth."""
_LONGEST_ANSWER = 100_000_000
"""Maximum characters of an answer as JSON; ten million characters written as `\\u4e00` are sixty million."""
_MORE_S = 2
"""CPU seconds beyond the time limit after which the kernel ends a match."""

_PROGRAM = """
import json, re, sys, time
memory, longest, more = map(int, sys.argv[1:])
if sys.platform == "linux":
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
def end_after(seconds):
    if sys.platform == "linux":
        end = int(time.process_time() + seconds) + more
        resource.setrlimit(resource.RLIMIT_CPU, (end, resource.getrlimit(resource.RLIMIT_CPU)[1]))
def group(match):
    return (match.group(1) if match.re.groups else match.group()) or ""
def work(task):
    pattern, text = re.compile(task["pattern"], task["flags"]), task["text"]
    operation = task["operation"]
    if operation == "first":
        match = pattern.search(text)
        return None if match is None else group(match)
    if operation == "every":
        return [group(match) for match in pattern.finditer(text)]
    if operation == "findall":
        return pattern.findall(text)
    return pattern.sub(task["replacement"], text, count=task["count"])
def reply(line):
    try:
        task = json.loads(line)
        end_after(task["seconds"])
        answer = json.dumps({"result": work(task)})
        if len(answer) <= longest:
            return answer
        error = f"gives more than {longest:,} characters"
    except MemoryError:
        error = f"takes more than {memory // 2**20:,} MiB of memory"
    except Exception as problem:
        error = f"cannot be matched ({problem})"
    return json.dumps({"error": error})
print("ready", flush=True)
for line in sys.stdin:
    print(reply(line), flush=True)
"""


class MatchError(Exception):
    """A match that failed or exceeded a limit; the message continues a sentence that begins with "the pattern"."""


class Matcher:
    """The matching process, which is started on first use and restarted after a timeout."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.owner = os.getpid()

    def match(self, task: Task, longest_s: float) -> Any:
        """Return the result of an operation of `re`.

        Raises:
            MatchError: when it takes too long, or too much memory; for what `re` refuses, or where no process can be
                started.
        """
        with self._lock:
            process = self._started()
            try:
                stdin = cast("IO[str]", process.stdin)
                stdin.write(json.dumps({**task, "seconds": longest_s}) + "\n")
                stdin.flush()
                line = self._lines.get(timeout=longest_s)
            except (queue.Empty, OSError):
                self.end()
                raise MatchError(f"takes longer than {longest_s:g} s") from None
            answer = json.loads(line) if line else {"error": "ends the process that matches it"}
        if "error" in answer:
            raise MatchError(answer["error"])
        return answer["result"]

    def end(self) -> None:
        """Kill the process, also during a match."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        # -I: neither the working directory nor the environment says what is imported.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _PROGRAM, *map(str, (_MEMORY, _LONGEST_ANSWER, _MORE_S))],
            env=safe_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="ascii",
        )
        self._lines = queue.SimpleQueue()
        threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
        try:
            self._lines.get(timeout=_STARTING_S)
        except queue.Empty:
            self.end()
            raise MatchError("cannot be matched, since no process can be started") from None
        return self._process


def _read(process: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str]") -> None:
    for line in cast("IO[str]", process.stdout):
        lines.put(line)
    lines.put("")


_matchers: dict[int, Matcher] = {}


def matcher() -> Matcher:
    """Return the matcher of this process; a forked process gets its own."""
    pid = os.getpid()
    if pid not in _matchers:
        _matchers[pid] = Matcher()
        atexit.register(_matchers[pid].end)
    return _matchers[pid]
