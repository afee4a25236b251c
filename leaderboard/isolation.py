"""Isolation: nothing in the working directory is imported or executed, here or in child processes.

The working directory may be a downloaded model with a `psutil.py` or a `git` in it. Python searches it for
modules with `-m` and `-c`, and wherever a search path has a relative or an empty entry: `PYTHONPATH=$PYTHONPATH:/x`
has one when the variable was not set before, and so do `PATH` and the path of the loader of shared libraries. Absolute
entries stay, since they were set on purpose.
"""

import os
import sys

_PACKAGES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib takes time
"""Folder from which this program is imported."""
_LOADER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
_SAFE = "PYTHONSAFEPATH"
"""Environment variable that keeps Python from searching the working directory, as `-P` does."""
_START = """\
import sys; sys.path[:] = {path!r}
import runpy; runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
"""

TYPE_CHECKING = False
"""As in `typing`, which is not imported before the path is safe."""
if TYPE_CHECKING:
    from collections.abc import Mapping


def isolate() -> None:
    """Remove the working directory from the search paths of this process and its children.

    Where the search path of shared libraries has a relative entry, which the loader has already read, the program is
    restarted without it.
    """
    safe = safe_environment()
    unsafe_loader = any(os.environ.get(name) != safe.get(name) for name in _LOADER)
    sys.path[:] = _safe_path(os.environ.get("PYTHONPATH", ""))
    _set_environment(safe)
    if unsafe_loader and os.name == "posix":
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the same program again


def safe_environment() -> dict[str, str]:
    """Return the environment of a child process, whose search paths have no relative or empty entry."""
    environment = {**os.environ, _SAFE: "1"}
    for name in ("PATH", "PYTHONPATH", *_LOADER):
        entries = environment.pop(name, "").split(os.pathsep)
        if absolute := [entry for entry in entries if os.path.isabs(entry)]:  # noqa: PTH117 - see above
            environment[name] = os.pathsep.join(absolute)
    return environment


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the command of a process that runs a module, found where this process would import it.

    Start it with `safe_environment()`.
    """
    start = _START.format(path=_safe_path(), module=module)
    return [sys.executable, "-P", "-c", start, *arguments]


class SafeSpawning:
    """Makes processes of `multiprocessing` not search the working directory before they get our path."""

    def __enter__(self) -> None:
        self._before = dict(os.environ)
        _set_environment(safe_environment())

    def __exit__(self, *_: object) -> None:
        _set_environment(self._before)


def _safe_path(python_path: str = "") -> list[str]:
    """Return the absolute entries of the module path, with the folder of this program.

    Args:
        python_path: `PYTHONPATH`, whose relative entries Python may have made absolute.
    """
    named = python_path.split(os.pathsep) if python_path else []
    absolute = {entry for entry in named if os.path.isabs(entry)}  # noqa: PTH117 - see above
    relative = {os.path.abspath(entry) for entry in named} - absolute  # noqa: PTH100
    path = [entry for entry in sys.path if os.path.isabs(entry) and entry not in relative]  # noqa: PTH117
    return path if _PACKAGES in path else [*path, _PACKAGES]


def _set_environment(environment: "Mapping[str, str]") -> None:
    for name in [name for name in os.environ if name not in environment]:
        del os.environ[name]
    os.environ.update(environment)
