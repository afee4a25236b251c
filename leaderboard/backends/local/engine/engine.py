"""The engine, which runs forward passes on one device or several of the same kind, with a fixed number of threads."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import torch

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.answer_cache import AnswerCache, answer_key
from leaderboard.backends.local.engine.batch_limits import CPU_BATCH_COST, budget_of
from leaderboard.backends.local.engine.batching import Batch, BatchBudget, Batcher, Row
from leaderboard.backends.local.engine.layouts import (
    Layout,
    LayoutTrial,
    LayoutUse,
    cost_of,
    layout_note,
    try_out,
    width_for,
)
from leaderboard.backends.local.engine.replicas import at_once, copy_to
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.progress import Progress, silent
from leaderboard.cache.answer_file import Float32Array

T = TypeVar("T")

Forward = Callable[[Batch], Sequence[T]]
"""Returns one result for each row of a batch."""

Reader = Callable[[LoadedModel], Forward[T]]
"""Creates the forward function of one copy of a model; called once for each copy."""


@dataclass
class Engine:
    """Runs forward passes.

    Attributes:
        device: Device of every model.
        replicas: further devices, each of which gets a copy of a model and a share of the rows.
        spread: devices that one copy of each model is spread over; none where it stands on `device`.
        threads: CPU threads torch may use; fixed, since it changes both speed and the last bits of results.
        progress: Called after every batch.
        answers: Cache of answers.
        features: Cached feature vectors of texts, by layer and pooling (see `engine.features`).
        tree_readers: Whether tested models read token trees correctly (see `engine.tree_trial`), or decode several
            continuations of one context at once (see `engine.decoder_reader`).
        tree_widths: Widest line of trees that each model was tested with, in tokens.
        layouts: which rows of each model may share a batch, for each use (see `engine.layouts`).
        cuts: how many texts were cut to how many tokens since it was emptied last.
        cut_texts: texts of which features were cut, by the tokens they were cut to.
        peaks: memory that models took at most, in bytes, by what of them was run (see `axes.latency`).
        keeps_features: Whether feature vectors are read from and written to `features`.
    """

    device: torch.device
    threads: int
    progress: Progress = silent
    answers: AnswerCache = field(default_factory=AnswerCache)
    replicas: tuple[torch.device, ...] = ()
    spread: tuple[torch.device, ...] = ()
    features: WeakKeyDictionary[torch.nn.Module, dict[Any, dict[Any, Float32Array]]] = field(
        default_factory=WeakKeyDictionary
    )
    tree_readers: WeakKeyDictionary[torch.nn.Module, bool] = field(default_factory=WeakKeyDictionary)
    tree_widths: WeakKeyDictionary[torch.nn.Module, int] = field(default_factory=WeakKeyDictionary)
    layouts: WeakKeyDictionary[torch.nn.Module, dict[LayoutUse, LayoutTrial]] = field(default_factory=WeakKeyDictionary)
    cuts: Counter[int] = field(default_factory=Counter)
    cut_texts: WeakKeyDictionary[torch.nn.Module, dict[int, set[Any]]] = field(default_factory=WeakKeyDictionary)
    peaks: WeakKeyDictionary[torch.nn.Module, dict[Any, int]] = field(default_factory=WeakKeyDictionary)
    keeps_features: bool = True
    _copies: WeakKeyDictionary[torch.nn.Module, list[LoadedModel]] = field(
        init=False, default_factory=WeakKeyDictionary
    )
    _tokens_without_trial: WeakKeyDictionary[torch.nn.Module, int] = field(
        init=False, default_factory=WeakKeyDictionary
    )
    _batchers: WeakKeyDictionary[torch.nn.Module, Batcher] = field(init=False, default_factory=WeakKeyDictionary)

    def __post_init__(self) -> None:
        torch.set_num_threads(self.threads)

    def stream(
        self,
        model: LoadedModel,
        rows: Sequence[Row],
        reader: Reader[T],
        *,
        work: str,
        packed: bool = False,
        use: LayoutUse = LayoutUse.READ,
        prefix_length: int = 0,
    ) -> Iterator[list[tuple[Row, T]]]:
        """Yield each distinct row with its result, batch by batch, without gradients; see `Batcher.run`.

        Raises:
            NotMeasurableError: For a model that cannot read text, or is not deterministic.
        """
        waiting = sorted(set(rows), key=lambda row: len(row.ids), reverse=True)
        if not waiting:
            return
        copies = [model, *self._copies_of(model)] if len(waiting) > 1 else [model]
        layout = Layout.ANY if packed or len(waiting) == 1 else self.layout(model, waiting, use)
        # On a GPU, and for each token that is written, another batch costs more than padding.
        is_split = self.device.type == "cpu" and use is LayoutUse.READ and not packed and not prefix_length
        streams = [
            self._batcher(copy).run(
                waiting[number :: len(copies)],
                _without_gradients(reader(copy)),
                packed=packed,
                layout=layout,
                prefix_length=prefix_length,
                batch_cost=CPU_BATCH_COST if is_split else None,
            )
            for number, copy in enumerate(copies)
        ]
        for batch in at_once(streams):
            self.progress(work, len(batch), len(waiting))
            yield batch

    def run(self, model: LoadedModel, rows: Sequence[Row], reader: Reader[T], *, work: str) -> list[T]:
        """Return one result a row, in the order of the rows; equal rows are computed once."""
        results = {row: value for batch in self.stream(model, rows, reader, work=work) for row, value in batch}
        return [results[row] for row in rows]

    def ask(
        self,
        model: LoadedModel,
        rows: Sequence[Row],
        reader: Reader[Float32Array],
        *,
        kind: str,
        work: str,
        use: LayoutUse = LayoutUse.READ,
    ) -> list[Float32Array]:
        """Return one result a row as `run` does, from the cache of answers where possible.

        Args:
            model: The model.
            rows: The rows.
            reader: Returns one array of one dimension for each row of a batch.
            kind: Kind of output, part of the key of an answer; at most 16 letters.
            work: Name of the work, for the progress display.
            use: Whether the reader reads rows or continues them.
        """
        self.count_cuts(dict.fromkeys(rows))
        keys = {row: row_key(kind, row) for row in rows}
        answers = self.answers.recall(model, list(keys.values()))
        missing = [row for row, key in keys.items() if key not in answers]
        for batch in self.stream(model, missing, reader, work=work, use=use):
            computed = {keys[row]: answer for row, answer in batch}
            self.answers.keep(model, computed)
            answers |= computed
        return [answers[keys[row]] for row in rows]

    def layout(self, model: LoadedModel, rows: Sequence[Row], use: LayoutUse = LayoutUse.READ) -> Layout:
        """Return which of the rows may share a batch.

        Determined by a trial as wide as the rows, once the model has more work than a trial costs; until then rows are
        computed one at a time, which is correct for every model.
        """
        if model.kind is ModelKind.TRANSLATOR:  # reads and writes at once; nothing is padded
            return Layout.EQUAL
        trials = self.layouts.setdefault(model.module, {})
        longest = max(len(row.ids) for row in rows)
        trial = trials.get(use)
        if trial is not None and (trial.layout is not Layout.ANY or trial.width >= longest):
            return trial.layout
        width = width_for(model, longest)
        tokens = self._tokens_without_trial.get(model.module, 0) + sum(len(row.ids) for row in rows)
        if tokens < cost_of(width):
            self._tokens_without_trial[model.module] = tokens
            return Layout.ALONE
        trials[use] = try_out(model, width, use)
        return trials[use].layout

    def notes(self, models: Sequence[LoadedModel]) -> tuple[str, ...]:
        """Return notes on how texts were truncated and rows of these models batched, one sentence each."""
        cuts = [f"{number} texts were longer than {tokens} tokens and were cut" for tokens, number in self.cuts.items()]
        tried = [(model, each.layout) for model in models for each in self.layouts.get(model.module, {}).values()]
        return tuple(dict.fromkeys(note for note in (*cuts, *(layout_note(*each) for each in tried)) if note))

    def count_cuts(self, rows: Iterable[Row]) -> None:
        """Count truncated texts, for `notes`."""
        self.cuts.update(len(row.ids) for row in rows if row.cut)

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Silence the progress of single batches; yields the progress for the caller's own reports."""
        progress, self.progress = self.progress, silent
        try:
            yield progress
        finally:
            self.progress = progress

    @contextmanager
    def uncached(self) -> Iterator[None]:
        """Compute everything anew, and cache nothing of it: for batches that are timed."""
        answers, self.answers = self.answers, AnswerCache()
        self.keeps_features = False
        try:
            yield
        finally:
            self.answers, self.keeps_features = answers, True

    def _copies_of(self, model: LoadedModel) -> list[LoadedModel]:
        """Return the copies of a model on the further devices."""
        if model.module not in self._copies:
            self._copies[model.module] = [copy_to(model, device) for device in self.replicas]
        return self._copies[model.module]

    def budget(self, model: LoadedModel) -> BatchBudget:
        """Return the limits of one batch of a model."""
        return self._batcher(model).budget

    def _batcher(self, model: LoadedModel) -> Batcher:
        if model.module not in self._batchers:
            self._batchers[model.module] = Batcher(budget_of(model), model.device, pad_id=model.pad_id)
        return self._batchers[model.module]


def row_key(kind: str, row: Row) -> bytes:
    """Return the key of a row's answer, from every field of the row.

    Raises:
        TypeError: For a field that is neither a number nor a sequence of numbers.
    """
    return answer_key(kind, *(_numbers(getattr(row, field.name)) for field in fields(row)))


def _numbers(value: Any) -> Sequence[int]:
    if isinstance(value, int):
        return (value,)
    return tuple(chain.from_iterable(value)) if value and isinstance(value[0], tuple) else value


def _without_gradients(forward: Forward[T]) -> Forward[T]:
    def run(batch: Batch) -> Sequence[T]:
        with torch.inference_mode():
            return forward(batch)

    return run
