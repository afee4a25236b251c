"""Models that a task names to score written texts: loaded for its protocol, and part of the identity."""

import json
from dataclasses import replace

import pytest
import torch
import yaml

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.local.backend import LocalBackend
from leaderboard.backends.local.engine.devices import Devices
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.environment import describe
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.evaluation.environment import stored_environment
from leaderboard.evaluation.evaluation_inputs import EvaluationInputs
from leaderboard.evaluation.plan import plan_evaluations
from leaderboard.evaluation.task_request import TaskRequest
from leaderboard.identity import file_digest
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.tasks import Catalogue

CPU = torch.device("cpu")


@pytest.fixture
def catalogue(tmp_path, causal_folder, encoder_folder):
    folder = tmp_path / "accuracy"
    folder.mkdir()
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps({"q": f"film {n}", "a": "a plot"}) + "\n" for n in range(3)))
    source = {"file": rows.name, "sha256": file_digest(rows)}
    task = {
        "name": "texts", "version": 1, "axis": "accuracy", "protocol": "reference_texts", "description": "Texts.",
        "data": {
            "read": {"format": "jsonl", "fields": {"text": "q", "references": "a"}},
            "splits": {"test": {"source": source}},
        },
        "parameters": {"max_new_tokens": 4, "reference_model": str(causal_folder), "encoder": str(encoder_folder)},
        "metrics": ["rouge_l", "reference_perplexity", "bertscore_f1"],
        "license": "none", "citation": "none",
    }  # fmt: skip
    (folder / "texts.yaml").write_text(yaml.safe_dump(task))
    return Catalogue([tmp_path])


def resolved(folder):
    return resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)


def test_a_task_has_the_models_that_it_names(catalogue, causal_folder):
    task = catalogue.task("texts")
    (plan,) = plan_evaluations(
        catalogue, TaskRequest((task,), task), [resolved(causal_folder)], recipe=RecipeRequest("zero_shot", {}),
        seed=0, limit=2, environment=stored_environment(describe(Devices((CPU,)), "float32", 1)), find=resolved,
    )  # fmt: skip
    assert replace(plan, reference_models={}).identity != plan.identity
    inputs = EvaluationInputs(
        catalogue, LocalBackend(ComputeOptions(), engine=Engine(CPU, threads=1)).load, offline=True
    )
    observations = list(plan.protocol.observe(inputs.part(plan), inputs.splits(plan), seed=0))
    numbers = {each.metric.name: each.estimate for each in plan.protocol.estimate(observations) if not each.part}
    assert numbers["reference_perplexity"].value > 1
    assert -1 <= numbers["bertscore_f1"].value <= 1
    assert numbers["bertscore_f1"].n == 2
