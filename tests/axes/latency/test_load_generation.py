import threading
import time

import pytest

from leaderboard.axes.latency.load_generation import under_load
from leaderboard.backends.streaming import StreamedAnswer
from leaderboard.errors import SourceUnavailableError


class Streams:
    """A streamer that counts requests, and fails at one prompt."""

    def __init__(self, fails=""):
        self.fails, self.lock, self.now, self.most, self.total = fails, threading.Lock(), 0, 0, 0

    def stream(self, prompt, tokens):
        with self.lock:
            self.now += 1
            self.total += 1
            self.most = max(self.most, self.now)
        time.sleep(0.005)
        with self.lock:
            self.now -= 1
        if prompt == self.fails:
            raise SourceUnavailableError("HTTP 500")
        return StreamedAnswer((0.001,), 0.005, len(prompt), tokens)


def test_so_many_requests_are_sent_at_the_same_time():
    streams = Streams()
    samples = list(under_load(streams, [str(number) for number in range(12)], 4, 3))
    assert len(samples) == 12
    assert streams.most == 3
    starts = sorted(sample.start for sample in samples)
    assert starts[2] < starts[3]  # the fourth begins as one of the first three ends
    assert starts[3] >= 0.005


def test_an_error_cancels_the_requests_that_wait():
    streams = Streams(fails="2")
    with pytest.raises(SourceUnavailableError, match="HTTP 500"):
        list(under_load(streams, [str(number) for number in range(100)], 4, 2))
    assert streams.total < 50
