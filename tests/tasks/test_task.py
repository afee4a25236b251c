import re

import pytest
import yaml

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.errors import RequestError
from leaderboard.settings import bundled_folder
from leaderboard.tasks import Catalogue, default_catalogue, load_task, protocol_of
from tests.in_one_test import in_one_test

CATALOGUE = default_catalogue()


@pytest.fixture
def content():
    return yaml.safe_load((bundled_folder("tasks") / "accuracy" / "sst2.yaml").read_text())


@pytest.fixture
def write(tmp_path, content):
    """Write the SST-2 task with some changes, and give its path."""

    def written(change=None, *, text=None):
        path = tmp_path / "mine.yaml"
        if change:
            change(content)
        path.write_text(text if text is not None else yaml.safe_dump(content, sort_keys=False))
        return path

    return written


def test_the_names_of_classes_are_words_whatever_yaml_takes_them_for(write):
    def change(content):
        content["data"]["labels"] = ["negative", "positive"]

    path = write(change)
    text = path.read_text().replace("- negative\n", "- no\n", 1).replace("- positive\n", "- yes\n", 1)
    text = text.replace("'0': negative", "0: no").replace("'1': positive", "1: yes")
    path.write_text(text)
    data = load_task(path).data
    assert data.labels == ("no", "yes")
    assert data.read.label_values == {"0": "no", "1": "yes"}
    assert data.read.header is False


@in_one_test("name", sorted(CATALOGUE.tasks))
def test_every_task_is_one_that_its_protocol_accepts(name):
    assert protocol_of(CATALOGUE.task(name)).metrics


@in_one_test("name", sorted(CATALOGUE.tasks))
def test_every_task_names_others_that_exist(name):
    task = CATALOGUE.task(name)
    assert CATALOGUE.data(task) is None or CATALOGUE.data(task).data.splits
    assert task.adapt_to is None or CATALOGUE.task(task.adapt_to).trains


@in_one_test("name", sorted(CATALOGUE.tasks))
def test_every_task_is_in_the_folder_of_its_axis_under_its_name_or_derived_by_a_suite(name):
    task = CATALOGUE.task(name)
    suites = [suite for suite in CATALOGUE.suites.values() if suite.file == task.file]
    assert task.file == bundled_folder("tasks").resolve() / task.axis / f"{name}.yaml" or name in suites[0].tasks


@pytest.mark.parametrize("name", ["core", "demo", "sentiment3"])
def test_a_whole_suite_covers_all_six_axes(name):
    suite = CATALOGUE.suite(name)
    assert {CATALOGUE.task(task).axis for task in suite.tasks} == {metric.axis for metric in METRICS.values()}


def axes_of(name):
    return {CATALOGUE.task(task).axis for task in CATALOGUE.suite(name).tasks}


SUITES_OF_SEVERAL_AXES = sorted(name for name in CATALOGUE.suites if len(axes_of(name)) > 1)


@pytest.mark.parametrize("name", SUITES_OF_SEVERAL_AXES)
def test_every_suite_measures_one_subject_at_home_and_elsewhere(name):
    suite = CATALOGUE.suite(name)
    tasks = [CATALOGUE.task(task) for task in suite.tasks]
    assert {Axis.ACCURACY, Axis.OOD} <= {task.axis for task in tasks}
    assert CATALOGUE.task(suite.adapt_to).trains
    assert {task.adapt_to or suite.adapt_to for task in tasks} == {suite.adapt_to}


@pytest.mark.parametrize("name", SUITES_OF_SEVERAL_AXES)
def test_every_task_of_a_suite_of_several_axes_has_a_headline(name):
    tasks = [CATALOGUE.task(task) for task in CATALOGUE.suite(name).tasks]
    assert all(any(METRICS[metric].headline for metric in task.metrics) for task in tasks)


@pytest.mark.parametrize("name", sorted(CATALOGUE.suites))
def test_every_suite_measures_a_headline_on_each_axis(name):
    metrics = [METRICS[metric] for task in CATALOGUE.suite(name).tasks for metric in CATALOGUE.task(task).metrics]
    assert axes_of(name) == {metric.axis for metric in metrics if metric.headline}


