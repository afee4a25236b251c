"""Target: one kind of input that strangers can write, and the function of the program that reads it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

Seeds = Callable[[], Sequence[bytes]]
Change = Callable[[Random, Sequence[bytes]], bytes]
Read = Callable[[bytes, Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is fuzzed.

    Attributes:
        name: of the kind of input; its folder of regression examples has that name too.
        inputs: how many a whole run tries.
        seeds: valid inputs to start from: what the program ships, and what its documentation shows.
        change: makes an input of the seeds, from random numbers alone.
        read: calls the program's own reading function. Only errors of the `LeaderboardError` family may leave it.
            The folder is its own, and the working directory.
        anywhere: whether its inputs may name any file for reading: those that users type, and no stranger.
        apart: whether the program reads it in a process of its own, which may end at once.
    """

    name: str
    inputs: int
    seeds: Seeds
    change: Change
    read: Read
    anywhere: bool = False
    apart: bool = False
