"""Column types for untrusted text, which is cleaned when it is written and again when it is read.

No stored text holds a control character or an unpaired surrogate. Secrets are hidden in text that people read:
reasons, notes, arguments of a call. Names, labels, keys and definitions are data that an identity stands for, and keep
everything but the passwords and tokens of URLs. Text from another program or an earlier version is cleaned when it is
read, so that old stores stay readable.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Dialect, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from leaderboard.redaction import redacted, redacted_in, redacted_urls
from leaderboard.visible_text import label, one_line, prose, writable, writable_in

_LONGEST = 4000
"""Maximum length of a line such as a rule or a method."""


def shown_line(text: str) -> str:
    """Return a stored name as people see it: on one line, with every character visible."""
    return one_line(text, _LONGEST)


class _Cleaned(TypeDecorator[str]):
    """A text that is cleaned when written and read; plain ASCII skips the cleaning on reading."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - overridden
        """Clean a value that is written."""
        return value if value is None else self._clean(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - overridden
        """Clean a value that is read; values that are not text are left to the row checks."""
        if not isinstance(value, str) or (value.isascii() and value.isprintable()):
            return value
        return self._clean(value)

    def _clean(self, text: str) -> str:
        raise NotImplementedError


class Line(_Cleaned):
    """A name on one line, possibly the URL of a model."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - overridden
        """Clean a value that is read."""
        return shown_line(value) if value else value

    def _clean(self, text: str) -> str:
        return shown_line(redacted_urls(text))


class Prose(_Cleaned):
    """A reason or a message, possibly of several lines; secrets are also hidden when it is read."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - overridden
        """Clean a value that is read; earlier versions recorded addresses of package indexes with passwords."""
        return self._clean(value) if isinstance(value, str) else value

    def _clean(self, text: str) -> str:
        return prose(redacted(text))


class Label(_Cleaned):
    """A label of a class; cleaning keeps distinct labels distinct."""

    impl = String
    cache_ok = True

    def _clean(self, text: str) -> str:
        return label(text)


class Key(_Cleaned):
    """An id of an example, which other files refer to: unchanged except for unpaired surrogates."""

    cache_ok = True

    def _clean(self, text: str) -> str:
        return writable(text)


class Details(TypeDecorator[Any]):
    """Settings and definitions as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - overridden
        """Clean a value that is written."""
        return writable_in(redacted_in(value, redacted_urls))


class FreeText(TypeDecorator[Any]):
    """Text that people wrote, such as the arguments of a call, as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - overridden
        """Clean a value that is written."""
        return writable_in(redacted_in(value))


class Notes(FreeText):
    """A list of notes as JSON."""

    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - overridden
        """Clean notes that are read, as `Prose` does."""
        return shown_notes(value) if value else value


def shown_notes(notes: Sequence[Any]) -> list[Any]:
    """Return notes without secrets and control characters."""
    return [prose(redacted(each)) if isinstance(each, str) else each for each in notes]
