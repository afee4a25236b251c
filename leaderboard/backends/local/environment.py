"""The environment of this machine: processor, memory, libraries, GPUs."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
import torch

from leaderboard.backends.environment import Environment
from leaderboard.backends.local.engine.devices import Devices

LIBRARIES = ("torch", "transformers", "tokenizers", "numpy", "scikit-learn", "scipy", "accelerate", "peft", "torchao")


def describe(devices: Devices, dtype: str, threads: int) -> Environment:
    """Describe this machine, its libraries, and the devices and threads of a run."""
    details: dict[str, Any] = {
        "cpu": _cpu_name(),
        "cores": psutil.cpu_count(logical=False) or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "os": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }
    if devices.first.type == "cuda":
        details["gpu"] = ", ".join(map(torch.cuda.get_device_name, devices.devices))
        details["cuda"] = torch.version.cuda
    return Environment(device=str(devices), dtype=dtype, threads=threads, details=details)


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


@cache
def _version(name: str) -> str:
    """Return the version of a library, which is read once: a process keeps what it has loaded."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
