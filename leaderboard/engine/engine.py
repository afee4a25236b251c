"""Engine: spends the forward passes of a run, all on one device, with a fixed number of threads."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

import torch

from leaderboard.engine.batching import Batch, Batcher, Row
from leaderboard.errors import RequestError
from leaderboard.models.loaded import LoadedModel

T = TypeVar("T")

# On two CPU cores a model of 135 M parameters reads 625 tokens/s in batches of 512 tokens and 440 in batches of 4096,
# whose activations no longer fit the caches.
CPU_TOKEN_BUDGET = 512
GPU_TOKEN_BUDGET = 65_536

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
        tree_readers: models that were tried, and whether they read token trees rightly (see `engine.scoring`).
    """

    device: torch.device
    threads: int
    progress: Progress = silent
    tree_readers: WeakKeyDictionary[torch.nn.Module, bool] = field(default_factory=WeakKeyDictionary)
    _batcher: Batcher = field(init=False)

    def __post_init__(self) -> None:
        torch.set_num_threads(self.threads)
        self._batcher = Batcher(GPU_TOKEN_BUDGET if self.device.type == "cuda" else CPU_TOKEN_BUDGET, self.device)

    def run(
        self, model: LoadedModel, rows: Sequence[Row], forward: Callable[[Batch], Sequence[T]], *, what: str
    ) -> list[T]:
        """One result a row, in order, without gradients; see `Batcher.run`."""
        pad = model.tokenizer.pad_token_id
        with torch.inference_mode():
            return self._batcher.run(
                rows,
                forward,
                pad_id=0 if pad is None else int(pad),
                done=lambda finished: self.progress(what, finished, len(rows)),
            )

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Tell nothing of single batches; gives the progress, to tell what they were for."""
        progress, self.progress = self.progress, silent
        try:
            yield progress
        finally:
            self.progress = progress


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
