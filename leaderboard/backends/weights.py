"""The interface of costs and timing of models whose weights are on this machine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum


class Cost(StrEnum):
    """A cost of a model that does not depend on the speed of the machine."""

    PEAK_MEMORY = "peak_memory"
    PARAMETERS = "parameters"
    WEIGHT_BYTES = "weight_bytes"
    FLOPS = "flops"


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
