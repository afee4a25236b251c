from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from leaderboard.engine.devices import Devices
from leaderboard.engine.engine import Engine
from leaderboard.evaluation.environment import describe
from leaderboard.evaluation.plan import EvaluationPlan, plan_evaluations
from leaderboard.evaluation.request import Request
from leaderboard.evaluation.runner import Outcome, Runner
from leaderboard.models.reference import ModelReference, resolve
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.recipes.names import RecipeName
from leaderboard.store.database import open_store
from leaderboard.store.repository import Store
from leaderboard.tasks import Catalogue
from leaderboard.testing.tasks import small_task

CPU = torch.device("cpu")


@dataclass
class World:
    """Task files, a store, and the way from a request to outcomes."""

    tasks: Path
    store: Store

    def catalogue(self) -> Catalogue:
        return Catalogue([self.tasks])

    def plans(
        self,
        *folders: Path,
        names=("small",),
        dtype="float32",
        recipe=RecipeName.AUTO,
        seed=0,
        limit=None,
        threads=1,
        **settings,
    ) -> list[EvaluationPlan]:
        catalogue = self.catalogue()
        models = [
            resolve(ModelReference.parse(str(folder)), dtype=dtype, device_type="cpu", offline=True)
            for folder in folders
        ]
        asked = Request(tuple(catalogue.task(name) for name in names), catalogue.task("small"))
        environment = describe(Devices((CPU,)), dtype, threads)
        return plan_evaluations(
            catalogue,
            asked,
            models,
            recipe=RecipeRequest(recipe, settings),
            seed=seed,
            limit=limit,
            environment=environment,
        )

    def run(self, plans: list[EvaluationPlan], engine: Engine | None = None) -> list[Outcome]:
        runner = Runner(self.store, self.catalogue(), engine or Engine(CPU, threads=1), offline=True)
        return list(runner.run(plans, {"test": True}))


@pytest.fixture
def world(tmp_path) -> World:
    small_task(tmp_path / "tasks")
    return World(tmp_path / "tasks", open_store(f"sqlite:///{tmp_path}/store.db"))
