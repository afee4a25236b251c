"""Load on a server: a number of requests at the same time, each followed by the next one."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from leaderboard.backends.streaming import StreamedAnswer, Streamer


@dataclass(frozen=True, slots=True)
class LoadSample:
    """A streamed answer under load.

    Attributes:
        start: seconds from the beginning of its round to its request.
        answer: with the times of its parts from its request on.
    """

    start: float
    answer: StreamedAnswer


def under_load(streamer: Streamer, prompts: Sequence[str], tokens: int, concurrency: int) -> Iterator[LoadSample]:
    """Request one answer for each prompt, a number of them at a time; yields them as they end.

    A closed loop: a request is sent as soon as another one ends, as the option `--max-concurrency` of vLLM's
    `benchmark_serving` and `--concurrency` of genai-perf do.

    Args:
        streamer: text of the server.
        prompts: one for each request.
        tokens: length of each answer.
        concurrency: number of requests at the same time.

    Raises:
        LeaderboardError: the first error of an answer; the requests that wait are cancelled.
    """
    begin = time.perf_counter()

    def sample(prompt: str) -> LoadSample:
        start = time.perf_counter() - begin
        return LoadSample(start, streamer.stream(prompt, tokens))

    with ThreadPoolExecutor(concurrency) as pool:
        futures = [pool.submit(sample, prompt) for prompt in prompts]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
