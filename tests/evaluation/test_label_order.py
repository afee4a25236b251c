"""The order in which a task file names its classes changes no metric, whatever asks and whoever answers."""

import pytest
import torch

from leaderboard.axes.protocol import protocols
from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.local.backend import LocalBackend
from leaderboard.backends.local.engine.devices import Devices
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.environment import describe
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.errors import NotMeasurableError
from leaderboard.evaluation.environment import stored_environment
from leaderboard.evaluation.evaluation_inputs import EvaluationInputs
from leaderboard.evaluation.plan import plan_evaluations
from leaderboard.evaluation.task_request import TaskRequest
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.tasks import Catalogue
from tests.synthetic.label_tasks import films_task, people_task

CPU = torch.device("cpu")
FILMS = ("bad", "fair", "good")
TAGS = ("O", "B-PER", "I-PER", "B-LOC")
ORDERS = [("fair", "good", "bad"), ("good", "fair", "bad")]
BORROWED = {"prompt": False, "adapt_to": "films"}
FILM_PROTOCOLS = {
    "classification": {},
    "shift": {"axis": "ood", "metrics": ["ood_accuracy"], "splits": {"home": [0, 0.3], "away": [0.3, 0.6]}},
    "faithfulness": {
        "axis": "explainability", "metrics": ["faithfulness"], "data": {"same_as": "films"}, **BORROWED,
        "parameters": {"texts": 3, "exact_words": 4, "beam": 1},
    },
    "membership": {"axis": "privacy", "metrics": ["leak_auc"], "data": None, **BORROWED},
}  # fmt: skip
"""Task files of protocols that ask about the class of a text."""
TAGGING = ("tagging", "tagging_shift")
WITHOUT_CLASSES = frozenset(
    {
        "multiple_choice",
        "choice_shift",
        "choice_plausibility",
        "generation",
        "reference_texts",
        "instruction_following",
        "perplexity",
        "minimal_pairs",
        "pairs",
        "stereoset",
        "bias_questions",
        "coreference",
        "continuation_bias",
        "lm_eval",
        "lm_eval_bias",
        "context_leakage",
        "pretraining_membership",
        "language_membership",
        "canaries",
        "extraction",
        "planted_people",
    }
)
"""Protocols that ask about no class that a task file names."""
ELSEWHERE = frozenset(
    {
        "perturbation",
        "detection",
        "prompt_formats",
        "contrast_sets",
        "latency",
        "tagging_latency",
        "choice_latency",
        "offline",
        "training_cost",
        "cold_start",
        "length_latency",
        "generation_latency",
        "poisson_load",
        "serving",
        "counterfactual",
        "forgetting",
        "label_canaries",
        "explanation_checks",
        "plausibility",
        "attribute_leakage",
        "encrypted_inference",
        "group_fairness",
    }
)
"""Times are never twice the same, and pairs of `counterfactual` have no class; for `forgetting` see the last test.

For `label_canaries`, which draws classes by name, see its own tests. `explanation_checks` and `plausibility` are of
the predicted and of the true class, as `faithfulness` is; attributes are no classes of the task, and
`encrypted_inference` compares a head with itself. `perturbation` and `contrast_sets` are `shift` with comparisons of
its predictions; scores of `detection` are of no class, and formats of `prompt_formats` have choices in the order of
labels. `group_fairness` names its class.
"""
FAST = {"learning_rate": 3e-3, "epochs": 1, "batch_size": 8, "max_length": 32, "dropout": 0.0}


def measured(folder, tasks, name, recipe, **settings):
    """Each number of a task by its metric and part."""
    catalogue = Catalogue([tasks])
    model = resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)
    (plan,) = plan_evaluations(
        catalogue, TaskRequest((catalogue.task(name),), next(iter(catalogue.tasks.values()))), [model],
        recipe=RecipeRequest(recipe, settings), seed=0, limit=None,
        environment=stored_environment(describe(Devices((CPU,)), "float32", 1)),
    )  # fmt: skip
    inputs = EvaluationInputs(
        catalogue, LocalBackend(ComputeOptions(), engine=Engine(CPU, threads=1)).load, offline=True
    )
    subject, splits = inputs.part(plan), inputs.splits(plan)
    observations = list(plan.protocol.observe(subject, splits, seed=0))
    numbers = {(each.metric.name, each.part): each.estimate.value for each in plan.protocol.estimate(observations)}
    return {key: value for key, value in numbers.items() if value is not None}


