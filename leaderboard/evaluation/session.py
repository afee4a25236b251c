"""Sessions, which bring backends and a runner together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leaderboard.backends.registry import Backends
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.evaluation.environment import stored_environment
from leaderboard.evaluation.evaluation_inputs import EvaluationInputs
from leaderboard.evaluation.plan import EvaluationPlan, plan_evaluations
from leaderboard.evaluation.runner import Runner
from leaderboard.evaluation.task_data import TaskData
from leaderboard.store.records import EnvironmentRecord
from leaderboard.store.repository import Store
from leaderboard.tasks import Catalogue

if TYPE_CHECKING:
    from leaderboard.evaluation.task_request import TaskRequest
    from leaderboard.recipes.choosing import RecipeRequest


class Session:
    """Resolves models, plans their evaluations and creates runners; loads no weights by itself.

    Attributes:
        catalogue: Tasks and suites.
        backends: Backends of the models.
        offline: Whether to do without the network.
        data: Splits of the tasks, each read once.
    """

    def __init__(self, catalogue: Catalogue, backends: Backends, *, trackers: Sequence[str] = ()) -> None:
        """Create a session.

        Args:
            catalogue: Tasks and suites.
            backends: Backends of the models.
            trackers: Experiment trackers of training.
        """
        self.catalogue = catalogue
        self.backends = backends
        self.offline = backends.options.offline
        self.data = TaskData(catalogue, offline=self.offline)
        self._trackers = tuple(trackers)

    def model(self, reference: str, *, helps: bool = False) -> ResolvedReference:
        """Resolve a model reference without loading the model.

        Args:
            reference: as a user names the model.
            helps: whether a recipe needs it beside the model that is measured.

        Raises:
            RequestError: For a reference of no model.
            SourceUnavailableError: for a model that cannot be reached from here.
        """
        return self.backends.resolve(reference, helps=helps)

    def environment(self, model: ResolvedReference) -> EnvironmentRecord:
        """Return the environment of a model."""
        return stored_environment(self.backends.environment(model))

    def plan(
        self,
        request: "TaskRequest",
        models: Sequence[ResolvedReference],
        *,
        recipe: "RecipeRequest",
        seed: int,
        limit: int | None,
        name: str = "",
    ) -> list[EvaluationPlan]:
        """Plan every evaluation of the request, model by model, each in its model's environment."""
        return [
            plan
            for model in models
            for plan in plan_evaluations(
                self.catalogue,
                request,
                [model],
                recipe=recipe,
                seed=seed,
                limit=limit,
                environment=self.environment(model),
                find=lambda reference: self.model(reference, helps=True),
                called=name,
            )
        ]

    def runner(self, store: Store) -> Runner:
        """Create a runner that stores its results in a store."""
        load = self.backends.load
        return Runner(store, self.catalogue, load, offline=self.offline, trackers=self._trackers, data=self.data)

    def inputs(self) -> EvaluationInputs:
        """Create inputs for a caller that measures plan by plan."""
        load = self.backends.load
        return EvaluationInputs(self.catalogue, load, offline=self.offline, trackers=self._trackers, data=self.data)
