"""Engine: spends the forward passes of a run, on one device or several alike, with a fixed number of threads."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import torch

from leaderboard.engine.answers import Answers, Float32Array, question
from leaderboard.engine.batching import Batch, Batcher, Budget, Row
from leaderboard.engine.layouts import Layout, Tried, Use, cost_of, note_of, try_out, width_for
from leaderboard.engine.memory import budget_of
from leaderboard.engine.replicas import at_once, copy_to
from leaderboard.models.loaded import LoadedModel, ModelKind

T = TypeVar("T")

Forward = Callable[[Batch], Sequence[T]]
"""Gives one result for each row of a batch."""

Reader = Callable[[LoadedModel], Forward[T]]
"""Makes the forward function of one copy of a model; called once for each copy."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many rows it finished just now, and how many there are in all."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass
class Engine:
    """Where forward passes are run.

    Attributes:
        device: of every model it is given.
        replicas: further devices, each of which gets a copy of a model and a share of the rows.
        spread: devices that one copy of each model is spread over; none where it stands on `device`.
        threads: CPU threads torch may use; fixed, since it changes both speed and the last bits of results.
        progress: told about every batch.
        answers: what was answered before.
        features: vectors of texts that models' bodies gave before, by how they were read off (see `engine.features`).
        tree_readers: models that were tried, and whether they read token trees rightly (see `engine.tree_trial`).
        tree_widths: of the widest line of trees that each was tried with, in tokens.
        layouts: which rows of each model may share a batch, for each use (see `engine.layouts`).
        cuts: how many texts were cut to how many tokens since it was emptied last.
        cut_texts: texts of which features were cut, by the tokens they were cut to.
        peaks: memory that models took at most, in bytes, by what of them was run (see `axes.latency`).
    """

    device: torch.device
    threads: int
    progress: Progress = silent
    answers: Answers = field(default_factory=Answers)
    replicas: tuple[torch.device, ...] = ()
    spread: tuple[torch.device, ...] = ()
    features: WeakKeyDictionary[torch.nn.Module, dict[Any, dict[Any, Float32Array]]] = field(
        default_factory=WeakKeyDictionary
    )
    tree_readers: WeakKeyDictionary[torch.nn.Module, bool] = field(default_factory=WeakKeyDictionary)
    tree_widths: WeakKeyDictionary[torch.nn.Module, int] = field(default_factory=WeakKeyDictionary)
    layouts: WeakKeyDictionary[torch.nn.Module, dict[Use, Tried]] = field(default_factory=WeakKeyDictionary)
    cuts: Counter[int] = field(default_factory=Counter)
    cut_texts: WeakKeyDictionary[torch.nn.Module, dict[int, set[Any]]] = field(default_factory=WeakKeyDictionary)
    peaks: WeakKeyDictionary[torch.nn.Module, dict[Any, int]] = field(default_factory=WeakKeyDictionary)
    _copies: WeakKeyDictionary[torch.nn.Module, list[LoadedModel]] = field(
        init=False, default_factory=WeakKeyDictionary
    )
    _untried: WeakKeyDictionary[torch.nn.Module, int] = field(init=False, default_factory=WeakKeyDictionary)
    _batchers: WeakKeyDictionary[torch.nn.Module, Batcher] = field(init=False, default_factory=WeakKeyDictionary)

    def __post_init__(self) -> None:
        torch.set_num_threads(self.threads)

    def stream(
        self,
        model: LoadedModel,
        rows: Sequence[Row],
        reader: Reader[T],
        *,
        what: str,
        packed: bool = False,
        use: Use = Use.READ,
        before: int = 0,
    ) -> Iterator[list[tuple[Row, T]]]:
        """Batch by batch, each distinct row with its result, without gradients; see `Batcher.run`.

        Raises:
            NotMeasurableError: for a model that cannot read text, or never answers twice alike.
        """
        waiting = sorted(set(rows), key=lambda row: len(row.ids), reverse=True)
        if not waiting:
            return
        copies = [model, *self._others(model)] if len(waiting) > 1 else [model]
        layout = Layout.ANY if packed or len(waiting) == 1 else self.layout(model, waiting, use)
        streams = [
            self._batcher(copy).run(
                waiting[number :: len(copies)],
                _without_gradients(reader(copy)),
                packed=packed,
                layout=layout,
                before=before,
            )
            for number, copy in enumerate(copies)
        ]
        for batch in at_once(streams):
            self.progress(what, len(batch), len(waiting))
            yield batch

    def run(self, model: LoadedModel, rows: Sequence[Row], reader: Reader[T], *, what: str) -> list[T]:
        """One result a row, in the order of the rows; equal rows are computed once."""
        results = {row: value for batch in self.stream(model, rows, reader, what=what) for row, value in batch}
        return [results[row] for row in rows]

    def ask(
        self,
        model: LoadedModel,
        rows: Sequence[Row],
        reader: Reader[Float32Array],
        *,
        kind: str,
        what: str,
        use: Use = Use.READ,
    ) -> list[Float32Array]:
        """As `run`, but rows that were asked the same before are not computed again.

        Args:
            model: the model.
            rows: what it is asked about.
            reader: gives one array of one dimension for each row of a batch.
            kind: names the question, of which each kind has its own answers; at most 16 letters.
            what: named to whoever watches the progress.
            use: what the reader does with rows.
        """
        self.count_cuts(dict.fromkeys(rows))
        keys = {row: row_key(kind, row) for row in rows}
        answers = self.answers.recall(model, list(keys.values()))
        unknown = [row for row, key in keys.items() if key not in answers]
        for batch in self.stream(model, unknown, reader, what=what, use=use):
            new = {keys[row]: answer for row, answer in batch}
            self.answers.keep(model, new)
            answers |= new
        return [answers[keys[row]] for row in rows]

    def layout(self, model: LoadedModel, rows: Sequence[Row], use: Use = Use.READ) -> Layout:
        """Which of the rows may share a batch.

        Found by a trial that is as wide as the rows, once more work was asked of the model than a trial costs; until
        then rows are computed one at a time, which is right for every model.
        """
        if model.kind is ModelKind.TRANSLATOR:  # reads and writes at once; nothing is padded
            return Layout.EQUAL
        tried = self.layouts.setdefault(model.module, {})
        longest = max(len(row.ids) for row in rows)
        known = tried.get(use)
        if known is not None and (known.layout is not Layout.ANY or known.width >= longest):
            return known.layout
        width = width_for(model, longest)
        work = self._untried.get(model.module, 0) + sum(len(row.ids) for row in rows)
        if work < cost_of(width):
            self._untried[model.module] = work
            return Layout.ALONE
        tried[use] = try_out(model, width, use)
        return tried[use].layout

    def notes(self, models: Sequence[LoadedModel]) -> tuple[str, ...]:
        """What a reader must know of how texts were cut and rows of these models batched, one sentence each."""
        cuts = [f"{number} texts were longer than {tokens} tokens and were cut" for tokens, number in self.cuts.items()]
        tried = [(model, each.layout) for model in models for each in self.layouts.get(model.module, {}).values()]
        return tuple(dict.fromkeys(note for note in (*cuts, *(note_of(*each) for each in tried)) if note))

    def count_cuts(self, rows: Iterable[Row]) -> None:
        """Remember how many texts were cut, for `notes`."""
        self.cuts.update(len(row.ids) for row in rows if row.cut)

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Tell nothing of single batches; gives the progress, to tell what they were for."""
        progress, self.progress = self.progress, silent
        try:
            yield progress
        finally:
            self.progress = progress

    def _others(self, model: LoadedModel) -> list[LoadedModel]:
        """The copies of a model on the further devices."""
        if model.module not in self._copies:
            self._copies[model.module] = [copy_to(model, device) for device in self.replicas]
        return self._copies[model.module]

    def budget(self, model: LoadedModel) -> Budget:
        """What one batch of a model may hold."""
        return self._batcher(model).budget

    def _batcher(self, model: LoadedModel) -> Batcher:
        if model.module not in self._batchers:
            self._batchers[model.module] = Batcher(budget_of(model), model.device, pad_id=model.pad_id)
        return self._batchers[model.module]


def row_key(kind: str, row: Row) -> bytes:
    """The key of a row's answer: every field of the row, whichever fields a row has.

    Raises:
        TypeError: for a field that is no number, nor a sequence of numbers.
    """
    return question(kind, *(_numbers(getattr(row, field.name)) for field in fields(row)))


def _numbers(value: Any) -> Sequence[int]:
    if isinstance(value, int):
        return (value,)
    return tuple(chain.from_iterable(value)) if value and isinstance(value[0], tuple) else value


def _without_gradients(forward: Forward[T]) -> Forward[T]:
    def run(batch: Batch) -> Sequence[T]:
        with torch.inference_mode():
            return forward(batch)

    return run