def film_numbers(folder, tasks, protocol, recipe, labels):
    light = {"few_shot": {"shots": 2}, "probe": {"c": 1.0}}.get(recipe, {})
    settings, name = FILM_PROTOCOLS[protocol], "films"
    films_task(tasks, labels)
    if protocol != "classification":
        name = "asked"
        films_task(tasks, labels, name=name, protocol=protocol, first=1002, **settings)
    return measured(folder, tasks, name, recipe, **light)


def test_every_protocol_is_thought_of():
    assert set(protocols) == {*FILM_PROTOCOLS, *TAGGING, *WITHOUT_CLASSES, *ELSEWHERE}


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """The numbers with the labels in one order, each measured once."""
    results = {}

    def measure(folder, protocol, recipe):
        if (protocol, recipe) not in results:
            tasks = tmp_path_factory.mktemp("tasks")
            results[protocol, recipe] = film_numbers(folder, tasks, protocol, recipe, FILMS)
        return results[protocol, recipe]

    return measure


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("labels", ORDERS, ids="-".join)
@pytest.mark.parametrize("protocol", FILM_PROTOCOLS)
def test_no_number_of_a_probe_depends_on_the_order_of_labels(straight, tmp_path, encoder_folder, protocol, labels):
    expected = straight(encoder_folder, protocol, "probe")
    numbers = film_numbers(encoder_folder, tmp_path, protocol, "probe", labels)
    assert expected
    assert numbers == pytest.approx(expected, abs=1e-4)  # as near as the solver of a regression comes


ASKED = [
    (protocol, recipe)
    for protocol in FILM_PROTOCOLS
    for recipe in ("zero_shot", "few_shot")
    if protocol != "membership"
]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("case", ASKED, ids=" ".join)
@pytest.mark.parametrize("labels", ORDERS, ids="-".join)
def test_no_number_of_a_prompt_depends_on_the_order_of_labels(straight, tmp_path, causal_folder, case, labels):
    protocol, recipe = case
    if (protocol, recipe) == ("shift", "few_shot"):
        with pytest.raises(NotMeasurableError, match="'asked' has no labelled data in a split 'train'"):
            film_numbers(causal_folder, tmp_path, protocol, recipe, labels)
        return
    expected = straight(causal_folder, protocol, recipe)
    assert expected
    assert film_numbers(causal_folder, tmp_path, protocol, recipe, labels) == pytest.approx(
        expected, abs=1e-4
    )  # rounding


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("labels", [("I-PER", "B-LOC", "O", "B-PER"), ("B-LOC", "I-PER", "B-PER", "O")], ids=",".join)
def test_no_number_of_tags_depends_on_their_order(tmp_path, encoder_folder, labels):
    numbers = []
    for order in (TAGS, labels):
        people_task(tmp_path, TAGS)
        people_task(tmp_path, order, name="elsewhere", shift=True)
        numbers.append(measured(encoder_folder, tmp_path, "elsewhere", "finetune", **FAST))
    assert numbers[0] == numbers[1]


@pytest.mark.slow
@pytest.mark.parametrize("first", ORDERS, ids="-".join)
def test_what_is_learned_in_turn_does_not_depend_on_the_order_of_labels(tmp_path, encoder_folder, first):
    numbers = []
    for order in (FILMS, first):
        tasks = tmp_path / "-".join(order)
        films_task(tasks, order, rows=60)
        films_task(tasks, FILMS, name="later", first=1002, rows=60)
        kept = {"data": {"same_as": "films"}, "parameters": {"learned": "films"}, "metrics": ["backward_transfer"]}
        films_task(tasks, order, name="kept", protocol="forgetting", prompt=False, **kept)
        turn = {**FAST, "sequence": ["films", "later"], "replay": 0.5}
        numbers.append([measured(encoder_folder, tasks, name, "finetune", **turn) for name in ("films", "kept")])
    for before, after in zip(*numbers, strict=True):  # sums over classes in another order: the last bit may differ
        assert after == pytest.approx(before, rel=1e-12)
    assert numbers[0][1].keys() == {("backward_transfer", "")}
