"""Signals stop the program within five seconds, with one line and a status that says which."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

STARTING = """
import sys
from leaderboard import entry, interruption

class Telling(interruption.Interruption):
    def listen(self):
        super().listen()
        print("ready", file=sys.stderr, flush=True)

interruption.Interruption = Telling
entry.main()
"""
EARLY = """
import os, signal, sys

class Early:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            os.kill(os.getpid(), getattr(signal, sys.argv[2]))

sys.meta_path.insert(0, Early())
from leaderboard.entry import main
sys.argv = ["leaderboard", "metrics"]
main()
"""
"""Gets a signal when it begins to import a module."""
LISTENING = """
import gc, hashlib, sys, time
from leaderboard.interruption import Interruption
listening = Interruption()
listening.listen()
print("ready", flush=True)
"""


def start(script: str, *arguments: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)


def stopped(process: subprocess.Popen[str], number: signal.Signals) -> tuple[float, str]:
    """Seconds from the signal to the end, and what was said."""
    begin = time.monotonic()
    process.send_signal(number)
    output = "".join(process.communicate(timeout=30))
    return time.monotonic() - begin, output


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("delay", [0.0, 0.02, 0.08, 0.2, 0.4])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_first_moments_is_no_traceback(tmp_path, number, delay):
    process = start(STARTING, "doctor", folder=tmp_path)
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    time.sleep(delay)
    seconds, output = stopped(process, number)
    assert "Traceback" not in output
    assert process.returncode == 128 + number
    assert seconds < 5


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    "busy",
    [
        "while True: gc.collect()",
        "gc.callbacks.append(lambda *_: time.sleep(0.05))\nwhile True: gc.collect()",
        "class Dies:\n    def __del__(self): time.sleep(0.05)\nwhile True: Dies()",
        "try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    time.sleep(60)",
        "hashlib.pbkdf2_hmac('sha256', b'x', b'y', 10**9)",
    ],
    ids=["collecting", "in a callback of the collector", "in a destructor", "interruption is ignored", "compiled code"],
)
def test_whatever_it_does_it_ends_within_five_seconds(tmp_path, busy):
    process = start(f"{LISTENING}{busy}", folder=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    seconds, _ = stopped(process, signal.SIGTERM)
    assert process.returncode != 0
    assert seconds < 5


@pytest.mark.slow
def test_what_nohup_ignores_stays_ignored(tmp_path):
    script = f"import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n{LISTENING}time.sleep(1)\nprint('done')"
    process = start(script, folder=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    _, output = stopped(process, signal.SIGHUP)
    assert (process.returncode, output) == (0, "done\n")


@pytest.mark.slow
def test_a_child_ends_with_its_parent(tmp_path):
    child = "import time; from leaderboard.interruption import end_with_parent; end_with_parent(); time.sleep(60)"
    parent = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "print(child.pid, flush=True)\ntime.sleep(60)"
    )
    process = start(parent, folder=tmp_path)
    assert process.stdout is not None
    number = int(process.stdout.readline())
    time.sleep(0.5)
    process.kill()
    process.communicate(timeout=30)
    deadline = time.monotonic() + 5
    while _is_alive(number) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(number)


@pytest.mark.slow
def test_a_worker_that_is_stopped_while_it_starts_ends_without_a_word(tmp_path):
    script = """
import os, signal, time
from types import SimpleNamespace
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
os.kill(os.getpid(), signal.SIGINT)
from leaderboard.studies import workers
workers.run_worker = lambda *_, **__: time.sleep(60)
workers._run_in_process(SimpleNamespace(threads=1), "", None)
print("ended")
"""
    process = start(script, folder=tmp_path)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (0, "ended\n", "")


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
        return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("module", ["leaderboard.interruption", "leaderboard.cli.main", "leaderboard.axes.catalogue"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_during_an_import_ends_in_one_line(module, name):
    command = [sys.executable, "-c", EARLY.replace("sys.argv[1]", repr(module)).replace("sys.argv[2]", repr(name))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (128 + getattr(signal, name), "", "\ninterrupted\n")


SWALLOWING = """
import os, signal, sys, time, weakref
from leaderboard.interruption import hear

class Thing: pass

def swallow(_):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)

hear()
thing = Thing()
reference = weakref.ref(thing, swallow)
try:
    del thing
    print("the first was swallowed", flush=True)
    time.sleep(20)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_a_child_hears_an_interruption_that_a_weak_reference_swallowed():
    done = subprocess.run([sys.executable, "-c", SWALLOWING], capture_output=True, text=True, check=True, timeout=15)
    assert (done.stdout, done.stderr) == ("the first was swallowed\nstopped\n", "")
