from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.local.backend import LocalBackend
from leaderboard.backends.local.engine.devices import Devices
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.environment import describe
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.evaluation.environment import stored_environment
from leaderboard.evaluation.plan import EvaluationPlan, plan_evaluations
from leaderboard.evaluation.runner import Outcome, Runner
from leaderboard.evaluation.task_request import TaskRequest
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.store.database import open_store
from leaderboard.store.repository import Store
from leaderboard.tasks import Catalogue
from tests.synthetic.tasks import small_task

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
        recipe="auto",
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
        task_request = TaskRequest(tuple(catalogue.task(name) for name in names), catalogue.task("small"))
        environment = stored_environment(describe(Devices((CPU,)), dtype, threads))
        return plan_evaluations(
            catalogue,
            task_request,
            models,
            recipe=RecipeRequest(recipe, settings),
            seed=seed,
            limit=limit,
            environment=environment,
        )

    def run(self, plans: list[EvaluationPlan], engine: Engine | None = None) -> list[Outcome]:
        runner = Runner(
            self.store,
            self.catalogue(),
            LocalBackend(ComputeOptions(), engine=engine or Engine(CPU, threads=1)).load,
            offline=True,
        )
        return list(runner.run(plans, {"test": True}))


@pytest.fixture
def world(tmp_path) -> World:
    small_task(tmp_path / "tasks")
    return World(tmp_path / "tasks", open_store(f"sqlite:///{tmp_path}/store.db"))
