"""Errors of servers: refusals, which are final, and failures, after which the same request may succeed."""

from leaderboard.errors import NotMeasurableError, SourceUnavailableError, shortened
from leaderboard.redaction import redacted
from leaderboard.visible_text import prose

_SHOWN = 300
"""Maximum characters of a server's own words in a message."""
UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404
CLIENT_ERROR, SERVER_ERROR = 400, 500


class ServerRefusalError(NotMeasurableError):
    """A request that the server refuses and would refuse again (HTTP 4xx)."""


class ServerFailureError(SourceUnavailableError):
    """A request that failed, and may succeed another time: no answer, an error of the server, an invalid answer."""


class ServerStatusError(ServerFailureError):
    """An error status of the server (HTTP 5xx) after all retries."""


class AccessDeniedError(SourceUnavailableError):
    """A request without a valid key (HTTP 401 or 403)."""


def own_words(text: str) -> str:
    """Return a server's own words for a message, on one line and shortened."""
    words = " ".join(prose(redacted(text)).split())  # before it is shortened, which could leave a part of a secret
    return shortened(words, _SHOWN) if words else "no explanation"
