import dataclasses
from datetime import timedelta

import numpy as np
import pytest

from leaderboard import Leaderboard
from leaderboard.axes.protocol import Observation
from leaderboard.identity import digest
from leaderboard.stats.estimate import Status
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord, RecipeRecord, SubjectRecord
from leaderboard.tasks import Task, protocol_of
from tests.comparison.conftest import answers, task_record
from tests.synthetic.records import NOON, environment_record, evaluation_record

N = 120


class SeededStore:
    """A store of made-up probes, and of zero-shot subjects, measured with some seeds."""

    def __init__(self, file):
        self.store = open_store(f"sqlite:///{file}")
        self.board = Leaderboard(file)
        self.run = self.store.start_run({}, environment_record())
        self.number = 0

    def add(self, seed, *, c=1.0, right=None, task=None, recipe="probe", limit=None, reason="", status=None):
        """Record one evaluation; `right` says which examples are answered rightly."""
        task = task or task_record()
        details = {"recipe": recipe, "c": c} if recipe == "probe" else {"recipe": recipe}
        recipe_identity = digest([details, seed])
        subject = digest(["tiny", recipe_identity])
        stored = [] if reason else answers(self.rights(seed, c) if right is None else right)
        observations = [Observation(each.example_id, each.data) for each in stored]
        protocol = protocol_of(Task.model_validate(dict(task.definition)))
        names = task.definition["metrics"]
        measured = [each for each in protocol.estimate(observations) if each.metric.name in names]
        records = [EstimateRecord(each.metric, each.estimate, each.part) for each in measured]
        if reason:
            unknown = dataclasses.replace(measured[0].estimate, status=Status.FAILED, value=None, low=None, high=None,
                                          reason=reason)  # fmt: skip
            records = [EstimateRecord(each.metric, unknown) for each in measured]
        self.number += 1
        record = dataclasses.replace(
            evaluation_record(seed=seed, limit=limit),
            identity=digest([subject, task.identity, limit]),
            recipe=RecipeRecord(identity=recipe_identity, name=recipe, adapt_to="reviews", seed=seed, details=details),
            subject=SubjectRecord(identity=subject, name=f"tiny/{recipe}(reviews)"),
            task=task,
            status=Status.FAILED if reason else Status.MEASURED,
            reason=reason,
            started_at=NOON + timedelta(minutes=self.number),
        )
        self.store.record(self.run, record, records, [(each.example_id, each.data) for each in stored])

    @staticmethod
    def rights(seed, c):
        """Return which examples are answered rightly: hard ones are hard for all."""
        rng = np.random.default_rng([seed, 1])
        hard = np.arange(N) % 3 == 0
        return np.where(hard, rng.random(N) < 0.3, rng.random(N) < 0.9) & (np.arange(N) % 10 < (10 if c == 1 else 8))


@pytest.fixture
def seeded(tmp_path):
    store = SeededStore(tmp_path / "seeds.db")
    yield store
    store.board.close()
    store.store.close()
