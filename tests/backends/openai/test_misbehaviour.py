"""Servers that misbehave: each is one clear message; nothing hangs, and the key goes nowhere else."""

import base64
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.generation import Sampling
from leaderboard.backends.openai.backend import OpenAIBackend
from leaderboard.backends.openai.connection import Connection
from leaderboard.backends.openai.reference import parse_reference
from leaderboard.errors import NotMeasurableError, RequestError, SourceUnavailableError
from tests.backends.openai.toy_server import Toy, serving

KEY = "toy-key-0123456789-abcdefgh"
REQUESTS = [("The film was", f" {word}") for word in ("good", "bad", "long", "new")]


def scored(**changes):
    """Trouble that changes the log-probabilities of each answer."""

    def change(path, request, answer):
        if path == "/v1/completions":
            answer["choices"][0]["logprobs"] |= changes
        return answer

    return change


@pytest.mark.slow_after(10)
@pytest.mark.parametrize(
    ("trouble", "error", "message"),
    [
        (lambda *_: (500, {}, {"error": {"message": "CUDA error"}}), SourceUnavailableError, "HTTP 500: CUDA error"),
        (lambda *_: (503, {}, b"<html>busy</html>"), SourceUnavailableError, "HTTP 503: <html>busy"),
        (lambda *_: (429, {"Retry-After": "0"}, {"message": "slow down"}), SourceUnavailableError, "slow down"),
        (lambda *_: (200, {}, b'{"choices": [{"text": "ab'), SourceUnavailableError, "the answer is no JSON"),
        (lambda *_: (200, {"Content-Length": "90", "Connection": "close"}, b"{"), SourceUnavailableError, "http://"),
        (lambda *_: (200, {}, b"\xff\xfe"), SourceUnavailableError, "the answer is no JSON"),
        (lambda *_: (200, {}, b"[" * 100_000), SourceUnavailableError, "the answer is no JSON"),
        (lambda *_: {"choices": []}, SourceUnavailableError, "no `choices` with one text"),
        (lambda *_: [1], SourceUnavailableError, "no JSON object"),
        (lambda _, __, answer: answer | {"model": "other"}, SourceUnavailableError, "'other' instead of 'toy'"),
        (lambda *_: (400, {}, {"error": "too long"}), NotMeasurableError, "HTTP 400: too long"),
        (lambda *_: (307, {"Location": "http://127.0.0.1:9/"}, b""), SourceUnavailableError, "redirects elsewhere"),
        (lambda *_: (204, {}, b""), SourceUnavailableError, "HTTP 204"),
        (lambda _, __, answer: answer | {"usage": None}, NotMeasurableError, "how many tokens"),
        (scored(token_logprobs=None), NotMeasurableError, "no `logprobs` of the tokens"),
        (scored(token_logprobs=[None] * 9), NotMeasurableError, "no log-probability of token"),
        (scored(token_logprobs=["-1"] * 9), NotMeasurableError, "no log-probability of token"),
        (scored(token_logprobs=[-9999.0] * 9), NotMeasurableError, "no log-probability of token"),
        (scored(token_logprobs=[3.0] * 9), NotMeasurableError, "no log-probability of token"),
        (scored(token_logprobs=[float("nan")] * 9), SourceUnavailableError, "the answer is no JSON"),
    ],
)
def test_a_wrong_answer_is_one_message_and_no_number(trouble, error, message, model, toy):
    toy.trouble = trouble
    with pytest.raises(error) as raised:
        model.likelihood().loglikelihoods(REQUESTS)
    assert message in str(raised.value)


def test_a_busy_server_is_asked_again_after_the_time_it_names(model, toy):
    refused = {}

    def busy(path, request, answer):
        turn = refused.setdefault(str(request), [])
        turn.append(time.monotonic())
        return (429, {"Retry-After": "0.2"}, {}) if len(turn) == 1 else answer

    toy.trouble = busy
    model.likelihood().loglikelihoods(REQUESTS)
    waited = [turn[1] - turn[0] for turn in refused.values()]
    assert len(waited) == len(REQUESTS)
    assert min(waited) >= 0.2


