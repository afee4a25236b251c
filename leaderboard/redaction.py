"""Redaction: no password, token or key reaches a terminal, a log, a store or an exported file.

All printed, stored, exported and raised text goes through `redacted`. It hides text that looks like a secret (a
password in a URL, a signature in a query, an authorization header, a Hub token), and the secrets of the configuration
of this process: environment variables, `.netrc`, `.pgpass`, the Hub's token file, pip's configuration, the URL of the
store. A secret is also hidden in its percent-encoded, JSON, HTML, base64 and hexadecimal forms. A secret that is a
plain word is hidden only behind a name such as `password=` and in URLs, since anywhere else it is an ordinary word.

This holds for text that people read: reasons, notes, messages. Labels, names, definitions and observations are data
that numbers depend on; in them `redacted_urls` hides only the secrets of URLs.
"""

import base64
import html
import json
import logging
import netrc
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

HIDDEN = "***"
_SHORTEST = 4
"""Minimum length of a secret; hiding shorter values everywhere would hide ordinary text."""
_WHOLE_WORD = 8
"""Length below which a value is hidden only as a whole word."""
_LONG_NUMBER = 8
"""Digits below which a number is a count rather than a secret."""
_LONGEST_WORD = 8
"""Length up to which a value of letters alone may be an ordinary word: "test", "positive", "password"."""
_ORDINARY = frozenset(
    {"leaderboard", "postgresql", "localhost", "environment", "explainability", "evaluations", "estimates"}
    | {"observations", "arguments"}
)
"""Longer ordinary words and default passwords."""
_LARGEST_FILE = 1_000_000

_NAMES = (
    r"(?:token|secret|passwords?|passwd|passphrase|passcode|signature|api[_-]?key|access[_-]?key|credentials?|auth)"
)
_BEFORE_A_SECRET = rf"(?:(?i:{_NAMES}|_key)\\?[\"']?\s?[=:]\s?\\?[\"']?|:(?=[A-Za-z]+@))"
"""Beginnings that mark the word behind them as a secret: `DB_PASSWORD=`, `"password": "`, and `:` in front of
`word@host`."""
_QUERY_NAME = rf"(?:[\w.%-]{{0,64}}{_NAMES}[\w.%-]{{0,64}}|sig|key|pwd|pass|passfile|sslkey|jwt|code)"
_VARIABLE = re.compile(
    r"(?:^|_)(?:TOKENS?|SECRETS?|PASSWORDS?|PASSWD|PASS|(?<=_)PWD|PASSPHRASE|KEYS?|APIKEYS?|CREDENTIALS?|AUTH|SIGNATURE)"
    r"(?:$|_(?!PATH|FILE|DIR|SOCK|URL|NAME|TYPE|EXPIR))|PASSWORD$|APIKEY$|TOKEN$|SECRET$",
    re.IGNORECASE,
)
"""Names of environment variables whose whole value is a secret."""
_LIKE_A_PLACE = re.compile(r"(?:/|~|\./|[A-Za-z]:\\)[^\s]*(?:/|\\)")

