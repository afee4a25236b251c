import shutil
from dataclasses import replace

import pytest
import torch
import yaml

from leaderboard.axes.axis import Axis
from leaderboard.backends.local.engine.devices import Devices
from leaderboard.backends.local.environment import describe
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.errors import RequestError
from leaderboard.evaluation.environment import stored_environment
from leaderboard.evaluation.plan import plan_evaluations
from leaderboard.evaluation.setting_checks import check_settings
from leaderboard.evaluation.task_request import task_request
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.tasks import default_catalogue
from leaderboard.testing.models import tiny_bert
from tests.synthetic.tasks import small_task


def identity(world, folder, **design):
    (plan,) = world.plans(folder, **design)
    return plan.identity


def test_the_same_design_has_the_same_identity(world, encoder_folder):
    assert identity(world, encoder_folder) == identity(world, encoder_folder)


def test_where_the_weights_lie_does_not_matter(world, encoder_folder, tmp_path):
    copy = shutil.copytree(encoder_folder, tmp_path / "copy")
    assert identity(world, copy) == identity(world, encoder_folder)


@pytest.mark.parametrize(
    "changed",
    [{"dtype": "bfloat16"}, {"recipe": "zero_shot"}, {"seed": 1}, {"limit": 5}],
    ids=["dtype", "recipe", "seed", "limit"],
)
def test_each_part_of_the_design_changes_the_identity(world, causal_folder, changed):
    plain = {"recipe": "probe"}
    assert identity(world, causal_folder, **(plain | changed)) != identity(world, causal_folder, **plain)


def test_other_weights_change_the_identity(world, encoder_folder, tmp_path):
    other = tiny_bert(tmp_path / encoder_folder.name, masked_head=False, seed=1)
    assert identity(world, other) != identity(world, encoder_folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_another_configuration_or_tokenizer_changes_the_identity(world, encoder_folder, tmp_path, name):
    copy = shutil.copytree(encoder_folder, tmp_path / "copy")
    (copy / name).write_text((copy / name).read_text().rstrip() + "\n\n")
    assert identity(world, copy) != identity(world, encoder_folder)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"prompt": {"template": "{{ text }} It was", "choices": [" bad", " good"]}},
        {"parameters": {}, "limit": 7},
    ],
    ids=["version", "prompt", "limit"],
)
def test_each_part_of_the_task_changes_the_identity(world, encoder_folder, change):
    before = identity(world, encoder_folder)
    small_task(world.tasks, **change)
    assert identity(world, encoder_folder) != before


def test_other_data_changes_the_identity(world, encoder_folder):
    before = identity(world, encoder_folder)
    small_task(world.tasks, rows=170)
    assert identity(world, encoder_folder) != before


def test_words_about_the_task_do_not_change_the_identity(world, encoder_folder):
    before = identity(world, encoder_folder)
    small_task(world.tasks, description="Other words.")
    assert identity(world, encoder_folder) == before


@pytest.mark.parametrize(
    "code",
    [
        "leaderboard.axes.accuracy.classification.Classification.version",
        "leaderboard.recipes.probe.Probe.version",
        "leaderboard.evaluation.plan.SHARED_CODE",
    ],
    ids=["protocol", "recipe", "shared code"],
)
def test_a_new_version_of_the_code_changes_the_identity(world, encoder_folder, monkeypatch, code):
    before = identity(world, encoder_folder)
    monkeypatch.setattr(code, 99)
    assert identity(world, encoder_folder) != before


