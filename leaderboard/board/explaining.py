"""Explanations for the board, computed by a process of their own.

A model takes memory and time that the server of a board should not spend, and may fail in ways that would end it. The
process runs where the user started the board, and offline: a page sends nothing to other machines.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import streamlit as st

from leaderboard.errors import RequestError
from leaderboard.evaluation.explanation import Explanation
from leaderboard.isolation import python_command, safe_environment
from leaderboard.reports.explanations.json_text import read_explanations
from leaderboard.settings import working_folder

MOST_SECONDS = 900
"""Seconds after which an explanation is given up; some models train their head again first."""
_ERROR = "error: "
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a page asks to be explained.

    Attributes:
        text: the text.
        subject: identity of the subject.
        against: identity of another subject; empty for none.
        method: attribution method; empty for the default one.
        task: task whose labels are answered with; empty for one that the subject was measured on.
        kind: kind of answer; empty for the first that the subject gives.
        word: word whose tag is explained; empty for every predicted span.
    """

    text: str
    subject: str
    against: str = ""
    method: str = ""
    task: str = ""
    kind: str = ""
    word: str = ""

    @property
    def options(self) -> list[str]:
        """Options of `leaderboard explain`; the text goes to its input, since a list of processes would show it."""
        named = {"subject": self.subject, "against": self.against, "method": self.method, "task": self.task}
        named |= {"kind": self.kind, "word": self.word}
        return [f"--{name}={value}" for name, value in named.items() if value]


@st.cache_data(max_entries=64, show_spinner=False)
def explanations(question: Question, version: object) -> Sequence[Explanation]:
    """Return the explanation of each subject, once for all sessions.

    Args:
        question: what is explained.
        version: of the store; part of the key of the cache.

    Raises:
        RequestError: where `leaderboard explain` refuses, with its message, or takes too long.
    """
    del version
    command = python_command("leaderboard", "explain", *question.options, "--text=-", "--json", "--offline")
    with _ONE_AT_A_TIME:
        try:
            done = subprocess.run(
                command,
                input=question.text.encode(),
                capture_output=True,
                check=False,
                cwd=working_folder(),
                env=safe_environment() | {"NO_COLOR": "1"},
                timeout=MOST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise RequestError(f"no explanation after {MOST_SECONDS} s; try `leaderboard explain`") from None
    if done.returncode:
        raise RequestError(_message(done.stderr.decode(errors="replace")) or f"exit status {done.returncode}")
    return read_explanations(done.stdout.decode())


def _message(errors: str) -> str:
    """Return what the program said last, without warnings of libraries before it."""
    return errors[errors.rfind(_ERROR) :].removeprefix(_ERROR).strip() if _ERROR in errors else errors.strip()[-2000:]
