"""Vetting of untrusted models: they are built in another process first, once for each content.

Files that somebody else wrote decide how much memory and time it takes to build a tokenizer and a model. So another
process builds them under limits, the model without memory for its weights, and tries the tokenizer; and what the
configuration describes is compared with the weights, before this process allocates any of it. Models that pass are
recorded in the cache and are not vetted again.
"""

import atexit
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.model_files import read_config
from leaderboard.backends.local.models.safetensors_header import WeightSize, weight_size
from leaderboard.backends.local.models.weight_files import loaded_weights
from leaderboard.cache.kinds import CacheKind
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.identity import digest
from leaderboard.interruption import children_born_deaf
from leaderboard.isolation import python_command, safe_environment
from leaderboard.settings import cache_folder

VETTING = 2
"""Raised when what is checked changes, so that everything is checked again."""
MEMORY = 4 << 30
"""Bytes for a tokenizer and a model without weights. A tokenizer of 262,000 tokens (Gemma 3) takes 0.6 GB."""
CPU_S, GGUF_CPU_S = 60, 240
"""Seconds; a tokenizer in a GGUF file is made anew, token by token."""
WALL_S = 600.0
"""Seconds, of a machine that does other things, too."""
IDLE_S = 30.0
"""Seconds without a request after which the process ends: it holds 0.4 GB."""
_SPARE_NUMBERS = 1 << 24
"""Numbers that a configuration may promise beyond twice what the weights hold: 64 MB of new heads and poolers."""
_SPARE_BUFFERS = 1 << 30
"""Bytes of tables beyond twice what the weights take: GPT-Neo's masks have 0.1 GB."""
_POLL_S = 0.1
_LIBRARIES = 1 << 30
"""Bytes that the process takes before it reads anything."""
_FORKS = sys.platform == "linux"
"""Whether the process answers several requests, each in a copy of itself."""
_MODULE = "leaderboard.backends.local.models.vetting_process"
_ALONE = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1"),
    "TOKENIZERS_PARALLELISM": "false",
    "MALLOC_ARENA_MAX": "2",  # each thread's own share of the address space would count
    "CUDA_VISIBLE_DEVICES": "",  # a device would map all of its memory
    "HF_HUB_OFFLINE": "1",
    "PYTHONSAFEPATH": "1",  # nothing in the working directory is imported
}
"""Environment of the process."""


def vet(folder: Path, kind: ModelKind, content: Mapping[str, str], source: str) -> None:
    """Check in another process that a model can be built within limits.

    Args:
        folder: with `config.json`, safetensors and tokenizer.
        kind: Kind that it is loaded as.
        content: Digest of each file; a model that passes is recorded under them.
        source: as the user typed it.

    Raises:
        RequestError: For a tokenizer or configuration beyond limits, or a configuration larger than the weights.
        LeaderboardError: for weights whose header is broken.
        ValueError: With the message of a library that cannot build the model.
    """
    passed = _record({"content": dict(content), "kind": kind.value})
    if passed.is_file():
        return
    size = weight_size(loaded_weights(folder, read_config(folder), source), source)
    reply = _reply({"folder": str(folder), "kind": kind.value}, source)
    check_promise(reply["numbers"], reply["buffer_bytes"], size, source)
    _remember(passed)


def vet_gguf(path: Path, size: WeightSize, source: str) -> None:
    """Vet a GGUF file before its conversion; nothing is recorded, since that happens once.

    Args:
        path: of the file.
        size: what its tensors hold.
        source: as the user typed it.

    Raises:
        RequestError: as for `vet`.
        ValueError: likewise.
    """
    with tempfile.TemporaryDirectory(prefix="leaderboard-gguf-") as empty:  # other files of the folder are not read
        request = {"folder": empty, "gguf": str(path.resolve()), "kind": ModelKind.CAUSAL.value}
        reply = _reply(request, source, cpu_s=GGUF_CPU_S)
    check_promise(reply["numbers"], reply["buffer_bytes"], size, source)


def check_promise(numbers: int, buffer_bytes: int, size: WeightSize, source: str) -> None:
    """Check that the weights are about as large as the model of the configuration; missing ones would be random.

    Args:
        numbers: of the model that the configuration describes.
        buffer_bytes: of its tables.
        size: what the weights hold.
        source: as the user typed it.

    Raises:
        RequestError: with both numbers.
    """
    if numbers > (most := 2 * size.numbers + _SPARE_NUMBERS):
        raise RequestError(
            f"{source}: config.json describes a model of {numbers:,} numbers, its weights hold {size.numbers:,}\n"
            f"  At most {most:,} are built: twice what the weights hold, and a new head. The sizes in config.json "
            "(vocab_size, num_labels, hidden_size …) have to be those of the weights."
        )
    if buffer_bytes > (most := 2 * size.bytes + _SPARE_BUFFERS):
        raise RequestError(
            f"{source}: config.json asks for tables of {buffer_bytes:,} bytes; at most {most:,} are made\n"
            "  The lengths in it (max_position_embeddings, n_positions …) have to be those of the model."
        )


