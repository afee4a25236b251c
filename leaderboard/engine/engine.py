"""Engine: spends the forward passes of a run, all on one device, with a fixed number of threads."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

import torch

from leaderboard.engine.answers import Answers, Float32Array, question
from leaderboard.engine.batching import Batch, Batcher, Row
from leaderboard.engine.memory import budget_of
from leaderboard.errors import RequestError
from leaderboard.models.loaded import LoadedModel

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many rows it finished just now, and how many there are in all."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass
class Engine:
    """Where forward passes are run.

    Attributes:
        device: of every model it is given.
        threads: CPU threads torch may use; fixed, since it changes both speed and the last bits of results.
        progress: told about every batch.
        answers: what was answered before.
        tree_readers: models that were tried, and whether they read token trees rightly (see `engine.scoring`).
    """

    device: torch.device
    threads: int
    progress: Progress = silent
    answers: Answers = field(default_factory=Answers)
    tree_readers: WeakKeyDictionary[torch.nn.Module, bool] = field(default_factory=WeakKeyDictionary)
    _batchers: WeakKeyDictionary[torch.nn.Module, Batcher] = field(init=False, default_factory=WeakKeyDictionary)

    def __post_init__(self) -> None:
        torch.set_num_threads(self.threads)

    def stream(
        self,
        model: LoadedModel,
        rows: Sequence[Row],
        forward: Callable[[Batch], Sequence[T]],
        *,
        what: str,
        packed: bool = False,
    ) -> Iterator[list[tuple[Row, T]]]:
        """Batch by batch, each distinct row with its result, without gradients; see `Batcher.run`."""
        total = len(set(rows))

        def without_gradients(batch: Batch) -> Sequence[T]:
            with torch.inference_mode():
                return forward(batch)

        for batch in self._batcher(model).run(rows, without_gradients, packed=packed):
            self.progress(what, len(batch), total)
            yield batch

    def run(
        self, model: LoadedModel, rows: Sequence[Row], forward: Callable[[Batch], Sequence[T]], *, what: str
    ) -> list[T]:
        """One result a row, in the order of the rows; equal rows are computed once."""
        results = {row: value for batch in self.stream(model, rows, forward, what=what) for row, value in batch}
        return [results[row] for row in rows]

    def ask(
        self,
        model: LoadedModel,
        rows: Sequence[Row],
        forward: Callable[[Batch], Sequence[Float32Array]],
        *,
        kind: str,
        what: str,
    ) -> list[Float32Array]:
        """As `run`, but rows that were asked the same before are not computed again.

        Args:
            model: the model.
            rows: what it is asked about.
            forward: one array of one dimension for each row of a batch.
            kind: names the question, of which each kind has its own answers; at most 16 letters.
            what: named to whoever watches the progress.
        """
        keys = {row: question(kind, row.ids, [number for read in row.reads for number in read]) for row in rows}
        answers = self.answers.recall(model, list(keys.values()))
        unknown = [row for row, key in keys.items() if key not in answers]
        for batch in self.stream(model, unknown, forward, what=what):
            new = {keys[row]: answer for row, answer in batch}
            self.answers.keep(model, new)
            answers |= new
        return [answers[keys[row]] for row in rows]

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Tell nothing of single batches; gives the progress, to tell what they were for."""
        progress, self.progress = self.progress, silent
        try:
            yield progress
        finally:
            self.progress = progress

    def _batcher(self, model: LoadedModel) -> Batcher:
        if model.module not in self._batchers:
            pad = model.tokenizer.pad_token_id
            made = Batcher(budget_of(model, self.device), self.device, pad_id=0 if pad is None else int(pad))
            self._batchers[model.module] = made
        return self._batchers[model.module]


def choose_device(name: str) -> torch.device:
    """The device that a flag names: `auto` takes the first GPU, or the CPU where there is none.

    Raises:
        RequestError: for a device that does not exist here.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda:0" if gpus else "cpu")
    known = ["auto", "cpu", *(f"cuda:{index}" for index in range(gpus))]
    if name == "cuda" and gpus:
        name = "cuda:0"
    if name not in known:
        raise RequestError(f"--device {name}: no such device here\n  Known: {', '.join(known)}")
    return torch.device(name)
