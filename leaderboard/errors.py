"""Errors whose message says what happened, where, and what to do."""

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from leaderboard.redaction import redacted
from leaderboard.visible_text import label, prose

__all__ = [
    "LeaderboardError",
    "LibraryError",
    "NotMeasurableError",
    "RequestError",
    "SourceUnavailableError",
]

LONGEST_NAME = 200
"""Maximum characters of a name in a message, and in the search for similar names."""
MOST_NAMES = 200
"""Maximum number of valid names in a message."""
_SHORTEST_PART = 3
"""Minimum characters of a part of a name that suggests it."""


class LeaderboardError(Exception):
    """An error with one message, without traceback, secrets and control characters."""

    def __init__(self, message: str = "") -> None:
        super().__init__(prose(redacted(message)))


class RequestError(LeaderboardError):
    """An invalid request: a name, a flag, a file; the command exits with 2."""


class NotMeasurableError(LeaderboardError):
    """A measurement that is impossible for this subject; recorded as *not measured* with this message."""


class SourceUnavailableError(LeaderboardError):
    """Data or weights that cannot be reached now: no network, offline, or not in the mirror."""


class LibraryError(Exception):
    """A library's exception that is not an `Exception`: a panic in Rust code (tokenizers, safetensors), or an exit."""


@contextmanager
def as_exceptions() -> Iterator[None]:
    """Convert anything a library raises in this block to an `Exception`, so that one bad model does not end the run.

    `PanicException` of Rust code and `SystemExit` are not caught by `except Exception`. Interruptions stay unchanged.

    Raises:
        LibraryError: in the place of what is no `Exception`.
    """
    try:
        yield
    except (Exception, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        text = str(error).strip().partition("\n")[0]
        raise LibraryError(f"{type(error).__name__}: {text}" if text else type(error).__name__) from error


def reason_of(error: BaseException) -> str:
    """Return the reason why something was not measured: the message of an error, with its type for other libraries."""
    if isinstance(error, LeaderboardError | LibraryError):
        return str(error)
    text = prose(redacted(str(error))).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def checked_name(name: str, *, where: str, longest: int = 100) -> str:
    """Check a name that a user chose, and return it without surrounding space.

    Raises:
        RequestError: for one that is empty, too long, on several lines, or has invisible characters.
    """
    chosen = unicodedata.normalize("NFC", name.strip())
    if not chosen or len(chosen) > longest or label(chosen) != chosen:
        raise RequestError(
            f"{where} {label(name[: 2 * longest])!r}: a name is 1 to {longest} letters on one line\n"
            "  Control characters, direction marks and zero-width characters are not allowed."
        )
    return chosen


def shortened(text: str, longest: int) -> str:
    """Return a text, or its beginning where it is longer than `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def unknown_name(kind: str, name: str, valid: Iterable[str], *, where: str = "", see: str = "") -> RequestError:
    """Return the error for an unknown name, with the valid names and the most similar one.

    Args:
        kind: the kind of thing, as the user calls it ("task", "metric").
        name: the unknown name.
        valid: every name that would have been valid.
        where: the file or flag that asked, put in front.
        see: a command that shows more.
    """
    names = sorted(valid)
    name = shortened(name, LONGEST_NAME)
    lines = [f"{where}: unknown {kind} '{name}'" if where else f"unknown {kind} '{name}'"]
    more = f", … and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    lines.append(f"  Known: {', '.join(names[:MOST_NAMES]) or 'none'}{more}")
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5) or _containing(name, names)
    hints = ([f"Did you mean '{near[0]}'?"] if near else []) + ([f"(see `{see}`)"] if see else [])
    if hints:
        lines.append("  " + "  ".join(hints))
    return RequestError("\n".join(lines))


def _containing(name: str, names: Sequence[str]) -> list[str]:
    """Return the only valid name that has the unknown one in it; nothing where there are several."""
    part = name.casefold()
    containing = [each for each in names if len(part) >= _SHORTEST_PART and part in each.casefold()]
    return containing if len(containing) == 1 else []
