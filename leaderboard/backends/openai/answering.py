"""Concurrent questions to a server, with a cache of answers and a check whether answers repeat."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
"""Number of answers of each kind that are requested once more, and of those in the cache that are."""
_KEY_BYTES = 16
_CLOSE = 1e-4
"""Largest difference of log-probabilities, in nats, that counts as the same answer: rounding of float32 sums."""
_OF_ANOTHER_MODEL = 10
"""Ratio of two distances above which a cached answer is another model's: that between a new answer and the cached one,
to that between two new ones, since batches change the log-probabilities of many servers a little."""


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
        notes: sentences on the cached answers that this evaluation used or discarded.
    """

    connection: Connection
    concurrency: int
    progress: Progress = silent
    answers: AnswerFile | None = None
    repetitions: dict[str, Repetition] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _checked: set[str] = field(default_factory=set)
    _own: set[bytes] = field(default_factory=set)

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

        A server may have another model under the same name than when it gave the answers in the cache. So some of those
        are requested again, once for each kind, and all are discarded where that shows another model.

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
        known_answers = {} if cache is None else self._recall(cache, kind, keys, answer, repeatable=repeatable)
        missing = [question for question, key in keys.items() if key not in known_answers]
        for question, value in self._concurrently(missing, answer):
            known_answers[keys[question]] = value
            if cache is not None:
                cache.keep({keys[question]: value})
                self._own.add(keys[question])
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

    def _recall(
        self,
        cache: AnswerFile,
        kind: str,
        keys: Mapping[Any, bytes],
        answer: Callable[[Any], Float32Array],
        *,
        repeatable: bool,
    ) -> dict[bytes, Float32Array]:
        """Return the answers in the cache, unless another model gave them."""
        cached = dict(cache.recall(list(keys.values())))
        earlier = [question for question, key in keys.items() if key in cached and key not in self._own]
        if earlier and not repeatable:
            self._note(f"{kind} of an earlier run were used; whether the server still has that model is unknown")
        if not earlier or not repeatable or kind in self._checked:
            return cached
        self._checked.add(kind)
        some = earlier[:REPEATED]
        again = {keys[question]: value for question, value in self._concurrently(some, answer)}
        different = [question for question in some if _distance(again[keys[question]], cached[keys[question]]) > _CLOSE]
        own = dict(self._concurrently(different, answer))
        if any(
            _distance(again[keys[question]], cached[keys[question]])
            > _OF_ANOTHER_MODEL * _distance(own[question], again[keys[question]])
            for question in different
        ):
            cache.clear()
            self._note(
                f"the server gives other {kind} than in an earlier run ({len(different)} of {len(some)} differ), as "
                "another model under the same name does: the cached answers were discarded"
            )
            return {}
        self.repetitions[kind] = self._repetition((again[keys[each]], cached[keys[each]]) for each in some)
        return cached

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _repeat(
        self,
        questions: Sequence[Any],
        answer: Callable[[Any], Float32Array],
        keys: Mapping[Any, bytes],
        first: Mapping[bytes, Float32Array],
    ) -> Repetition:
        return self._repetition(
            (again, first[keys[question]]) for question, again in self._concurrently(questions, answer)
        )

    @staticmethod
    def _repetition(pairs: Iterable[tuple[Float32Array, Float32Array]]) -> Repetition:
        """Return the counts of pairs of answers to equal questions."""
        distances = [_distance(again, before) for again, before in pairs]
        same = sum(distance <= _CLOSE for distance in distances)
        return Repetition(same, len(distances), max(distances, default=0.0))

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


def _distance(one: Float32Array, other: Float32Array) -> float:
    """Return the largest difference of the numbers of two answers; infinite for answers of different shapes."""
    return float(np.abs(one - other).max(initial=0)) if one.shape == other.shape else np.inf