def _reply(request: dict[str, Any], source: str, cpu_s: int = CPU_S) -> dict[str, Any]:
    reply = _process.ask({**request, "memory": MEMORY, "cpu_s": cpu_s})
    part = reply.get("building", "the model")
    if "numbers" in reply:
        return reply
    if "refused" in reply:
        raise RequestError(f"{source}: {part}: {reply['refused']}\n  {_ADVICE}")
    if "error" in reply:
        name, _, text = reply["error"].partition(": ")
        raise ValueError(" ".join((text if name in _PLAIN_ERRORS and text else reply["error"]).split()))
    ended = reply.get("signal", "")
    if reply.get("late") or ended == "SIGXCPU":
        raise RequestError(f"{source}: building {part} takes longer than {cpu_s} s\n  {_ADVICE}")
    if reply.get("memory") or ended in {"SIGABRT", "SIGBUS", "SIGKILL", "SIGSEGV"}:
        raise RequestError(
            f"{source}: building {part} takes more than {MEMORY >> 30} GB, without a weight, or breaks the program "
            f"that reads it{f' ({ended})' if ended else ''}\n  {_ADVICE}"
        )
    raise LeaderboardError(f"{source}: the process that reads its files first ended without an answer\n  Run it again.")


_PLAIN_ERRORS = frozenset({"ValueError", "OSError", "RuntimeError"})
"""Errors whose text needs no type in front of it, unlike a KeyError or a panic of Rust code."""
_ADVICE = "No published model does: the file is damaged, or made to exhaust memory or time."


def passed_folder() -> Path:
    """Return the folder with the records of models that passed."""
    return cache_folder() / CacheKind.VETTED


def _record(identity: dict[str, Any]) -> Path:
    versions = {name: version(name) for name in ("tokenizers", "transformers")}
    return passed_folder() / digest({**identity, **versions, "vetting": VETTING})


def _remember(passed: Path) -> None:
    with suppress(OSError):  # a cache that cannot be written to costs time alone
        passed.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=passed.parent, delete=False) as fresh:
            pass
        Path(fresh.name).replace(passed)


class _Process:
    """The vetting process, started when it is needed, and restarted where it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._running: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to a request, with the part that was built last; empty where none came."""
        with self._lock:
            # An idle process ends by itself, which may coincide with a request.
            return self._ask(request) or self._ask(request)

    def stop(self) -> None:
        """End the process and its children."""
        running, self._running = self._running, None
        if running is None or self._owner != os.getpid():  # it belongs to the process that this one was forked from
            return
        with suppress(psutil.Error):
            for child in psutil.Process(running.pid).children(recursive=True):
                child.kill()
        running.kill()
        running.wait()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = {}
        try:
            running = self._start()
            if running.stdin is not None:
                running.stdin.write(json.dumps(request).encode() + b"\n")
                running.stdin.flush()
            until = time.monotonic() + WALL_S
            while not _complete(reply):
                reply |= self._next(running, until, request["memory"])
        except (OSError, EOFError):
            reply = {}
        finally:
            if not _complete(reply) or not _FORKS or "late" in reply:
                self.stop()
        return reply

    def _start(self) -> "subprocess.Popen[bytes]":
        if self._running is not None and self._owner == os.getpid() and self._running.poll() is None:
            return self._running
        self._lines, self._owner = queue.SimpleQueue(), os.getpid()
        with children_born_deaf():
            self._running = subprocess.Popen(
                python_command(_MODULE, str(IDLE_S)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # where a tokenizer's Rust code writes tracebacks of its own
                env=safe_environment() | _ALONE,
            )
        reader = threading.Thread(target=_read, args=(self._running, self._lines), name="vetting", daemon=True)
        reader.start()
        atexit.register(self.stop)
        return self._running

    def _next(self, running: "subprocess.Popen[bytes]", until: float, memory: int) -> dict[str, Any]:
        """Return the next line of the process, or why it is not waited for any longer."""
        while True:
            try:
                line = self._lines.get(timeout=_POLL_S)
            except queue.Empty:
                if time.monotonic() > until:
                    return {"late": True}
                if not _FORKS and _resident(running.pid) > memory + _LIBRARIES:
                    return {"memory": True}
                continue
            if not line:
                raise EOFError
            content: dict[str, Any] = json.loads(line)
            return content


def _complete(reply: Mapping[str, Any]) -> bool:
    return bool(reply.keys() - {"building"})


def _read(running: "subprocess.Popen[bytes]", lines: "queue.SimpleQueue[bytes]") -> None:
    """Queue the lines of a process, and an empty one when it has ended."""
    if running.stdout is not None:
        for line in running.stdout:
            lines.put(line)
    lines.put(b"")


def _resident(pid: int) -> int:
    """Return the resident bytes of a process or its largest child, for systems without a limit in the kernel."""
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            total = max(total, each.memory_info().rss)
    return total


_process = _Process()
