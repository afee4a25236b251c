"""Names of processes, unique among all that ever ran on any machine, and whether one of this machine has ended."""

import os
import socket

import psutil

from leaderboard.identity import digest


def this_process() -> str:
    """Names this process: a digest of the host, its number, when it began."""
    return f"{_host()}:{os.getpid()}:{psutil.Process().create_time():.0f}"


def is_gone(process: str) -> bool:
    """Whether a process of this machine has ended; never of one elsewhere, which cannot be seen."""
    host, number, began = process.rsplit(":", 2)
    if host != _host():
        return False
    try:
        return f"{psutil.Process(int(number)).create_time():.0f}" != began
    except psutil.NoSuchProcess:
        return True


def for_people(process: str) -> str:
    """What a process is called in messages."""
    host, number, _ = process.rsplit(":", 2)
    return f"process {number}" if host == _host() else f"process {number} of another machine"


def _host() -> str:
    return digest(socket.gethostname())[:12]