def change_of(path, value):
    """A change of one place in a nested mapping."""

    def change(content):
        *parents, last = path
        for key in parents:
            content = content[key]
        content[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["version"], 2),
        (["prompt", "template"], "{{ text }} It was"),
        (["prompt", "choices"], [" bad", " good"]),
        (["data", "splits", "test", "source", "sha256"], "0" * 64),
        (["data", "splits", "train", "share"], [0.0, 0.5]),
        (["data", "read", "header"], True),
        (["limit"], 10),
        (["adapt_to"], "movies"),
    ],
)
def test_anything_that_changes_a_number_changes_the_digest(write, path, value):
    before = load_task(write()).digest
    assert load_task(write(change_of(path, value))).digest != before


@pytest.mark.parametrize(("key", "value"), [("description", "other words"), ("license", "MIT"), ("citation", "nobody")])
def test_words_for_people_do_not_change_the_digest(write, key, value):
    before = load_task(write()).digest
    assert load_task(write(change_of([key], value))).digest == before


def test_a_borrowing_task_changes_with_the_data_it_borrows(tmp_path, content):
    borrowing = content | {"name": "borrowing", "data": {"same_as": "sst2"}}
    folder = tmp_path / "accuracy"
    folder.mkdir()
    (folder / "borrowing.yaml").write_text(yaml.safe_dump(borrowing))
    digests = []
    for digit in "01":
        content["data"]["splits"]["test"]["source"]["sha256"] = digit * 64
        (folder / "sst2.yaml").write_text(yaml.safe_dump(content))
        catalogue = Catalogue([tmp_path])
        digests.append(catalogue.digest(catalogue.task("borrowing")))
    assert digests[0] != digests[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(protocl="x"), r"unknown key 'protocl'[\s\S]*Did you mean 'protocol'\?"),
        (lambda c: c["data"]["read"].update(heder=1), r"unknown key 'data.read.heder'[\s\S]*Did you mean 'header'\?"),
        (lambda c: c.pop("axis"), "missing key 'axis'"),
        (lambda c: c.update(axis="acuracy"), r"axis: Input should be 'accuracy', 'ood'"),
        (lambda c: c.update(name="Not a name"), r"name: String should match pattern"),
        (lambda c: c["prompt"].update(choices=[" one"]), r"prompt.choices has 1 entries for 2 labels"),
        (lambda c: c["data"]["read"].update(label_values={"0": "meh"}), r"labels \['meh'\] are not among"),
        (
            lambda c: c["data"]["splits"]["test"]["source"].pop("sha256"),
            "data.splits.test.source: missing key 'sha256', the digest",
        ),
        (lambda c: c["data"]["splits"]["test"]["source"].update(path="../secret"), "stays inside its folder"),
        (lambda c: c["data"]["splits"]["test"]["source"].update(hub="a/b"), "exactly one of hub, github, pypi"),
        (lambda c: c["data"].pop("splits"), "give either `splits` or `same_as: TASK`"),
        (lambda c: c.update(data={"same_as": "sst2"}), "data.same_as: a task cannot borrow its own data"),
        (lambda c: c.update(folder="elsewhere"), "unknown key 'folder'"),
        (lambda c: c["data"].update(overlap="ignore"), "data.overlap: Input should be 'refuse' or 'drop'"),
    ],
)
def test_a_broken_task_file_says_what_is_wrong_and_where(write, change, message):
    with pytest.raises(RequestError, match=message) as caught:
        load_task(write(change))
    assert "mine.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [unclosed", "is not valid YAML"),
        ("- a\n- list", "a task file is a mapping of keys, not list"),
        ("", "a task file is a mapping of keys"),
        ("password: hunter2", "mine.yaml: is not a task file: it has neither the key 'axis' nor 'protocol'\n  See"),
        ("name: !!python/object/apply:os.system ['true']", "is not valid YAML"),
    ],
)
def test_a_file_that_is_no_task_says_so(write, text, message):
    with pytest.raises(RequestError, match=message):
        load_task(write(text=text))


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(RequestError, match="no such file"):
        load_task(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: c.update(protocol="clasification"),
            r"unknown protocol 'clasification'[\s\S]*Did you mean 'classification'",
        ),
        (lambda c: c.update(axis="bias"), "protocol 'classification' belongs to the accuracy axis, not to bias"),
        (lambda c: c.update(metrics=["acuracy"]), r"unknown metric 'acuracy'[\s\S]*Did you mean 'accuracy'"),
        (lambda c: c.update(metrics=["leak_auc"]), "unknown metric of protocol 'classification' 'leak_auc'"),
        (lambda c: c.update(parameters={"speed": 1}), "unknown key 'parameters.speed'"),
    ],
)
def test_what_only_the_protocol_knows_is_checked_too(write, change, message):
    with pytest.raises(RequestError, match=message):
        protocol_of(load_task(write(change)), where="mine.yaml")


