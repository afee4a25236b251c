"""How this program is installed: `pip install leaderboard` is another project, a Redis library."""

DISTRIBUTION = "lm-leaderboard"
"""Name on the package index; the package to import and the command are called `leaderboard`."""


def install_command(extra: str) -> str:
    """The command that installs what an optional part of the program needs.

    Args:
        extra: one of the optional dependencies in `pyproject.toml`.
    """
    return f"pip install '{DISTRIBUTION}[{extra}]'"