def test_a_server_that_hangs_is_given_up(reference, toy):
    toy.trouble = lambda path, request, answer: time.sleep(2) or answer
    connection = Connection(parse_reference(reference), timeout_s=0.2, waits_s=())
    begin = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=r"no complete answer within 0\.2 s; LEADERBOARD_SERVER_TIMEOUT"):
        connection.get("/models")
    assert time.monotonic() - begin < 1.5


@contextmanager
def dripping(begin, each):
    """A server that sends `begin`, then `each` again and again; yields its reference."""
    ended = threading.Event()

    def serve(listener):
        with suppress(OSError), listener.accept()[0] as connection:
            connection.recv(65_536)
            connection.sendall(begin)
            while not ended.wait(0.05):
                connection.sendall(each)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        try:
            yield f"openai:toy@http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            ended.set()


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("begin", "each"),
    [
        (b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    ],
    ids=["header", "continue", "chunk extension", "body"],
)
def test_a_server_that_drips_is_given_up_in_time(begin, each):
    with dripping(begin, each) as reference:
        start = time.monotonic()
        with pytest.raises(SourceUnavailableError, match=r"no complete answer within 0\.3 s"):
            Connection(parse_reference(reference), timeout_s=0.3, waits_s=()).get("/models")
    assert time.monotonic() - start < 1.5


def test_the_time_of_one_exchange_is_not_that_of_the_next(reference, toy):
    connection = Connection(parse_reference(reference), timeout_s=1.0, waits_s=())
    toy.trouble = lambda path, request, answer: time.sleep(0.6) or answer
    connection.get("/models")
    assert connection.get("/models").content["data"]


def test_a_huge_answer_is_not_read_to_its_end(reference, toy, monkeypatch):
    monkeypatch.setattr("leaderboard.backends.openai.connection.LARGEST_ANSWER", 1_000_000)
    toy.trouble = lambda *_: (200, {}, b" " * 2_000_000)
    with pytest.raises(SourceUnavailableError, match="larger than 1 MB"):
        Connection(parse_reference(reference), waits_s=()).get("/models")


def test_no_server_is_one_message_with_the_commands_that_start_one():
    backend = OpenAIBackend(ComputeOptions(), waits_s=())
    with pytest.raises(SourceUnavailableError) as raised:
        backend.resolve("openai:org/toy@http://127.0.0.1:9/v1")
    first, place, *commands, last = str(raised.value).splitlines()
    assert first.startswith("http://127.0.0.1:9/v1/models: ")
    assert "No server accepts connections at 127.0.0.1:9" in place
    assert commands == ["    vllm serve org/toy --port 9", "    llama-server -m toy.gguf --port 9"]
    assert last.endswith("openai:MODEL@http://HOST:PORT/v1")


def test_a_model_that_the_server_does_not_have_is_named_with_those_it_has(backend, reference):
    with pytest.raises(RequestError, match="Did you mean 'toy'"):
        backend.resolve(reference.replace("openai:toy", "openai:toi"))


def test_a_server_that_can_do_nothing_is_refused_with_what_it_answered(backend, toy, reference):
    toy.trouble = lambda path, request, answer: (
        answer if path == "/v1/models" else (404, {}, {"detail": "nothing here"})
    )
    with pytest.raises(SourceUnavailableError, match="nothing here"):
        backend.resolve(reference)


def test_a_server_that_ignores_echo_gives_no_log_likelihoods(backend):
    with serving(Toy(echo=False)) as reference:
        model = backend.load(backend.resolve(reference))
        with pytest.raises(NotMeasurableError, match="no `logprobs` of the tokens of its prompt"):
            model.likelihood()


def test_log_probabilities_behind_a_bias_are_not_taken_for_the_models(backend):
    def biased(path, request, answer):
        if path == "/completion":
            answer["completion_probabilities"][0]["logprob"] = 0.0
        return answer

    with serving(Toy(echo=False, llama_cpp=True, trouble=biased)) as reference:
        model = backend.load(backend.resolve(reference))
        with pytest.raises(NotMeasurableError, match="behind the bias"):
            model.likelihood()


