"""Streamed answers, of a toy server that streams well and of one that misbehaves."""

import time

import pytest

from leaderboard.backends.openai.connection import Connection
from leaderboard.backends.openai.reference import parse_reference
from leaderboard.backends.openai.scorers import ServedModelName
from leaderboard.backends.openai.streamer import ServedStreamer
from leaderboard.backends.openai.writers import ChatWriter, CompletionWriter
from leaderboard.errors import NotMeasurableError, RequestError, SourceUnavailableError
from tests.backends.openai.toy_server import Events

EVENT = 'data: {"model": "toy", "choices": [{"text": " film", "finish_reason": %s}]}\n\n'


def streamer(reference, writer=CompletionWriter, **options):
    connection = Connection(parse_reference(reference), waits_s=(), **options)
    return ServedStreamer(writer(connection, ServedModelName("toy", "toy")), None)


@pytest.mark.parametrize("writer", [CompletionWriter, ChatWriter])
def test_each_token_has_its_time(reference, writer):
    answer = streamer(reference, writer).stream("The film", 6)
    assert answer.completion_tokens == 6
    assert 2 <= len(answer.arrivals) <= 6  # a busy machine reads some together
    assert list(answer.arrivals) == sorted(answer.arrivals)
    assert 0 < answer.arrivals[0] < answer.arrivals[-1] <= answer.seconds
    assert answer.prompt_tokens == 3
    assert answer.cached_tokens == 0


def test_the_time_of_the_first_token_is_that_of_its_text(reference, toy):
    toy.trouble = lambda path, request, events: Events([0.1, *events])
    assert streamer(reference, ChatWriter).stream("The film", 3).arrivals[0] >= 0.1


def test_events_that_arrive_together_are_one_part(reference, toy):
    toy.trouble = lambda path, request, events: Events(["".join(each for each in events if isinstance(each, str))])
    answer = streamer(reference).stream("The film", 6)
    assert (len(answer.arrivals), answer.completion_tokens) == (1, 6)


@pytest.mark.parametrize(
    ("refused", "fields"),
    [((), {"stream_options", "ignore_eos"}), (("ignore_eos",), {"stream_options"}), (("stream_options",), set())],
)
def test_fields_that_a_server_refuses_are_left_out(reference, toy, refused, fields):
    toy.refuses = refused
    served = streamer(reference)
    served.stream("The film", 3)
    sent = len(toy.requests)
    served.stream("The film", 3)
    assert len(toy.requests) == sent + 1
    assert {"stream_options", "ignore_eos"} & toy.requests[-1][1].keys() == fields
    assert bool(served.remarks) == ("ignore_eos" not in fields)


def test_an_open_connection_is_used_again(reference, toy):
    served = streamer(reference)
    pool = served._writer.connection.client._transport._pool
    for _ in range(3):
        served.stream("The film", 3)
        assert len(pool.connections) == 1
        assert pool.connections[0].is_idle()


def test_a_connection_that_the_server_has_closed_is_replaced(reference, toy):
    served = streamer(reference)
    served.stream("The film", 3)
    drops = iter([True, True, False])
    toy.trouble = lambda path, request, events: Events([Events.CLOSES]) if next(drops) else events
    assert served.stream("The film", 3).completion_tokens == 3


def test_a_server_that_closes_every_connection_is_an_error(reference, toy):
    toy.trouble = lambda path, request, events: Events([Events.CLOSES])
    with pytest.raises(SourceUnavailableError, match="disconnected"):
        streamer(reference).stream("The film", 3)


@pytest.mark.parametrize(
    ("trouble", "error", "message"),
    [
        (lambda *_: (500, {}, {"error": "out of memory"}), SourceUnavailableError, "HTTP 500: out of memory"),
        (lambda *_: (400, {}, {"error": "no streams here"}), NotMeasurableError, "no streams here"),
        (lambda *_: {"choices": [{"text": "a"}]}, NotMeasurableError, "ignores `stream`"),
        (lambda *_: Events([EVENT % "null", None]), SourceUnavailableError, "http://127"),
        (lambda *_: Events([EVENT % "null"]), SourceUnavailableError, "ended before the answer did"),
        (lambda *_: Events(['data: {"choices": [{"te\n\n']), SourceUnavailableError, "is no JSON"),
        (lambda *_: Events(["data: [1]\n\n"]), SourceUnavailableError, "no JSON object"),
        (lambda *_: Events(['data: {"error": {"message": "crash"}}\n\n']), SourceUnavailableError, "crash"),
        (lambda *_: Events([(EVENT % "null").replace("toy", "other")]), SourceUnavailableError, "'other' instead of"),
    ],
    ids=["500", "400", "no stream", "truncated", "no end", "half an event", "no object", "error", "other model"],
)
def test_a_wrong_stream_is_one_message_and_no_time(reference, toy, trouble, error, message):
    toy.trouble = trouble
    with pytest.raises(error, match=message):
        streamer(reference).stream("The film", 3)


def test_a_stream_that_hangs_is_given_up(reference, toy):
    toy.trouble = lambda path, request, events: Events([*events[:2], 2.0, *events[2:]])
    begin = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=r"no complete answer within 0\.3 s"):
        streamer(reference, timeout_s=0.3).stream("The film", 3)
    assert time.monotonic() - begin < 1.5


@pytest.mark.parametrize("other", [{}, {"LEADERBOARD_SERVER_COMPLETION_PRICE": "free"}])
def test_wrong_prices_are_refused(reference, backend, monkeypatch, other):
    monkeypatch.setenv("LEADERBOARD_SERVER_PROMPT_PRICE", "0.15")
    for name, value in other.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RequestError, match="LEADERBOARD_SERVER_COMPLETION_PRICE"):
        backend.check(reference)


def test_prices_are_part_of_the_environment_where_they_are_set(reference, backend, monkeypatch):
    resolved = backend.resolve(reference)
    assert "prices" not in backend.environment(resolved).details
    monkeypatch.setenv("LEADERBOARD_SERVER_PROMPT_PRICE", "0.15")
    monkeypatch.setenv("LEADERBOARD_SERVER_COMPLETION_PRICE", "0.6")
    assert backend.environment(resolved).details["prices"] == {"prompt": 0.15, "completion": 0.6}
