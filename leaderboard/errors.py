"""What goes wrong, told so that a reader knows what to do next."""

import difflib
from collections.abc import Iterable


class LeaderboardError(Exception):
    """A failure that is told in one message, without a traceback."""


class RequestError(LeaderboardError):
    """The request itself was wrong: a name, a flag, a file. The command exits with 2."""


class NotMeasurableError(LeaderboardError):
    """A measurement that has no answer for this subject; recorded as *not measured* with this message."""


class SourceUnavailableError(LeaderboardError):
    """Data or weights that cannot be reached from here, now: no network, offline, or not in the mirror."""


def reason_of(error: Exception) -> str:
    """Why something was not measured, for people: what was raised, by its type where it is none of ours."""
    if isinstance(error, LeaderboardError):
        return str(error)
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def unknown_name(what: str, name: str, known: Iterable[str], *, where: str = "", see: str = "") -> RequestError:
    """A wrong name, with the valid ones and the nearest of them.

    Args:
        what: the kind of thing, as the user calls it ("task", "metric").
        name: what was asked for.
        known: every name that would have been valid.
        where: the file or flag that asked, put in front.
        see: a command that shows more.
    """
    names = sorted(known)
    lines = [f"{where}: unknown {what} '{name}'" if where else f"unknown {what} '{name}'"]
    lines.append(f"  Known: {', '.join(names) or 'none'}")
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hints = ([f"Did you mean '{near[0]}'?"] if near else []) + ([f"(see `{see}`)"] if see else [])
    if hints:
        lines.append("  " + "  ".join(hints))
    return RequestError("\n".join(lines))
