"""Escapes: functions that quote untrusted text, one for each output format.

Names of models, tasks and classes, reasons and notes are untrusted text. None of them may become a link, a tag, a
mention, a formula, a command of a build server or of a shell in the output.
"""

import html
import re
import shlex
from collections.abc import Iterable, Mapping

from leaderboard.visible_text import REPLACEMENT, one_line, prose

_LONGEST = 4000
"""Maximum characters of a reason or a note on one line."""

_MARKDOWN = re.compile(
    r"[\\`*|~$]|&(?=#|\w+;)"
    r"|(?<![^\W_])_|_(?![^\W_])"  # within a word it emphasises nothing
    # a link, a picture, a footnote; a bracket alone is none
    r"|\](?=\s*[(\[:])|(?<=\])\(|!(?=\[)|\[(?=\^|[^\]]{0,200}\]\s*[(\[:])"
    r"|(?<=http):(?=//)|(?<=https):(?=//)|(?<=ftp):(?=//)|(?<=mailto):|(?<=xmpp):|(?<=www)\.",
    re.IGNORECASE,
)
_TAGS = {ord("<"): "&lt;", ord(">"): "&gt;"}
_MENTION = re.compile(r"@(?=\w)")
_BEGINS_A_BLOCK = re.compile(r"#+(?=\s|$)|[-+](?=[\s-]|$)|=|:(?=-)|\d{1,9}(?=[.)](?:\s|$))")
_ZERO_WIDTH = "\u200b"
"""Zero-width character, which prevents mentions and automatic links after an `@`."""

_STREAMLIT = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@^=\"'])")
_SHORTCODE = re.compile(r":(?=[\w+\-/]+:)")
_LINK = re.compile(r"(?i)(?<=http)s?(?=:)|(?<=www)(?=\.)|(?=@)")
_JOINER = "\u2060"
"""Invisible character, which prevents `:smile:` and `www.` from being rendered."""

_LATEX: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{''}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    "–": r"\textendash{}",
    "×": r"$\times$",
    "µ": r"$\mu$",
    "·": r"$\cdot$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\to$",
    REPLACEMENT: "",  # no font of LaTeX has it
}

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]|\s*::")
"""Beginning of a cell that a spreadsheet computes (full-width signs too), or a build server executes."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*%?")

_UNSHOWN = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_COMMAND = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_COMMAND_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_COMMAND_PROPERTY = {**_COMMAND_DATA, ":": "%3A", ",": "%2C"}


def line(text: str) -> str:
    """Return a reason, note or message on one line, without control characters."""
    return one_line(text, _LONGEST)


def markdown(text: str) -> str:
    """Escape a text as a Markdown block: a paragraph, a heading, a list item."""
    inline = markdown_cell(text)
    return _BEGINS_A_BLOCK.sub(_block, inline, count=1) if _BEGINS_A_BLOCK.match(inline) else inline


def markdown_cell(text: str) -> str:
    """Escape a text within a line of Markdown: no link, tag, picture, formula, mention or end of a table cell."""
    shown = _MARKDOWN.sub(r"\\\g<0>", line(text)).translate(_TAGS)
    return _MENTION.sub(f"@{_ZERO_WIDTH}", shown)


def markdown_code(text: str) -> str:
    """Quote a text as inline code with any backticks; not for table cells, which end at a `|` even there."""
    shown = line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    space = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{space}{shown or ' '}{space}{fence}"


def markdown_block(text: str, language: str = "") -> str:
    """Quote a text of several lines as a code block with any fences."""
    shown = prose(text)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{fence}{language}\n{shown.rstrip()}\n{fence}"


def streamlit(name: object) -> str:
    """Escape a text for Streamlit's Markdown: no markup, link, colour, formula or emoji."""
    joined = _SHORTCODE.sub(f":{_JOINER}", line(str(name)))
    joined = _LINK.sub(lambda match: match[0] + _JOINER, joined)
    return _STREAMLIT.sub(r"\\\1", joined)


def html_text(text: str) -> str:
    """A text as HTML that says just that, within an element or an attribute in double quotes."""
    return html.escape(line(text))


def plotly(text: str) -> str:
    """Escape a text of a figure, since Plotly renders tags such as `<b>` and `<a href>`."""
    return html.escape(line(text), quote=False)


def latex(text: str) -> str:
    """Escape a text for LaTeX."""
    return "".join(_LATEX.get(letter, letter) for letter in line(text)).replace("--", "-{}-{}")


def csv_cell(text: str) -> str:
    """Escape a cell that a spreadsheet would take for a formula, with a leading `'`.

    Numbers of either sign are not escaped.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def json_text(text: str) -> str:
    """Escape characters in JSON text that a terminal or a build server would interpret."""
    if not text.isascii() or "\x7f" in text:
        text = _UNSHOWN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return _COMMAND.sub(r"#\\u0023", text) if "##" in text else text


def command_data(text: str) -> str:
    """Escape the message of a GitHub workflow command."""
    return _replaced(line(text), _COMMAND_DATA)


def command_property(text: str) -> str:
    """Escape a property of a GitHub workflow command."""
    return _replaced(line(text), _COMMAND_PROPERTY)


def shell(words: str | Iterable[str]) -> str:
    """Quote words of a command for a POSIX shell."""
    return shlex.quote(line(words)) if isinstance(words, str) else " ".join(shlex.quote(line(each)) for each in words)


def _block(begin: re.Match[str]) -> str:
    return f"{begin[0]}\\" if begin[0].isdecimal() else f"\\{begin[0]}"


def _replaced(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(letter, letter) for letter in text)
