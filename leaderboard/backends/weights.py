"""The interface of costs and timing of models whose weights are on this machine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.backends.energy import EnergyMeter
from leaderboard.errors import NotMeasurableError


class Cost(StrEnum):
    """A cost of a model that does not depend on the speed of the machine."""

    PEAK_MEMORY = "peak_memory"
    PARAMETERS = "parameters"
    WEIGHT_BYTES = "weight_bytes"
    FLOPS = "flops"


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Seconds of the steps of a fresh process up to its first answer.

    Attributes:
        importing: starting Python and importing libraries, and ending the process.
        loading: weights and tokenizer, onto the device.
        first_pass: over 128 tokens.
    """

    importing: float
    loading: float
    first_pass: float


class Weights(ABC):
    """The weights that an answer of a subject runs, and the device that they are on."""

    @abstractmethod
    def costs(self, answer: Callable[[], object]) -> Iterator[tuple[Cost, Mapping[str, int | str]]]:
        """Yield each cost once: its `value`, or the `reason` why there is none. A failure does not stop the others.

        Args:
            answer: gives one answer, to see what of the models it runs.
        """

    @abstractmethod
    def relocate(self) -> None:
        """Copy the weights to another place in memory, where that is possible.

        What differs from one start of the program to the next, such as where weights are in memory, differs between
        rounds of timing then.
        """

    @abstractmethod
    def reference(self) -> Callable[[], None]:
        """A fixed workload on the same device, which every subject is timed against."""

    @abstractmethod
    def wait(self) -> None:
        """Wait until the device is idle: a GPU computes on after a call has returned."""

    def uncached(self) -> AbstractContextManager[None]:
        """Return a context in which answers are computed anew, also those to several texts at a time.

        Raises:
            NotMeasurableError: For a backend whose answers may come from a cache.
        """
        raise NotMeasurableError("its backend may take answers from a cache, so that batches of them cannot be timed")

    def energy_meter(self) -> EnergyMeter:
        """Return the energy counter of the device.

        Raises:
            NotMeasurableError: When the device has none that this program can read, with the reason.
        """
        raise NotMeasurableError("its backend reads no energy counter")

    def cold_start(self) -> ColdStart:
        """Return the times of a fresh process that loads the model and runs one pass.

        Raises:
            NotMeasurableError: When no process starts with these weights alone, or it fails.
        """
        raise NotMeasurableError("its backend starts no process that loads the model")
