"""Identifiers of processes, unique over time and machines, and whether a local process has ended."""

import os
import socket

import psutil

from leaderboard.identity import digest

_DRIFT = 2
"""Seconds by which the start of a process may seem to move: it is counted from a boot time that follows the clock."""


def process_id() -> str:
    """Return the identifier of this process: a digest of the host, its number, and its start time."""
    return f"{_host()}:{os.getpid()}:{psutil.Process().create_time():.0f}"


def has_ended(process: str) -> bool:
    """Whether a process of this machine has ended; False for a process of another machine."""
    host, number, began = process.rsplit(":", 2)
    if host != _host():
        return False
    try:
        return abs(psutil.Process(int(number)).create_time() - int(began)) > _DRIFT
    except psutil.NoSuchProcess:
        return True


def process_label(process: str) -> str:
    """Return the name of a process for messages."""
    host, number, _ = process.rsplit(":", 2)
    return f"process {number}" if host == _host() else f"process {number} of another machine"


def _host() -> str:
    return digest(socket.gethostname())[:12]
