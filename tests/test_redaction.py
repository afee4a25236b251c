import base64
import html
import json
import logging
import re
import sys
import time
import traceback
from urllib.parse import quote

import pytest

from leaderboard.errors import LeaderboardError, RequestError, reason_of
from leaderboard.redaction import (
    keep_secret,
    keep_url_secret,
    redact_logs,
    redacted,
    redacted_in,
    redacted_urls,
    redacted_values,
)
from tests.in_one_test import in_one_test

SECRET = "s3cr3t/Wort+%&"
ENCODED = quote(SECRET, safe="")
SHAPES = {
    "postgresql://user:SECRET@host:5432/db": "postgresql://user:***@host:5432/db",
    "postgresql+psycopg://u:p@ss/w:rd@host/db is refused": "postgresql+psycopg://u:***@host/db is refused",
    "postgresql://host/db?user=u&password=SECRET&sslmode=require": "postgresql://host/db?user=u&password=***&sslmode=require",
    "postgresql://host/db?sslpassword=SECRET": "postgresql://host/db?sslpassword=***",
    "postgresql://host/db?passfile=/home/u/.p": "postgresql://host/db?passfile=***",
    "host=h user=u password=SECRET dbname=d": "host=h user=u password=*** dbname=d",
    "password='a b c' host=h": "password=*** host=h",
    "https://user:SECRET@index.example/simple/": "https://user:***@index.example/simple/",
    "https://t0ken@index.example/simple": "https://***@index.example/simple",
    "https://x/y?token=SECRET": "https://x/y?token=***",
    "https://x/y?a=1&access_token=SECRET#z": "https://x/y?a=1&access_token=***#z",
    "https://x/y?sig=SECRET&sv=1": "https://x/y?sig=***&sv=1",
    "https://x/y?X-Amz-Credential=SECRET&X-Amz-Signature=SECRET": "https://x/y?X-Amz-Credential=***&X-Amz-Signature=***",
    "https://x/y?key=SECRET": "https://x/y?key=***",
    "http://user:SECRET@proxy:3128": "http://user:***@proxy:3128",
    "Authorization: Basic dXNlcjpwdw==": "Authorization: Basic ***",
    "{'authorization': 'Bearer SECRET'}": "{'authorization': 'Bearer ***'}",
    "Proxy-Authorization: SECRET": "Proxy-Authorization: ***",
    "token hf_abcdefghijklmnopqrstuv is wrong": "token *** is wrong",
    "Incorrect API key provided: sk-proj-0123456789abcdefghij": "Incorrect API key provided: ***",
    "ghp_0123456789abcdefghij0123": "***",
}
HONEST = (
    "https://host:8080/a/@b/c",
    "git+https://github.com/owner/name@v1.2",
    "postgresql://user@host/db",
    "sqlite:///results/leaderboard.db",
    "Valid: postgresql://USER:PASSWORD@HOST/DATABASE",
    "Basic authentication is used; mean tokens = 5, token_accuracy=0.5 [0.4, 0.6]",
    "the subject is measured: accuracy.sst2 >= 0.88",
    "hub owner/name@0123456789abcdef: data/test.csv",
    "see `leaderboard tasks show crows_pairs`",
)


@in_one_test("text", SHAPES)
def test_what_looks_like_a_secret_is_hidden(text):
    assert redacted(text.replace("SECRET", "abc123XYZ")) == SHAPES[text]
    assert redacted(redacted(text)) == redacted(text)


@in_one_test("text", HONEST)
def test_what_is_none_stays(text):
    assert redacted(text) == text


def forms(value):
    return (
        value,
        quote(value, safe=""),
        quote(value),
        re.sub("%..", lambda secrets: secrets[0].lower(), quote(value, safe="")),
        json.dumps(value),
        repr(value),
        html.escape(value),
        base64.b64encode(value.encode()).decode(),
    )


def refuse(error):
    raise error


def home(tmp_path, name, text):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)


