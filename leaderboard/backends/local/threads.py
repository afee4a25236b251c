"""The default number of CPU threads."""

import os

import psutil


def default_threads() -> int:
    """Return `OMP_NUM_THREADS`, else the number of physical cores: more threads slow matrix products down."""
    setting = os.environ.get("OMP_NUM_THREADS", "")
    if setting.isdecimal() and int(setting) > 0:
        return int(setting)
    physical = psutil.cpu_count(logical=False) or 1
    return max(1, min(physical, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical))