@pytest.mark.parametrize(
    "changed",
    [{"max_length": 64}, {"c": 1.0}, {"folds": 3}, {"layer": 1}, {"pooling": "first"}, {"quantise": "int8_weight"},
     {"prune": 0.1}, {"drop_layers": 1}, {"temperature": 2.0}, {"temperature": "fitted"}],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_each_setting_of_a_recipe_changes_the_identity(world, encoder_folder, changed):
    (plan,), (other,) = world.plans(encoder_folder), world.plans(encoder_folder, **changed)
    assert other.identity != plan.identity
    assert other.subject.recipe_identity != plan.subject.recipe_identity


def test_a_chat_template_changes_the_identity(world, causal_folder, tmp_path):
    copy = shutil.copytree(causal_folder, tmp_path / "copy")
    (copy / "chat_template.jinja").write_text("{{ messages }}")
    assert identity(world, copy) != identity(world, causal_folder)


def test_whether_the_network_was_used_does_not_change_the_identity(encoder_folder):
    reference = ModelReference.parse(str(encoder_folder))
    with_it, without = (resolve(reference, dtype="auto", device_type="cpu", offline=off) for off in (False, True))
    assert with_it.digest == without.digest


def test_the_kind_of_device_changes_the_identity_but_not_which_one_it_is(world, encoder_folder):
    (plan,) = world.plans(encoder_folder)
    cpu, first, second = (
        replace(plan, environment=replace(plan.environment, device=device)).identity
        for device in ("cpu", "cuda:0", "cuda:1")
    )
    assert cpu != first == second


@pytest.mark.parametrize(
    "change",
    [{"rows": 170}, {"prompt": {"template": "{{ text }} So:", "choices": [" bad", " good"]}}],
    ids=["data", "prompt"],
)
def test_what_a_subject_is_adapted_to_changes_the_identity_on_other_tasks(world, encoder_folder, change):
    small_task(world.tasks, name="other", adapt_to="small")
    before = identity(world, encoder_folder, names=("other",))
    small_task(world.tasks, **change)
    assert identity(world, encoder_folder, names=("other",)) != before


def test_borrowed_data_changes_the_identity(world, encoder_folder):
    small_task(world.tasks, name="lender")
    borrowing(world, "accuracy", "classification", ["accuracy"], lender="lender")
    before = identity(world, encoder_folder, names=("borrowing",))
    small_task(world.tasks, name="lender", rows=170)
    assert identity(world, encoder_folder, names=("borrowing",)) != before


def borrowing(world, axis, protocol, metrics, lender="small"):
    content = yaml.safe_load((world.tasks / "accuracy" / "small.yaml").read_text())
    content |= {"name": "borrowing", "axis": axis, "protocol": protocol, "metrics": metrics, "adapt_to": "small"}
    content |= {"data": {"same_as": lender}}
    folder = world.tasks / axis
    folder.mkdir(exist_ok=True)
    (folder / "borrowing.yaml").write_text(yaml.safe_dump(content))


def test_a_subject_is_not_adapted_to_a_task_that_borrows_its_data(world, encoder_folder):
    borrowing(world, "latency", "latency", ["latency_p50"])
    small_task(world.tasks, name="other", adapt_to="borrowing")
    with pytest.raises(RequestError, match="'borrowing', which borrows its data; adapt it to 'small'"):
        world.plans(encoder_folder, names=("other",))


def test_threads_change_the_identity_of_a_latency_and_of_nothing_else(world, encoder_folder):
    borrowing(world, "latency", "latency", ["latency_p50"])
    one, two = (world.plans(encoder_folder, names=("small", "borrowing"), threads=threads) for threads in (1, 2))
    assert one[0].identity == two[0].identity
    assert one[1].identity != two[1].identity


def test_all_tasks_of_a_suite_measure_the_same_subject(encoder_folder):
    catalogue = default_catalogue()
    model = resolve(ModelReference.parse(str(encoder_folder)), dtype="auto", device_type="cpu", offline=True)
    plans = plan_evaluations(
        catalogue, task_request(catalogue, suite="demo"), [model], recipe=RecipeRequest(), seed=0, limit=None,
        environment=stored_environment(describe(Devices((torch.device("cpu"),)), "float32", 1)),
    )  # fmt: skip
    assert len({plan.subject.identity for plan in plans}) == 1
    assert len({plan.identity for plan in plans}) == len(plans) == 7


def test_a_suite_can_be_narrowed_to_axes():
    selected = task_request(default_catalogue(), suite="demo", axes=[Axis.BIAS])
    assert {task.axis for task in selected.tasks} == {Axis.BIAS}


def test_core_is_what_is_measured_when_nothing_is_named():
    catalogue = default_catalogue()
    assert task_request(catalogue) == task_request(catalogue, suite="core")


@pytest.mark.parametrize("other", [{"suite": "demo"}, {"axes": [Axis.BIAS]}])
def test_tasks_by_name_go_with_neither_suite_nor_axis(other):
    with pytest.raises(RequestError, match="--task cannot be combined with --suite or --axis"):
        task_request(default_catalogue(), tasks=["sst2"], **other)


def test_an_unknown_suite_gets_the_nearest_name():
    with pytest.raises(RequestError, match=r"unknown suite 'cor'[\s\S]*Did you mean 'core'\?"):
        task_request(default_catalogue(), suite="cor")


def test_a_layer_that_the_model_does_not_have_is_refused_before_anything_is_measured(world, encoder_folder):
    message = r"recipe.layer 99: .* has 2 layers\n  Valid: -1 \(the last\), 0 to 2"
    for settings in (
        {"recipe": "probe", "layer": 99},
        {"recipe": "ensemble", "member": {"recipe": "probe", "layer": 99}},
    ):
        plans = world.plans(encoder_folder, **settings)
        with pytest.raises(RequestError, match=message):
            check_settings(world.catalogue(), plans)
