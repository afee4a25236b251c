"""The recorded environment of a measurement; never a host name, a user name or a path."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from leaderboard.backends.environment import Environment
from leaderboard.identity import digest
from leaderboard.isolation import safe_environment
from leaderboard.store.records import EnvironmentRecord
from leaderboard.version import __version__

_NO_PROGRAMS = ("--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


def stored_environment(environment: Environment) -> EnvironmentRecord:
    """Return an environment as a record of the store.

    Its identity leaves out the revision of this program's code, for which a protocol's version stands.
    """
    device, dtype, threads = environment.device, environment.dtype, environment.threads
    identity = digest({"device": device, "dtype": dtype, "threads": threads, **environment.details})
    details = {**environment.details, "code": _code_revision()}
    return EnvironmentRecord(identity=identity, device=device, dtype=dtype, threads=threads, details=details)


@cache
def _code_revision() -> str:
    """Return the version of this program, with the commit where it runs from a checkout."""
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists():
        return __version__
    # Neither a `git` in the working directory, nor another repository that a hook's variables name, nor a program that
    # the settings of this one name.
    environment = {name: value for name, value in safe_environment().items() if not name.startswith("GIT_")}
    git = shutil.which("git", path=environment.get("PATH", ""))
    if git is None or not Path(git).is_absolute():
        return __version__
    command = [git, "-C", str(checkout), *_NO_PROGRAMS, "describe", "--always", "--dirty", "--exclude=*"]
    try:
        revision = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__}+{revision.stdout.strip()}"
