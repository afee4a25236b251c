"""Concurrent questions to a server, with a cache of answers and a check whether answers repeat."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leaderboard.backends.openai.connection import Connection
from leaderboard.backends.progress import Progress, silent
from leaderboard.cache.answer_file import AnswerFile, Float32Array
from leaderboard.identity import digest

REPEATED = 3
"""Number of answers of each kind that are requested once more."""
_KEY_BYTES = 16
_CLOSE = 1e-4
"""Largest difference of log-probabilities, in nats, that counts as the same answer: rounding of float32 sums."""


@dataclass
class Repetition:
    """Counts of answers that were requested twice in an evaluation.

    Attributes:
        same: number of equal answers.
        total: number of answers.
        difference: largest difference of a log-probability, in nats.
    """

    same: int = 0
    total: int = 0
    difference: float = 0.0


@dataclass
class Questions:
    """Asks a server many questions at a time.

    Attributes:
        connection: to the server.
        concurrency: number of requests at the same time.
        progress: called after every answer.
        answers: cache of answers; None to remember nothing.
        repetitions: by kind of question.
    """

    connection: Connection
    concurrency: int
    progress: Progress = silent
    answers: AnswerFile | None = None
    repetitions: dict[str, Repetition] = field(default_factory=dict)

    def ask(
        self,
        kind: str,
        questions: Sequence[Any],
        answer: Callable[[Any], Float32Array],
        *,
        work: str,
        remember: bool = True,
        repeatable: bool = True,
    ) -> list[Float32Array]:
        """Return one array for each question, from the cache where possible; equal questions are asked once.

        Args:
            kind: kind of question, with everything that changes its answer.
            questions: JSON-like and hashable.
            answer: asks the server one of them.
            work: name of the work, for the progress display.
            remember: whether to read and write the cache.
            repeatable: whether equal questions should have equal answers, which is checked once an evaluation.

        Raises:
            LeaderboardError: the first error of an answer; the requests that wait are cancelled.
        """
        keys = {question: _key(kind, question) for question in questions}
        cache = self.answers if remember else None
        known_answers = {} if cache is None else dict(cache.recall(list(keys.values())))
        missing = [question for question, key in keys.items() if key not in known_answers]
        for question, value in self._concurrently(missing, answer):
            known_answers[keys[question]] = value
            if cache is not None:
                cache.keep({keys[question]: value})
            self.progress(work, 1, len(missing))
        if remember and repeatable and missing and kind not in self.repetitions:
            self.repetitions[kind] = self._repeat(missing[:REPEATED], answer, keys, known_answers)
        return [known_answers[keys[question]] for question in questions]

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Silence the progress of single answers; yields the progress."""
        progress, self.progress = self.progress, silent
        try:
            yield progress
        finally:
            self.progress = progress

    def _repeat(
        self,
        questions: Sequence[Any],
        answer: Callable[[Any], Float32Array],
        keys: Mapping[Any, bytes],
        first: Mapping[bytes, Float32Array],
    ) -> Repetition:
        repetition = Repetition()
        for question, again in self._concurrently(questions, answer):
            before = first[keys[question]]
            difference = float(np.abs(again - before).max(initial=0)) if again.shape == before.shape else np.inf
            repetition.total += 1
            repetition.same += difference <= _CLOSE
            repetition.difference = max(repetition.difference, difference)
        return repetition

    def _concurrently(
        self, questions: Sequence[Any], answer: Callable[[Any], Float32Array]
    ) -> Iterator[tuple[Any, Float32Array]]:
        """Yield each question with its answer, in the order in which the answers come."""
        if len(questions) == 1:  # which may be timed: no thread for it
            yield questions[0], answer(questions[0])
            return
        with ThreadPoolExecutor(min(self.concurrency, len(questions) or 1)) as pool:
            futures = {pool.submit(answer, question): question for question in questions}
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result()
            except BaseException:
                self.connection.cancel()
                pool.shutdown(wait=True, cancel_futures=True)
                self.connection.resume()
                raise


def _key(kind: str, question: Any) -> bytes:
    return bytes.fromhex(digest([kind, question]))[:_KEY_BYTES]
