"""Regular expressions from strangers: the matches of `re`, or one message within seconds."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard.data import pattern_process, patterns
from leaderboard.data.patterns import LimitedModule, LimitedPattern, PatternLimitError, check_pattern
from leaderboard.errors import RequestError

ENDLESS = [
    (r"(a+)+$", "a" * 40 + "b"),
    (r"^(\w+\s?)*$", "aaa " * 20 + "!"),
    (r"(a|aa)+$", "a" * 60 + "b"),
    ("a*" * 20 + "b", "a" * 100),
    (r"(?=(a+)+$)a", "a" * 40 + "b"),
    (r"(.*)*\1x", "a" * 40),
    (r"a+$", "a" * 1_000_000 + "b"),  # each start goes to the end
]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LONGEST_S", 0.3)


@pytest.mark.slow_after(1)
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("pattern", "text"), ENDLESS)
def test_an_endless_match_ends(pattern: str, text: str) -> None:
    limited = LimitedPattern(pattern)
    for _ in range(3):  # a second text costs no second wait
        start = time.monotonic()
        with pytest.raises(PatternLimitError, match=r"takes longer than 0.3 s on a text of"):
            limited.first(text)
    assert time.monotonic() - start < 0.2
    assert LimitedPattern("(a)+b").every("ab aab") == ["a", "a"]  # the next process serves others


GREEDY = [
    ("every", "(?=(.*))", "a" * 30_000, "takes more than 256 MiB of memory"),
    ("findall", "(?=(.*))(?=(.*))", "a" * 30_000, "takes more than 256 MiB of memory"),
    ("every", "(?=(.*))", "a" * 3_000, "gives more than 1,000,000 characters"),
    ("sub", "(?=a)", "a" * 1_000, "gives more than 1,000,000 characters"),
]


@pytest.fixture
def short_of_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(patterns, "LONGEST_S", 60.0)
    monkeypatch.setattr(pattern_process, "_MEMORY", 2**28)
    monkeypatch.setattr(pattern_process, "_LONGEST_ANSWER", 10**6)
    pattern_process.matcher().end()
    yield
    pattern_process.matcher().end()


@pytest.mark.slow_after(1)
@pytest.mark.usefixtures("short_of_memory")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
@pytest.mark.parametrize(("operation", "pattern", "text", "message"), GREEDY)
def test_matches_take_no_memory_without_end(operation: str, pattern: str, text: str, message: str) -> None:
    limited = LimitedPattern(pattern)
    arguments = ("b" * 2_000, text) if operation == "sub" else (text,)
    for _ in range(2):
        with pytest.raises(PatternLimitError, match=f"{message} on a text of {len(text):,} characters"):
            getattr(limited, operation)(*arguments)
    assert LimitedPattern("(?=(a))").every("ab" * 10) == ["a"] * 10  # the process serves others


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the time of a process")
def test_a_match_ends_with_who_asked_for_it() -> None:
    program = (
        "import threading, time\n"
        "from leaderboard.data.pattern_process import matcher\n"
        "task = {'pattern': '(a+)+$', 'flags': 0, 'operation': 'first', 'text': 'a' * 60 + 'b'}\n"
        "threading.Thread(target=matcher().match, args=(task, 1.0), daemon=True).start()\n"
        "while matcher()._process is None: time.sleep(0.05)\n"
        "print(matcher()._process.pid, flush=True)\n"
        "time.sleep(0.5)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program + "import os; os._exit(0)"], stdout=subprocess.PIPE)
    child = Path("/proc", parent.communicate()[0].decode().strip())
    end = time.monotonic() + 60
    while child.exists() and "Z" not in child.joinpath("stat").read_text().rpartition(")")[2].split()[0]:
        assert time.monotonic() < end
        time.sleep(0.1)


PATTERNS = [
    r"\w+",
    r"(a+)+b",
    r"(?m)^[A-D]\. (.*)$",
    r"(\w+) (\w+)",
    r"x|(y)|z*",
    r"(?i)É",
    r"\b",
    r"",
    r"(?<=a)b(?!c)",
]
TEXTS = ["", "a b", "A. one\nB. two\r\nE. no", "aab abc é́ É", "xyzzy" * 400, "\ud800 \0 x", "🙂 日本語 a1_b"]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("text", TEXTS)
def test_matches_are_those_of_re_here_and_in_the_process(
    pattern: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = re.compile(pattern)
    first = compiled.search(text)
    group = 1 if compiled.groups else 0
    for cheap in (1e7, -1):
        monkeypatch.setattr(patterns, "_CHEAP", cheap)
        limited = LimitedPattern(pattern)
        assert limited.first(text) == (None if first is None else first.group(group) or "")
        assert limited.every(text) == [match.group(group) or "" for match in compiled.finditer(text)]
        assert limited.findall(text) == compiled.findall(text)
        assert limited.sub("<>", text) == compiled.sub("<>", text)
        assert limited.sub("<>", text, 1) == compiled.sub("<>", text, count=1)


def test_simple_patterns_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "matcher", lambda: pytest.fail("a process was started"))
    assert LimitedPattern(".+").every("one\ntwo" * 100)
    assert LimitedPattern(r"(?m)^[A-D]\. (.*)$").every("A. one\nB. two") == ["one", "two"]
    assert LimitedPattern(r"x{2}y?z").first("xxz" + "a" * 10_000) == "xxz"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "'(' is not a regular expression: missing )"),
        ("(" * 5_000, "is not a regular expression"),
        ("a{99999999999999999999}", "the repetition number is too large"),
        ("x" * 30_000, "a regular expression of more than 20,000 characters"),
        ("(?i)" + "".join(f"[{chr(100 + i)}-\U0010ffff]" for i in range(50)), "more than 10 ranges"),
    ],
)
def test_what_cannot_be_compiled_at_once_is_refused(pattern: str, message: str) -> None:
    start = time.monotonic()
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        check_pattern(pattern)
    assert len(str(error.value)) < 500
    assert time.monotonic() - start < 10


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_the_module_stands_for_re() -> None:
    module = LimitedModule()
    assert module.compile("(a)(b)").findall("ab ab") == [("a", "b"), ("a", "b")]
    assert module.sub("b+", "", "abba") == "aa"
    assert module.escape("a.b") == re.escape("a.b")
    with pytest.raises(RequestError):
        module.sub("(a+)+$", "", "a" * 40 + "b")
