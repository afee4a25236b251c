"""Backends by name; the example of `tests/extend/backend` stands for one that a plug-in registers."""

from pathlib import Path

import pytest

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.capability import Capability
from leaderboard.backends.registry import Backends, backend_of, backends
from leaderboard.backends.resolved import LOCAL
from leaderboard.errors import RequestError
from leaderboard.evaluation.session import Session
from leaderboard.evaluation.task_request import task_request
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.stats.estimate import Status
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.tasks import Catalogue
from tests.synthetic.tasks import small_task

EXAMPLE = Path(__file__).resolve().parents[1] / "extend" / "backend"


@pytest.fixture(autouse=True)
def _copycat_is_registered(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLE)
    monkeypatch.setattr(backends, "_places", {**backends._places, "copycat": "copycat:Copycat"})


@pytest.fixture
def measured(tmp_path):
    """Measures the small task with a recipe; gives the outcome and the stored estimates."""

    def measure(**settings):
        small_task(tmp_path / "tasks")
        (tmp_path / "tasks" / "suites").mkdir(exist_ok=True)
        suite = "name: core\ndescription: Ours.\nadapt_to: small\ntasks: [small]\n"
        (tmp_path / "tasks" / "suites" / "core.yaml").write_text(suite)
        catalogue = Catalogue([tmp_path / "tasks"])
        session = Session(catalogue, Backends(ComputeOptions(offline=True)))
        recipe = RecipeRequest(settings.pop("recipe", "auto"), settings)
        wanted = task_request(catalogue, tasks=["small"])
        plans = session.plan(wanted, [session.model("copycat:words")], recipe=recipe, seed=0, limit=None)
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        (outcome,) = session.runner(store).run(plans, {})
        return outcome, estimates_frame(store)

    return measure


@pytest.mark.parametrize(
    "reference", ["bert-base-cased", "owner/name@main", "package:dist:path", "./here", "C:\\models", "elsewhere:name"]
)
def test_what_no_other_backend_takes_is_local(reference):
    assert backend_of(reference) == LOCAL


def test_a_scheme_names_the_backend():
    assert backend_of("copycat:words") == "copycat"


@pytest.mark.parametrize("name", ["package", LOCAL])
def test_no_plugin_takes_over_what_is_local(monkeypatch, name):
    monkeypatch.setitem(backends._places, name, "copycat:Copycat")
    assert backend_of(f"{name}:dist") == LOCAL


def test_a_wrong_reference_is_refused_by_its_backend():
    with pytest.raises(RequestError, match="not of the form package:DIST"):
        Backends().check("package:")
    with pytest.raises(RequestError, match="not of the form copycat:NAME"):
        Backends().resolve("copycat:no name")


def test_a_backend_is_opened_once_for_a_run():
    opened = Backends(ComputeOptions(device="cpu"))
    assert opened.get("copycat") is opened.get("copycat")


def test_an_unknown_backend_is_an_error_with_the_known_ones():
    with pytest.raises(RequestError, match=r"unknown backend 'nobody'(.|\n)*local"):
        Backends().get("nobody")


def test_a_model_without_weights_classifies_by_the_prompt_and_is_stored(measured):
    outcome, estimates = measured()
    assert outcome.status is Status.MEASURED
    assert outcome.plan.subject.name == "words/zero_shot(small)"
    assert set(estimates["environment"]) == {"copycat"}
    values = estimates.set_index("metric")[
        "value"
    ]  # neither label is a word of the texts: the first one is always said
    assert (values["recall:negative"], values["recall:positive"]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("finetune", "the weights of words are not on this machine"),
        ("as_is", "the weights of words are not on this machine"),
        ("probe", "words gives no hidden states"),
    ],
)
def test_a_recipe_that_needs_more_than_the_backend_gives_is_not_measured_and_says_why(measured, recipe, reason):
    outcome, _ = measured(recipe=recipe)
    assert outcome.status is Status.NOT_MEASURED
    assert outcome.reason == reason


def test_what_changes_weights_is_not_measured_either(measured):
    outcome, _ = measured(recipe="zero_shot", prune=0.5)
    assert (outcome.status, outcome.reason) == (Status.NOT_MEASURED, "the weights of words are not on this machine")


def test_a_model_that_only_writes_is_not_asked_for_likelihoods(measured, monkeypatch):
    import copycat

    monkeypatch.setattr(copycat.CopycatModel, "capabilities", frozenset({Capability.GENERATE}))
    outcome, _ = measured()
    assert outcome.status is Status.NOT_MEASURED
    assert outcome.reason == "words cannot compute log-likelihoods (it can: generate)"