def test_answers_in_another_order_belong_to_their_requests(model, toy):
    expected = model.likelihood().loglikelihoods(REQUESTS, remember=False)
    toy.trouble = lambda path, request, answer: time.sleep(0.1 if "good" in request["prompt"] else 0) or answer
    assert (model.likelihood().loglikelihoods(REQUESTS, remember=False) == expected).all()


def test_the_key_is_sent_and_never_shown(backend, toy, reference, monkeypatch, caplog):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level("DEBUG")
    resolved = backend.resolve(reference)
    assert toy.keys == {f"Bearer {KEY}"}
    assert KEY not in f"{resolved}{dict(resolved.identity)}{backend.environment(resolved)}{caplog.text}"
    toy.trouble = lambda *_: (401, {}, {"error": {"message": f"Incorrect API key provided: {KEY}"}})
    with pytest.raises(SourceUnavailableError, match="refuses the key in OPENAI_API_KEY") as raised:
        backend.load(resolved).generator().generate(["The film"], Sampling(max_new_tokens=2))
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("value", ["schlüssel-0123456789", "toy\nkey-0123456789", "toy-key\x7f0123456789"])
def test_a_key_that_no_header_can_hold_is_refused_without_its_value(backend, reference, monkeypatch, value):
    monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(RequestError, match="OPENAI_API_KEY: the key has characters") as raised:
        backend.check(reference)
    assert "0123456789" not in str(raised.value)


@pytest.mark.parametrize(
    "encode",
    [
        lambda key: base64.b64encode(f"Bearer {key}".encode()).decode(),
        lambda key: base64.b64encode(f"a{key}b".encode()).decode(),
        lambda key: base64.urlsafe_b64encode(f"ab{key}abc".encode()).decode(),
        lambda key: f"Bearer {key}".encode().hex(),
        lambda key: key.encode().hex().upper(),
        lambda key: "x" * 285 + key,  # where the message is shortened
    ],
)
def test_the_key_is_hidden_in_other_forms(backend, toy, reference, monkeypatch, encode):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    text = encode(KEY)
    toy.trouble = lambda *_: (401, {}, {"error": {"message": f"wrong: {text}"}})
    with pytest.raises(SourceUnavailableError, match="refuses the key") as raised:
        backend.resolve(reference)
    shown = str(raised.value)
    assert not any(
        text[place : place + 16] in shown
        for place in range(12, len(text) - 16)
        if "x" * 9 not in text[place : place + 16]
    )


def test_a_server_without_a_key_says_which_variable_is_read(backend, toy, reference, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    toy.trouble = lambda *_: (401, {}, {"error": "unauthorized"})
    with pytest.raises(SourceUnavailableError, match="Set OPENAI_API_KEY or LEADERBOARD_SERVER_KEY"):
        backend.resolve(reference)


@pytest.mark.parametrize(
    ("url", "variable", "sent"),
    [
        ("http://192.0.2.1/v1", "OPENAI_API_KEY", False),  # readable on the way
        ("http://192.0.2.1/v1", "LEADERBOARD_SERVER_KEY", True),
        ("https://192.0.2.1/v1", "OPENAI_API_KEY", True),
        ("http://127.0.0.1/v1", "OPENAI_API_KEY", True),
    ],
)
def test_the_key_of_openai_is_not_sent_unencrypted_to_another_machine(url, variable, sent, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv(variable, KEY)
    headers = Connection(parse_reference(f"openai:m@{url}")).client.headers
    assert ("Authorization" in headers) is sent


def test_offline_reaches_this_machine_alone(reference):
    backend = OpenAIBackend(ComputeOptions(offline=True))
    assert backend.resolve(reference).name == "toy"
    with pytest.raises(SourceUnavailableError, match="the run is offline"):
        backend.resolve("openai:m@http://192.0.2.1/v1")


@pytest.mark.parametrize("value", ["0", "-1", "many", "1e3", "99999999999999999999"])
def test_a_wrong_number_of_requests_is_refused(backend, reference, monkeypatch, value):
    monkeypatch.setenv("LEADERBOARD_SERVER_CONCURRENCY", value)
    with pytest.raises(RequestError, match="LEADERBOARD_SERVER_CONCURRENCY"):
        backend.check(reference)
