"""Installation commands: `pip install leaderboard` is another project, a Redis library."""

DISTRIBUTION = "lm-leaderboard"
"""Name on the package index; the package and the command are called `leaderboard`."""


def install_command(extra: str) -> str:
    """Return the command that installs an optional part of the program.

    Args:
        extra: one of the optional dependencies in `pyproject.toml`.
    """
    return f"pip install '{DISTRIBUTION}[{extra}]'"
