"""Progress events of a search. Each prints as one line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.evaluation.events import BatchFinished
from leaderboard.studies.names import SamplerName

if TYPE_CHECKING:
    from leaderboard.store.records import TrialRecord
    from leaderboard.studies.definition import Definition


@dataclass(frozen=True, slots=True)
class StudyBegun:
    """A study starts or is resumed.

    Attributes:
        name: of the study.
        definition: Definition of the study.
        trials: Existing trials of a resumed study.
    """

    name: str
    definition: "Definition"
    trials: tuple["TrialRecord", ...]

    def __str__(self) -> str:
        """Its name, and how far it is."""
        if self.trials:
            return f"study {self.name} is resumed after {len(self.trials)} trials"
        return f"study {self.name} starts"


@dataclass(frozen=True, slots=True)
class SamplerChosen:
    """The sampler was chosen."""

    sampler: SamplerName

    def __str__(self) -> str:
        """The sampler."""
        return f"points are proposed by {self.sampler}"


@dataclass(frozen=True, slots=True)
class TrialFinished:
    """A trial ended, in any process."""

    trial: "TrialRecord"

    def __str__(self) -> str:
        """Its number, state and losses."""
        losses = ", ".join(f"{loss:.3g}" for loss in self.trial.losses)
        return f"trial {self.trial.number}: {self.trial.reason.partition(chr(10))[0] or f'loss {losses}'}"


@dataclass(frozen=True, slots=True)
class FinalistStarted:
    """A finalist is scored on held-out data."""

    trial: "TrialRecord"

    def __str__(self) -> str:
        """Its number."""
        return f"trial {self.trial.number} is scored on what was held out"


SearchEvent = StudyBegun | SamplerChosen | TrialFinished | FinalistStarted | BatchFinished
SearchListener = Callable[[SearchEvent], None]
"""Called with every event of a search, in the process that was called; `print` is one."""


def ignore(_: SearchEvent) -> None:
    """Ignore the event."""
