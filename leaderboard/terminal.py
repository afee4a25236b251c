"""Output to the terminal, without secrets, commands and control characters.

Printed text is partly untrusted: names of folders, keys of files, reasons, tracebacks. A terminal executes escape
sequences in it, and the runner of a build server executes lines that begin with `::` and texts such as `##[`.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from leaderboard.errors import RequestError
from leaderboard.redaction import redact_logs, redacted
from leaderboard.visible_text import prose, writable

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 1_000
"""Maximum width of the output, in characters: a table of millions takes minutes to draw."""
_COLOURS = re.compile("(\x1b\\[[0-9;:]*m|\r(?!\n))")
"""Control sequences of libraries that are allowed: colours, and the carriage return of a progress bar."""
_COMMAND_LINE = re.compile(r"(?m)(?:^|(?<=\r))([^\S\n\r]*)::")
_COMMAND = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_NO_COMMAND_LINE, _NO_COMMAND = r"\1∷", "#＃"


class SafeStream:
    """A text stream that removes secrets and control characters.

    Attributes:
        styled: the same stream for `console`, whose texts are cleaned already and whose escape sequences are its own.
    """

    def __init__(self, stream: TextIO, *, is_styled: bool = False) -> None:
        self.stream = stream
        self._is_styled = is_styled
        self._begins_line = True
        self.styled = self if is_styled else SafeStream(stream, is_styled=True)

    def write(self, text: str) -> int:
        """Write a text in its safe form.

        Raises:
            TypeError: for bytes, which libraries try so as to learn what kind of stream this is.
        """
        if not isinstance(text, str):
            raise TypeError(f"a text stream takes str, not {type(text).__name__}")
        if text:
            shown = redacted(writable(text) if self._is_styled else self._cleaned(text))
            self.stream.write(self._without_commands(shown))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write some texts."""
        for each in lines:
            self.write(each)

    def write_command(self, text: str) -> None:
        """Write a command to the runner of a build server."""
        self.stream.write(redacted(text))
        self._begins_line = text.endswith("\n")

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":  # the way around: Click takes it where a terminal knows ASCII alone
            raise AttributeError(name)
        return getattr(self.stream, name)

    def _cleaned(self, text: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        if "\x1b" not in text and "\r" not in text:
            return prose(text)
        if not self.stream.isatty():
            return prose(text.replace("\r\n", "\n").replace("\r", "\n"))
        return "".join(part if place % 2 else prose(part) for place, part in enumerate(_COLOURS.split(text)))

    def _without_commands(self, text: str) -> str:
        begins_line, self._begins_line = self._begins_line, not text.rpartition("\n")[2].strip()
        if "::" in text:
            text = (
                _COMMAND_LINE.sub(_NO_COMMAND_LINE, text)
                if begins_line
                else _COMMAND_LINE.sub(_NO_COMMAND_LINE, f"-{text}")[1:]
            )
        return _COMMAND.sub(_NO_COMMAND, text) if "##" in text else text


def bound_width() -> None:
    """Limit the width of tables that `COLUMNS` asks for, in this process and in those that it starts."""
    columns = os.environ.get("COLUMNS", "").strip().lstrip("0")
    if columns.isdecimal() and (len(columns) > len(str(WIDEST)) or int(columns) > WIDEST):
        os.environ["COLUMNS"] = str(WIDEST)


def protect_streams() -> None:
    """Send all output of this process through `SafeStream`, including tracebacks and warnings, and redact logs."""
    redact_logs()
    sys.stdout, sys.stderr = _safe(sys.stdout), _safe(sys.stderr)


@contextmanager
def safe_streams() -> Iterator[None]:
    """Protect the streams inside this block."""
    before = sys.stdout, sys.stderr
    protect_streams()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def echo(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a text of several lines without control characters.

    Raises:
        RequestError: if standard output is closed; a message to a closed standard error is dropped.
    """
    stream = _safe(sys.stderr if err else sys.stdout)
    if stream is None and err:
        return
    if stream is None:
        raise RequestError("standard output is closed\n  Run the command with an open standard output")
    stream.write(prose(text) + ("\n" if nl else ""))
    stream.flush()


def echo_bytes(content: bytes) -> None:
    """Write the content of a file to standard output."""
    sys.stdout.flush()
    binary = (sys.stdout.stream if isinstance(sys.stdout, SafeStream) else sys.stdout).buffer
    binary.write(content)
    binary.flush()


def command(text: str, output: TextIO) -> None:
    """Write one line that the runner of a build server executes; its content must be escaped."""
    line = f"{text}\n"
    if isinstance(output, SafeStream):
        output.write_command(line)
    else:
        output.write(redacted(line))
    output.flush()


def console(*, stderr: bool = False) -> "Console":
    """Return a rich console on standard output or error, which removes control characters."""
    from rich.console import Console  # noqa: PLC0415 - slow, and many commands print without it

    stream = sys.stderr if stderr else sys.stdout
    styled = cast("IO[str]", stream.styled) if isinstance(stream, SafeStream) else None
    return cleaning(Console(file=styled, stderr=stderr))


def cleaning(console: "Console") -> "Console":
    """Return a console that cleans every text before it is shown, including tables and bars."""
    from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult  # noqa: PLC0415
    from rich.control import Control  # noqa: PLC0415 - as above
    from rich.segment import Segment  # noqa: PLC0415 - as above

    class Cleaned:
        def __init__(self, renderable: ConsoleRenderable) -> None:
            self.renderable = renderable

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for segment in console.render(self.renderable, options):
                text, style, control = segment
                yield segment if control else Segment(prose(text), style)

    class Cleaning(RenderHook):
        def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
            return [each if isinstance(each, Control) else Cleaned(each) for each in renderables]

    console.push_render_hook(Cleaning())
    return console


def _safe(stream: Any) -> Any:
    return stream if stream is None or isinstance(stream, SafeStream) else SafeStream(stream)