PLACES = {
    "a variable": lambda at, env: env("HF_TOKEN", SECRET),
    "a key of an endpoint": lambda at, env: env("OPENAI_API_KEY", SECRET),
    "the password of PostgreSQL": lambda at, env: env("PGPASSWORD", SECRET),
    "an index": lambda at, env: env("PIP_INDEX_URL", f"https://u:{ENCODED}@index.example/simple"),
    "further indexes": lambda at, env: env("PIP_EXTRA_INDEX_URL", f"https://a.example https://u:{ENCODED}@b.example"),
    "a proxy": lambda at, env: env("HTTPS_PROXY", f"http://u:{ENCODED}@proxy:3128"),
    "the store": lambda at, env: env("LEADERBOARD_STORE", f"postgresql://u:{ENCODED}@h/d"),
    "a parameter of the store": lambda at, env: env("LEADERBOARD_STORE", f"postgresql://h/d?password={ENCODED}"),
    "the Hub's file": lambda at, env: home(at, ".cache/huggingface/token", SECRET + "\n"),
    "netrc": lambda at, env: home(at, ".netrc", f"machine h login u password {SECRET}\n"),
    "pgpass": lambda at, env: home(at, ".pgpass", f"h:5432:d:u:{SECRET}\n"),
    "a header": lambda at, env: env("OTEL_EXPORTER_OTLP_HEADERS", f"authorization=Bearer {SECRET.replace('&', '')}"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_value_is_hidden_in_every_form_wherever_it_is_kept(place, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HF_HOME", "HF_TOKEN_PATH", "XDG_CACHE_HOME", "NETRC", "PGPASSFILE"):
        monkeypatch.delenv(name, raising=False)
    PLACES[place](tmp_path, monkeypatch.setenv)
    for form in forms(SECRET.replace("&", "") if place == "a header" else SECRET):
        shown = redacted(f"before {form} after")
        assert "s3cr3t" not in shown.lower(), form
        assert base64.b64encode(SECRET.encode()).decode().rstrip("=") not in shown
        assert shown.startswith("before ")
        assert shown.endswith(" after")
        assert "s3cr3t" not in redacted_values(f"before {form} after").lower()


def test_a_header_made_of_user_and_password_is_hidden(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:idxpass@index.example/simple")
    assert redacted(base64.b64encode(b"user:idxpass").decode()) in {"***", "***="}


def test_places_numbers_and_ordinary_words_are_no_secrets(monkeypatch):
    monkeypatch.setenv("HF_TOKEN_PATH", "/home/somebody/token")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/agent")
    monkeypatch.setenv("MAX_TOKENS", "4096")
    monkeypatch.setenv("LEADERBOARD_STORE", "postgresql://leaderboard:leaderboard@h/leaderboard")
    monkeypatch.setenv("DB_PASSWORD", "accuracy")
    text = "/home/somebody/token /tmp/agent 4096 leaderboard accuracy 14096"
    assert redacted(text) == text


WORDS = {
    "a test of positive examples: Test, positives, admin@host, label=positive": None,
    "DB_PASSWORD=positive PGPASSWORD=test": "DB_PASSWORD=*** PGPASSWORD=***",
    "password: test, 'secret': 'positive'": "password: ***, 'secret': '***'",
    '{"password": "test"}': '{"password": "***"}',
    "AWS_SECRET_KEY=positive": "AWS_SECRET_KEY=***",
    "postgresql://me:positive@host/test": "postgresql://me:***@host/test",
    "postgresql://host/test?password=test": "postgresql://host/test?password=***",
    "cannot connect as me:test@host": "cannot connect as me:***@host",
    "passwords: tests": None,
}


@pytest.mark.parametrize("text", WORDS)
def test_a_secret_that_is_a_word_is_hidden_where_something_says_that_it_is_one(text, monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "positive")
    monkeypatch.setenv("POSTGRES_PASSWORD", "test")
    monkeypatch.setenv("ADMIN_PASSWORD", "Admin")
    assert redacted(text) == (WORDS[text] or text)


@pytest.mark.parametrize("value", ["p0sitive", "posiTive", "positivething", "positive-x", "пароль"])
def test_a_secret_that_is_no_word_is_hidden_everywhere(value, monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", value)
    assert redacted(f"an answer of {value}, refused") == "an answer of ***, refused"


URLS = {
    "https://me:SECRET@host/data.csv": "https://me:***@host/data.csv",
    "git+https://SECRET@host/a": "git+https://***@host/a",
    "see (https://host/a?token=SECRET&b=1) or https://host/?b=1": "see (https://host/a?token=***&b=1) or https://host/?b=1",
    "SECRET password=SECRET Authorization: Basic SECRETSECRETSECRET": None,
    "a choice; key=SECRET": None,
    "hf_abcdefghijklmnopqrstuv": None,
}


@pytest.mark.parametrize("text", URLS)
def test_of_data_only_what_a_url_holds_is_hidden(text, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "abc123XYZ")
    hidden = (URLS[text] or text).replace("SECRET", "abc123XYZ")
    assert redacted_urls(text.replace("SECRET", "abc123XYZ")) == hidden
    assert redacted_in({text: [text]}, redacted_urls) == {redacted_urls(text): [redacted_urls(text)]}


def test_what_is_registered_is_hidden_from_then_on():
    keep_secret("registered-one")
    keep_url_secret("postgresql://u:registered%2Ftwo@h/d")
    assert redacted("registered-one, registered/two, registered%2Ftwo") == "***, ***, ***"
    assert redacted_in({"registered-one": ["x registered-one", 1, None, {"k": ("registered-one",)}]}) == {
        "***": ["x ***", 1, None, {"k": ["***"]}]
    }


def test_no_error_of_ours_says_one_in_any_form(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", SECRET)
    error = RequestError(f"--store postgresql://u:pw123@h/d: {SECRET}\n\x1b[31m::error::x")
    assert "s3cr3t" not in str(error) + repr(error) + "".join(map(str, error.args))
    assert "pw123" not in str(error)
    assert "\x1b" not in str(error)
    assert "s3cr3t" not in reason_of(ValueError(f"x {SECRET}"))
    assert str(LeaderboardError("plain")) == "plain"


def test_logs_and_their_tracebacks_say_none(monkeypatch, caplog):
    monkeypatch.setenv("HF_TOKEN", SECRET)
    factory = logging.getLogRecordFactory()
    try:
        redact_logs()
        with caplog.at_level(logging.DEBUG):
            logging.getLogger("httpx").debug("GET %s with %s", "https://u:pw123@h/", SECRET)
            try:
                refuse(ValueError(SECRET))
            except ValueError:
                logging.getLogger("sqlalchemy").exception("refused")
    finally:
        logging.setLogRecordFactory(factory)
    assert "ValueError" in caplog.text
    assert "s3cr3t" not in caplog.text
    assert "pw123" not in caplog.text


@pytest.mark.slow
def test_a_long_text_made_to_be_slow_is_not():
    for part in ("://a:", "?token", "eyJaaaaaaaaa-", "password='", "authorization: ", "https://", "sk-", "Basic "):
        begin = time.perf_counter()
        redacted(part * (100_000 // len(part)))
        redacted_urls(part * (100_000 // len(part)))
        assert time.perf_counter() - begin < 5


def test_a_traceback_is_redacted_by_the_stream(monkeypatch, capsys):
    from leaderboard.terminal import safe_streams

    monkeypatch.setenv("HF_TOKEN", SECRET)
    with safe_streams():
        try:
            try:
                refuse(OSError(f"https://u:pw123@h {SECRET}"))
            except OSError as cause:
                raise ValueError(SECRET) from cause
        except ValueError:
            traceback.print_exc(file=sys.stderr)
    output = capsys.readouterr().err
    assert "direct cause" in output
    assert "s3cr3t" not in output
    assert "pw123" not in output
