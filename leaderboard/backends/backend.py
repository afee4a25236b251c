"""The interface of a backend, which computes for the model references of one scheme."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from leaderboard.backends.environment import Environment
from leaderboard.backends.model import Model
from leaderboard.backends.progress import Progress, silent
from leaderboard.backends.resolved import ResolvedReference

R = TypeVar("R", bound=ResolvedReference)


@dataclass(frozen=True, slots=True)
class ComputeOptions:
    """Options that the user gave for the computation. A backend without weights ignores the first three.

    Attributes:
        device: as `--device` names it.
        dtype: precision of the weights, or `auto`.
        threads: Number of CPU threads; None for the default of the backend.
        offline: Whether to do without the network.
    """

    device: str = "auto"
    dtype: str = "auto"
    threads: int | None = None
    offline: bool = False


class Backend(ABC, Generic[R]):
    """A way of computing with models, open for one run."""

    def __init__(self, options: ComputeOptions, progress: Progress = silent) -> None:
        """Open the backend without loading a model.

        Args:
            options: of the run.
            progress: called after every batch.
        """
        self.options = options
        self.progress = progress

    def check(self, reference: str) -> None:
        """Check the form of a reference before anything is looked up.

        Raises:
            RequestError: If no model of this backend can have such a reference.
        """
        del reference

    @abstractmethod
    def resolve(self, reference: str, *, helps: bool = False) -> R:
        """Resolve a reference to an exact model, without loading it.

        Args:
            reference: as the user typed it, scheme included.
            helps: Whether the model helps a recipe and is not measured itself.

        Raises:
            RequestError: when there is no such model, or not one that can be measured.
            SourceUnavailableError: when it cannot be reached from here.
        """

    @abstractmethod
    def load(self, model: R) -> Model:
        """Load a model so that it can compute.

        Raises:
            LeaderboardError: when that fails.
        """

    @abstractmethod
    def environment(self, model: R) -> Environment:
        """Return the environment in which a model is computed."""