# An authority with a password in it. It reaches to the last `@` before a space, since people forget to encode one of
# their password; a port in front of a path that has an `@` is no password. Every repetition is bounded, so that a text
# made to be slow is not.
_WITH_PASSWORD = re.compile(r"(://[^\s/?#'\"<>@:]{0,256}:)(?!\d{1,5}(?:[/?#]|$)|PASSWORD@)([^\s'\"<>]{0,512})(@)")
_TOKEN_AS_USER = re.compile(r"((?:https?|ftp|git|ssh)://)([^\s/?#'\"<>@:]{1,512})(:?@)", re.IGNORECASE)
_IN_QUERY = re.compile(rf"([?&;]{_QUERY_NAME}=)([^&;#\s'\"<>\\]+)", re.IGNORECASE)
_KEYWORD = re.compile(
    r"(?<![\w-])((?:ssl)?(?:password|passfile|passwd)\s?=\s?)('(?:[^'\\]|\\.)*'|[^\s'\"&;,)]+)", re.IGNORECASE
)
_HEADER = re.compile(
    r"((?:proxy-)?authorization\\?[\"']?\s*[:=,]\s*(?:b(?=[\"']))?\\?[\"']?(?:(?:basic|bearer|token|digest)\s+)?)([^\s\"'\\,)]+)",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b((?:Basic|Bearer)\s+)([A-Za-z0-9+/._~-]{16,}={0,2})")
_TOKEN = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{16,}|sk-(?=[\w-]{0,80}\d)[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"
    r"|glpat-[\w-]{16,}|pypi-Ag[\w-]{16,}|(?:AKIA|ASIA)[0-9A-Z]{16}|xox[abprs]-[\w-]{10,}"
    r"|eyJ[\w-]{8,4096}\.[\w-]{8,4096}\.[\w-]*)"
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}://[^\s'\"<>]{1,8192}")
_Shape = tuple[tuple[str, ...], re.Pattern[str], str]
_IN_URLS: tuple[_Shape, ...] = (
    (("://",), _WITH_PASSWORD, rf"\1{HIDDEN}\3"),
    (("://",), _TOKEN_AS_USER, rf"\1{HIDDEN}\3"),
    (("=",), _IN_QUERY, rf"\1{HIDDEN}"),
)
_SHAPES: tuple[_Shape, ...] = (
    *_IN_URLS,
    (("passw", "passf"), _KEYWORD, rf"\1{HIDDEN}"),
    (("authorization",), _HEADER, rf"\1{HIDDEN}"),
    (("basic ", "bearer "), _SCHEME, rf"\1{HIDDEN}"),
    (("hf_", "sk-", "gh", "glpat", "pypi-ag", "akia", "asia", "xox", "eyj"), _TOKEN, HIDDEN),
)
"""Lower-case substring of each pattern, which is much faster to search for."""


def redacted(text: str) -> str:
    """Replace every secret in a text by `***`."""
    return _without(_SHAPES, redacted_values(text))


def redacted_values(text: str) -> str:
    """Replace the secrets of this process in a text; anything that only looks like one stays."""
    return _secrets.hidden_in(text)


def redacted_urls(text: str) -> str:
    """Replace passwords, tokens and signatures in the URLs of a text by `***`, and nothing else."""
    return _URL.sub(lambda url: _without(_IN_URLS, url[0]), text) if "://" in text else text


def _without(shapes: Iterable[_Shape], text: str) -> str:
    lowered = text.lower()
    for signs, shape, instead in shapes:
        if any(sign in lowered for sign in signs):
            text = shape.sub(instead, text)
    return text


def redacted_in(value: Any, hide: Callable[[str], str] = redacted) -> Any:
    """Replace the secrets in the texts and keys of a JSON-like value.

    Args:
        value: JSON-like.
        hide: replaces those of one text.
    """
    match value:
        case str():
            return hide(value)
        case Mapping():
            return {hide(str(key)): redacted_in(each, hide) for key, each in value.items()}
        case list() | tuple():
            return [redacted_in(each, hide) for each in value]
    return value


def keep_secret(value: str) -> None:
    """Hide a value from now on in all output and records."""
    _secrets.add(value)


def keep_url_secret(url: str) -> None:
    """Hide the password of a URL and the secrets of its query from now on."""
    for value in _secrets_of_url(url):
        keep_secret(value)


class _RedactedRecord(logging.LogRecord):
    """A log record whose message and traceback hold no secret."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.exc_info and self.exc_info[0] is not None:  # a formatter keeps the text that is there
            self.exc_text = redacted("".join(traceback.format_exception(*self.exc_info)).rstrip("\n"))

    def getMessage(self) -> str:  # noqa: N802 - overridden
        """Return the message with its arguments."""
        return redacted(super().getMessage())


def redact_logs() -> None:
    """Redact every log record, since libraries log the addresses that they request."""
    logging.setLogRecordFactory(_RedactedRecord)


def _can_be_hidden(value: str) -> bool:
    """Whether a value can be hidden; others are hidden only where they look like a secret."""
    return len(value) >= _SHORTEST and not (value.isdecimal() and len(value) < _LONG_NUMBER)


def _is_word(value: str) -> bool:
    """Whether a value may be an ordinary word, which is a label, a name or part of a sentence in most places."""
    letters = value.isascii() and value.isalpha() and (value.islower() or value.isupper() or value.istitle())
    return (letters and len(value) <= _LONGEST_WORD) or value.casefold() in _ORDINARY


class _Secrets:
    """The secrets of this process, read again when its environment changes."""

    def __init__(self) -> None:
        self._registered: set[str] = set()
        self._environment: dict[Any, Any] | None = None
        self._forms: tuple[str, ...] = ()
        self._pattern = re.compile("")
        self._words: tuple[str, ...] = ()
        self._pattern_of_words = re.compile("")

    def add(self, value: str) -> None:
        """Add a secret."""
        if _can_be_hidden(value) and value not in self._registered:
            self._registered.add(value)
            self._environment = None

    def hidden_in(self, text: str) -> str:
        """Replace each of the secrets in a text."""
        # as the interpreter holds the variables: decoding them for each text would take longer than all the rest
        now = getattr(os.environ, "_data", os.environ)
        if now != self._environment:
            self._read(now)
        if any(form in text for form in self._forms):
            text = self._pattern.sub(HIDDEN, text)
        if any(word in text for word in self._words):
            text = self._pattern_of_words.sub(rf"\1{HIDDEN}", text)
        return text

    def _read(self, now: Mapping[Any, Any]) -> None:
        self._environment = dict(now)
        variables = {os.fsdecode(name): os.fsdecode(value) for name, value in now.items()}
        secrets = set(filter(_can_be_hidden, {*self._registered, *_secrets_of_environment(variables)}))
        words = set(filter(_is_word, secrets))
        forms = {form for value in secrets for form in _forms(value)} - words
        self._forms = _longest_first(forms)
        self._pattern = re.compile("|".join(map(_bounded, self._forms)))
        self._words = _longest_first(words)
        self._pattern_of_words = re.compile(rf"({_BEFORE_A_SECRET})(?:{'|'.join(self._words)})(?![A-Za-z0-9_])")


def _longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))


def _bounded(form: str) -> str:
    literal = re.escape(form)
    whole = len(form) < _WHOLE_WORD or form.isdecimal()
    return rf"(?<![A-Za-z0-9_.]){literal}(?![A-Za-z0-9_])" if whole else literal


def _forms(value: str) -> Iterator[str]:
    """Yield the encodings in which a value may appear."""
    readings = {value, unquote(value), unquote_plus(value)}
    for each in readings:
        if len(each) < _SHORTEST:
            continue
        yield each
        for encoded in (quote(each, safe=""), quote(each), quote_plus(each)):
            yield encoded
            yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
        yield json.dumps(each)[1:-1]
        yield json.dumps(each, ensure_ascii=False)[1:-1]
        yield repr(each)[1:-1]
        yield html.escape(each)
        yield html.escape(each, quote=False)
        with suppress(UnicodeEncodeError):
            yield from _encoded(each.encode())


def _encoded(value: bytes) -> Iterator[str]:
    """Yield the hexadecimal digits of a secret, and its base64 alone and inside a longer text."""
    yield base64.b64encode(value).decode().rstrip("=")
    if len(value) < _WHOLE_WORD:  # their parts would be those of ordinary text
        return
    yield value.hex()
    yield value.hex().upper()
    for before in range(3):  # three bytes make four characters
        begin, end = -(-before * 8 // 6), (before + len(value)) * 8 // 6
        whole = base64.b64encode(bytes(before) + value)[begin:end].decode()
        yield whole
        yield whole.translate(str.maketrans("+/", "-_"))


def _secrets_of_environment(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in variables.items():
        if _VARIABLE.search(name) and not _LIKE_A_PLACE.match(value):
            yield value.strip()
        if "://" in value:
            yield from _secrets_of_url(value)
        if name.upper().endswith("_HEADERS") or "authorization" in value.lower():
            yield from (match[2] for match in _HEADER.finditer(value))
    home = Path(variables.get("HOME") or variables.get("USERPROFILE") or os.path.expanduser("~"))  # noqa: PTH111 - no error
    yield from _tokens_of_files(variables, home)
    yield from _secrets_of_pip(variables, home)
    yield from _passwords_of_netrc(variables, home)
    yield from _passwords_of_pgpass(variables, home)


def _secrets_of_url(text: str) -> Iterator[str]:
    """Yield passwords and secret parameters of the URLs in a text, except passwords that are shown elsewhere in it."""
    for match in _WITH_PASSWORD.finditer(text):
        user = match[1][3:-1]
        if match[2] not in {user, unquote(user)} and match[2] not in text[match.end() :]:
            yield match[2]
            # of a password with an `@` that is not encoded each program takes another part for the password
            yield from (part for part in re.split("[@/:?]", match[2]) if "@" in match[2] and len(part) > _SHORTEST)
            with suppress(UnicodeEncodeError):
                pair = f"{unquote(user)}:{unquote(match[2])}"
                yield base64.b64encode(pair.encode()).decode().rstrip("=")  # as a header has it
    yield from (match[2] for match in _TOKEN_AS_USER.finditer(text))
    for match in _IN_QUERY.finditer(text):
        yield match[2]
    if "?" in text:
        query = text.partition("?")[2].partition("#")[0]
        yield from (value for name, value in parse_qsl(query) if re.fullmatch(_QUERY_NAME, name, re.IGNORECASE))


def _tokens_of_files(variables: Mapping[str, str], home: Path) -> Iterator[str]:
    """Yield the Hub's token from the files of its library."""
    cache = Path(variables.get("XDG_CACHE_HOME") or home / ".cache") / "huggingface"
    hub = Path(variables.get("HF_HOME") or cache)
    for place in {variables.get("HF_TOKEN_PATH"), str(hub / "token"), str(home / ".huggingface" / "token")} - {None}:
        yield _content(Path(str(place))).strip()
    yield from re.findall(r"(?m)^\s*hf_token\s*=\s*(\S+)", _content(hub / "stored_tokens"))


def _secrets_of_pip(variables: Mapping[str, str], home: Path) -> Iterator[str]:
    """Yield passwords and signatures of the indexes in pip's configuration files."""
    settings = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    places = [
        *(settings / "pip" / "pip.conf", home / ".pip" / "pip.conf", home / "pip" / "pip.ini"),
        *(home / "Library" / "Application Support" / "pip" / "pip.conf", Path("/etc/pip.conf")),
        *(Path(sys.prefix) / "pip.conf", Path(sys.prefix) / "pip.ini"),
        *([Path(variables["APPDATA"]) / "pip" / "pip.ini"] if variables.get("APPDATA") else []),
        *([Path(variables["PIP_CONFIG_FILE"])] if variables.get("PIP_CONFIG_FILE") else []),
    ]
    for place in places:
        for word in _content(place).split():
            yield from _secrets_of_url(word)


def _passwords_of_netrc(variables: Mapping[str, str], home: Path) -> Iterator[str]:
    for place in (variables.get("NETRC"), home / ".netrc", home / "_netrc"):
        if place and _content(Path(place)):
            try:
                hosts = netrc.netrc(str(place)).hosts
            except (netrc.NetrcParseError, OSError, UnicodeDecodeError):  # a client cannot read it either
                yield from re.findall(r"\bpassword\s+(\S+)", _content(Path(place)))
                continue
            yield from (password for _, _, password in hosts.values() if password)


def _passwords_of_pgpass(variables: Mapping[str, str], home: Path) -> Iterator[str]:
    for line in _content(Path(variables.get("PGPASSFILE") or home / ".pgpass")).splitlines():
        *_, password = re.split(r"(?<!\\):", line)
        if not line.startswith("#") and password != line:
            yield re.sub(r"\\(.)", r"\1", password)


def _content(path: Path) -> str:
    """Return the content of a small text file; empty where it cannot be read."""
    try:
        if path.is_file() and path.stat().st_size <= _LARGEST_FILE:
            return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return ""


_secrets = _Secrets()
