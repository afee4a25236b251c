"""Recipe: what is done to a model so that it can do a task. Frozen, hashed, named on the row."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from leaderboard.data.examples import Example
from leaderboard.engine.engine import Engine
from leaderboard.identity import digest
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.models.subject import Subject
from leaderboard.recipes.names import RecipeName
from leaderboard.registry import Registry
from leaderboard.tasks import Task


@dataclass(frozen=True)
class Recipe(ABC):
    """One way of preparing a model, for one task.

    Attributes:
        adapt_to: the task that the model is prepared for.
        task_digest: digest of that task, so that a recipe for another version of it is another recipe.
        seed: of everything random in the preparation.
    """

    adapt_to: str
    task_digest: str
    seed: int
    changes_weights: ClassVar[bool] = False
    """Whether the model itself is another one afterwards, and not only used in another way."""

    name: str = field(init=False)
    version: int = field(init=False, default=1)

    @property
    def details(self) -> Mapping[str, Any]:
        """Everything that makes this recipe what it is, JSON-like."""
        return asdict(self)

    @property
    def identity(self) -> str:
        """Digest of the details."""
        return digest(self.details)

    @property
    def label(self) -> str:
        """How a row names it: `probe(sst2)`."""
        return f"{self.name}({self.adapt_to})"

    @abstractmethod
    def prepare(
        self, model: LoadedModel, task: Task, splits: Mapping[str, Sequence[Example]], engine: Engine, *, key: str
    ) -> Subject:
        """Make a subject of a model.

        Args:
            model: the loaded weights.
            task: the one called `adapt_to`.
            splits: its data.
            engine: spends the forward passes.
            key: digest of (model, recipe), under which what was learned may be kept and found again.
        """


recipes: Registry[type[Recipe]] = Registry(
    "recipe",
    "leaderboard.recipes",
    {
        RecipeName.ZERO_SHOT: "leaderboard.recipes.zero_shot:ZeroShot",
        RecipeName.PROBE: "leaderboard.recipes.probe:Probe",
    },
)


def choose(name: RecipeName, kind: ModelKind) -> RecipeName:
    """The recipe that `auto` stands for: a causal model is asked as it is, any other gets a probe."""
    if name is not RecipeName.AUTO:
        return name
    return RecipeName.ZERO_SHOT if kind is ModelKind.CAUSAL else RecipeName.PROBE
