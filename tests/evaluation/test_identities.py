"""Identities of today, written down: what is stored under them is served, not measured again.

`earlier/identities.json` was written before the program was rearranged. An identity may change only together with a
version (of a protocol, a recipe, a task or `SHARED_CODE`), because the numbers under it would; then its entry is
written anew, and the changelog says so.
"""

import json
from pathlib import Path

import pytest

from leaderboard.backends.local.models.loaded_model import ModelKind
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.precision import Precision
from leaderboard.evaluation.plan import SubjectPlan, plan_evaluations
from leaderboard.evaluation.task_request import task_request
from leaderboard.recipes.choosing import RecipeRequest, parse
from leaderboard.tasks import default_catalogue
from tests.in_one_test import in_one_test
from tests.synthetic.records import environment_record

PINNED = json.loads((Path(__file__).parent / "earlier" / "identities.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def catalogue():
    return default_catalogue()


def model(kind: ModelKind, name: str = "pinned") -> ResolvedModel:
    return ResolvedModel(
        name=name,
        source=name,
        folder=Path("no-such-folder"),
        kind=kind,
        revision="1",
        dtype=Precision.FLOAT32,
        content={"config.json": "1" * 64, "model.safetensors": "2" * 64},
    )


def evaluation_identities(catalogue, suite: str, kind: ModelKind) -> dict[str, str]:
    plans = plan_evaluations(
        catalogue,
        task_request(catalogue, suite=suite),
        [model(kind)],
        recipe=RecipeRequest(),
        seed=0,
        limit=300,
        environment=environment_record(),
    )
    return {plan.task.name: plan.identity for plan in plans}


def subject_identity(catalogue, settings) -> str:
    recipe = parse(settings, where="a test")
    names = ("sst2", *recipe.lessons)
    plan = SubjectPlan(
        model=model(ModelKind.ENCODER),
        recipe=recipe,
        adapt_to=catalogue.task("sst2"),
        seed=0,
        digests={name: catalogue.digest(catalogue.task(name)) for name in names},
        others={reference: model(ModelKind.ENCODER, reference) for reference in recipe.models},
    )
    return plan.identity


@in_one_test("name", PINNED["tasks"])
def test_a_task_keeps_its_identity(catalogue, name):
    task = catalogue.task(name)
    assert {
        "digest": catalogue.digest(task),
        "while_searching": catalogue.digest(task.while_searching()),
    } == PINNED["tasks"][name]


@in_one_test("case", PINNED["subjects"])
def test_a_subject_keeps_its_identity(catalogue, case):
    assert subject_identity(catalogue, case["settings"]) == case["identity"]


@in_one_test("case", PINNED["evaluations"])
def test_the_evaluations_of_a_suite_keep_their_identities(catalogue, case):
    assert evaluation_identities(catalogue, case["suite"], ModelKind(case["kind"])) == case["identities"]
