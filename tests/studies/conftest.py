from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.store.database import open_store
from leaderboard.store.records import StudyMode
from leaderboard.store.repository import Store
from leaderboard.studies.definition import Definition, SamplerName
from leaderboard.studies.events import SearchListener, ignore
from leaderboard.studies.search import Effort, run_search
from leaderboard.studies.space import Space, space_of
from leaderboard.studies.stored_study import StoredStudy
from leaderboard.tasks import Catalogue
from tests.synthetic.tasks import small_task

MEMBERSHIP = {
    "name": "membership_small",
    "version": 1,
    "axis": "privacy",
    "protocol": "membership",
    "description": "Who was there?",
    "adapt_to": "small",
    "parameters": {"per_side": 20},
    "metrics": ["leak_auc", "attack_auc", "generalisation_gap"],
    "license": "CC0-1.0",
    "citation": "made up",
}
SUITE = {"name": "small", "description": "Two axes.", "adapt_to": "small", "tasks": ["small", "membership_small"]}


@dataclass
class Searching:
    """A suite of two axes, a tiny encoder, a store, and the way from a goal to a study."""

    tasks: Path
    model: Path
    store: Store

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue([self.tasks])

    def space(self, request: str | None = "probe") -> Space:
        model = resolve(ModelReference.parse(str(self.model)), dtype="float32", device_type="cpu", offline=True)
        return space_of(request, model, "cpu")

    def definition(self, *terms: str, searched: tuple[str, ...] = ("c", "layer"), **changes: Any) -> Definition:
        space = self.space()
        searched_values = {name: values for name, values in space.searched.items() if name in searched}
        fixed = {name: space.off[name] for name in space.searched if name not in searched_values} | dict(space.fixed)
        settings = {
            "model": str(self.model),
            "dtype": "float32",
            "suite": "small",
            "mode": StudyMode.PARETO,
            "terms": terms or ("accuracy", "privacy"),
            "space": Space(space.base, space.layers, searched_values, fixed).to_json(),
            "sampler": SamplerName.RANDOM,
            "rungs": (),
        }
        return Definition.model_validate(settings | changes)

    def search(
        self, definition: Definition, trials: int = 4, *, listener: SearchListener = ignore, name: str = "study"
    ) -> StoredStudy:
        effort = Effort(trials=trials, threads=1, offline=True)
        return run_search(self.store, definition, name, effort, listener=listener, catalogue=self.catalogue)


def laid_out(folder: Path, model: Path) -> Searching:
    """The suite as files in a folder, and an empty store beside them."""
    tasks = folder / "tasks"
    small_task(tasks, rows=240)
    for place, content in (("privacy/membership_small", MEMBERSHIP), ("suites/small", SUITE)):
        path = tasks / f"{place}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return Searching(tasks, model, open_store(f"sqlite:///{folder}/store.db"))


@pytest.fixture
def searching(tmp_path, encoder_folder) -> Searching:
    return laid_out(tmp_path, encoder_folder)


@pytest.fixture(scope="module")
def ended(tmp_path_factory, encoder_folder) -> Searching:
    """With a search that has ended; for tests that try no further point."""
    folder = tmp_path_factory.mktemp("ended")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADERBOARD_CACHE", str(folder / "cache"))
        searching_folder = laid_out(folder, encoder_folder)
        searching_folder.search(searching_folder.definition())
    return searching_folder
