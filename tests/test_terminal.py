import io
import os
import re
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from leaderboard.errors import RequestError
from leaderboard.terminal import SafeStream, bound_width, cleaning, command, console, echo, safe_streams
from tests.in_one_test import in_one_test
from tests.synthetic.hostile_texts import HONEST, HOSTILE

ROOT = Path(__file__).parents[1] / "leaderboard"


class Terminal(io.StringIO):
    """A stream that says that somebody watches it."""

    encoding = "utf-8"

    def isatty(self):
        return True


def acts(text, allowed="\n\t"):
    """What in a text a terminal or a build server would obey."""
    turning = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    letters = [
        letter
        for letter in text
        if letter not in allowed
        and (unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} or ord(letter) in turning)
    ]
    lines = [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line or "##vso[" in line]
    return letters + lines


@in_one_test("text", HOSTILE)
def test_nothing_that_is_printed_acts(text, capsys):
    with safe_streams():
        echo(text)
        print(text)  # noqa: T201 - as a library does
        sys.stderr.write(f"x{text}\n")
        console().print(Text(text))
        table = Table()
        table.add_column(Text(text))
        table.add_row(Text(text))
        console(stderr=True).print(table)
    output = capsys.readouterr()
    assert acts(output.out + output.err) == []
    (output.out + output.err).encode()


@in_one_test("text", HONEST)
def test_honest_names_are_printed_as_they_are(text, capsys):
    with safe_streams():
        echo(text)
        console().print(Text(text))
    assert capsys.readouterr().out.splitlines() == [text, text]


def test_a_terminal_keeps_colours_and_bars_and_nothing_else():
    stream = Terminal()
    safe = SafeStream(stream)
    safe.write("\x1b[31mred\x1b[0m\r50 %\x1b[2J\x1b]0;title\x07")
    assert stream.getvalue() == "\x1b[31mred\x1b[0m\r50 %\ufffd[2J\ufffd]0;title\ufffd"


def test_a_console_writes_its_own_escapes_and_no_others(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", SafeStream(stream))
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    console().print(Text("evil\x1b[2J", style="bold red"))
    assert "\x1b[1;31mevil" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()


def test_a_command_in_pieces_is_none():
    stream = io.StringIO()
    safe = SafeStream(stream)
    for piece in ("a\n", "  ", "::error::x", "\n", "b ::c", "\r::d\n"):
        safe.write(piece)
    assert acts(stream.getvalue()) == []
    assert "b ::c" in stream.getvalue()


def test_a_long_run_of_white_space_is_looked_through_once():
    stream = Terminal()
    start = time.monotonic()
    SafeStream(stream).write("::" + "\r" * 200_000 + "  ::error::x\n" + " " * 200_000 + "x::\n" + "\r \t" * 70_000)
    assert time.monotonic() - start < 20
    assert acts(stream.getvalue(), allowed="\n\t\r") == []


def test_our_own_commands_reach_the_runner():
    stream = io.StringIO()
    command("::error file=gate.yaml,line=1::message", SafeStream(stream))
    command("::error::plain", stream)
    assert stream.getvalue() == "::error file=gate.yaml,line=1::message\n::error::plain\n"


def test_a_stream_is_what_it_wraps_in_all_else():
    stream = Terminal()
    safe = SafeStream(stream)
    assert (safe.encoding, safe.isatty(), safe.write("ab")) == ("utf-8", True, 2)
    safe.writelines(["c", "d"])
    assert stream.getvalue() == "abcd"
    before = sys.stdout
    with safe_streams():
        first = sys.stdout
        with safe_streams():
            assert sys.stdout is first
    assert sys.stdout is before


def test_widths_are_those_of_what_is_shown():
    from rich.console import Console

    file = io.StringIO()
    shown = cleaning(Console(file=file, width=20))
    shown.print(Text("\x1b[31m" * 10))
    assert max(len(line) for line in file.getvalue().splitlines()) <= 50
    assert "\x1b" not in file.getvalue()


ALONE = re.compile(r"typer\.echo\(|(?<![\w.])print\(|(?<![\w.])Console\(|click\.echo\(|sys\.std(?:out|err)\.write\(")
OWN = {
    "terminal.py": "the one way",
    "entry.py": "before anything is imported",
    "interruption.py": "words of its own, when the process is about to end",
    "backends/local/cold_start.py": "a number, read by the process that started it",
    "backends/local/peak_memory.py": "a number, read by the process that started it",
    "data/pattern_process.py": "answers, read by the process that started it",
    "documents/__main__.py": "the published schema",
    "cli/commands_page.py": "a page of the documentation",
    "reports/mitigations_page.py": "a page of the documentation",
    "reports/notebook.py": "a text that is returned and not printed, cleaned the one way",
}
"""Files that print by themselves, and why."""


def test_everything_is_printed_the_one_way():
    printing = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if ALONE.search(path.read_text(encoding="utf-8"))
    }
    assert printing == set(OWN)


def test_a_text_for_a_closed_standard_output_is_refused_and_a_message_is_dropped(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    echo("a message", err=True)
    with pytest.raises(RequestError, match="standard output is closed"):
        echo("a result")


@pytest.mark.parametrize(
    ("columns", "bounded"), [("9999999", "1000"), ("9" * 5_000, "1000"), ("120", "120"), ("wide", "wide"), ("", "")]
)
def test_tables_are_at_most_a_thousand_characters_wide(monkeypatch, columns, bounded):
    monkeypatch.setenv("COLUMNS", columns)
    bound_width()
    assert os.environ["COLUMNS"] == bounded