def test_an_unknown_task_gets_the_nearest_name():
    with pytest.raises(RequestError, match=r"unknown task 'sst'[\s\S]*Did you mean 'sst2'\?"):
        CATALOGUE.task("sst")


def test_a_task_can_be_named_by_its_file(write):
    path = write(lambda c: c.update(name="my_own"))
    assert default_catalogue().task(str(path)).name == "my_own"


def test_two_tasks_cannot_share_a_name(write):
    with pytest.raises(RequestError, match=r"mine\.yaml: a task named 'sst2' exists already \(.*sst2\.yaml\)"):
        default_catalogue().task(str(write(lambda c: c.update(version=7))))


def test_a_task_cannot_borrow_what_another_borrows(write):
    task = load_task(write(lambda c: c.update(name="mine", data={"same_as": "latency_sst2"})))
    with pytest.raises(RequestError, match="'latency_sst2' has no data of its own; name 'sst2'"):
        default_catalogue().data(task)


def test_a_task_borrows_from_no_file_outside_its_folder(write, tmp_path):
    secret = tmp_path.parent / "secret.yaml"
    secret.write_text("password: x\n")
    task = load_task(write(lambda c: c.update(name="mine", data={"same_as": str(secret)})))
    with pytest.raises(RequestError, match=r"mine: data.same_as: '.*secret.yaml' leads out of") as refused:
        default_catalogue().data(task)
    assert "password" not in str(refused.value)


@in_one_test("name", sorted(name for name, task in CATALOGUE.tasks.items() if task.protocol == "classification"))
def test_every_classification_task_can_be_put_to_a_model_that_continues_text(name):
    task = CATALOGUE.task(name)
    assert len(task.prompt.choices) == len(task.data.labels)


@pytest.mark.parametrize(
    ("worst", "best", "message"),
    [
        (0.9, 0.5, "anchors.accuracy: worst is 0.9 and best is 0.5, but higher is better"),
        (1.5, 1.0, "anchors.accuracy: 1.5 is no value of 'accuracy', which is between 0 and 1"),
        (-3.0, 1.0, "-3 is no value of 'accuracy'"),
    ],
)
def test_anchors_that_turn_a_metric_around_are_refused(write, worst, best, message):
    path = write(lambda content: content.update(anchors={"accuracy": {"worst": worst, "best": best}}))
    with pytest.raises(RequestError, match=re.escape(message)):
        protocol_of(load_task(path), where="mine.yaml")


def test_anchors_of_a_loss_fall(write):
    path = write(lambda content: content.update(anchors={"brier": {"worst": 0.5, "best": 0.0}}))
    assert protocol_of(load_task(path))
    path = write(lambda content: content.update(anchors={"brier": {"worst": 0.0, "best": 0.5}}))
    with pytest.raises(RequestError, match="but lower is better"):
        protocol_of(load_task(path))


def test_a_data_file_in_the_place_of_a_task_is_an_error_with_the_way_to_measure_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews.csv").write_text("text,label\n")
    with pytest.raises(RequestError, match=r"reviews\.csv: it is no task file(.|\n)*--data reviews\.csv"):
        default_catalogue().task("reviews.csv")
    with pytest.raises(RequestError, match=r"unknown task 'others\.csv'"):
        default_catalogue().task("others.csv")


@pytest.mark.parametrize(
    ("language", "message"),
    [(None, "this task names none"), ("en", "those of this task are in 'en'"), ("zh", None)],
)
def test_a_perturbation_suits_the_language_of_the_task(write, language, message):
    def change(content):
        content["data"]["splits"]["test"]["perturbation"] = "homophones"
        if language:
            content["language"] = language

    path = write(change)
    if message is None:
        assert load_task(path).data.splits["test"].perturbation == "homophones"
        return
    with pytest.raises(RequestError, match=f"perturbation 'homophones' is for texts with `language: zh`; {message}"):
        load_task(path)


def test_a_perturbation_is_in_the_identity_and_its_absence_is_not(write):
    plain = load_task(write())
    assert "perturbation" not in plain.model_dump(mode="json")["data"]["splits"]["test"]

    def change(content):
        content["language"] = "zh"
        content["data"]["splits"]["test"]["perturbation"] = "width"

    assert load_task(write(change)).digest != plain.digest
