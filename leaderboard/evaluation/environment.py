"""Environment: where a number was measured. Never a host name, a user name or a path."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
import torch

from leaderboard.engine.devices import Devices
from leaderboard.identity import digest
from leaderboard.store.records import EnvironmentRecord
from leaderboard.version import __version__

LIBRARIES = ("torch", "transformers", "tokenizers", "numpy", "scikit-learn", "scipy", "accelerate", "peft", "torchao")


def default_threads() -> int:
    """What `OMP_NUM_THREADS` says, else the physical cores this process may use: more slow matrix products down."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    physical = psutil.cpu_count(logical=False) or 1
    return max(1, min(physical, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical))


def describe(devices: Devices, dtype: str, threads: int) -> EnvironmentRecord:
    """The environment of a run; its identity leaves out the code revision, for which a protocol's version stands."""
    details: dict[str, Any] = {
        "cpu": _cpu_name(),
        "cores": psutil.cpu_count(logical=False) or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "os": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }
    if devices.first.type == "cuda":
        details["gpu"] = ", ".join(map(torch.cuda.get_device_name, devices.named))
        details["cuda"] = torch.version.cuda
    identity = digest({"device": str(devices), "dtype": dtype, "threads": threads, **details})
    details["code"] = _code_revision()
    return EnvironmentRecord(identity=identity, device=str(devices), dtype=dtype, threads=threads, details=details)


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _code_revision() -> str:
    """Version of this program, with the commit where it runs from a checkout."""
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists():
        return __version__
    try:
        command = ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--exclude=*"]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__}+{said.stdout.strip()}"
