"""Suites: tasks that are listed, and tasks that are derived from one data set."""

import pytest
import yaml

from leaderboard.axes.axis import Axis
from leaderboard.data.specification import DataSpec
from leaderboard.errors import RequestError
from leaderboard.tasks import Catalogue, default_catalogue, is_suite, protocol_of
from tests.synthetic.tasks import small_task


@pytest.fixture
def catalogue() -> Catalogue:
    return default_catalogue()


@pytest.fixture
def write(tmp_path):
    """Write a suite beside the task `reviews`, and give its path."""
    small_task(tmp_path, name="reviews")

    def written(name="mine", **content) -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        return str(path)

    return written


REVIEWS = "accuracy/reviews.yaml"


def test_one_data_set_gives_a_task_on_every_axis_that_needs_no_more_data(catalogue, write):
    suite = catalogue.suite(write(**{"from": REVIEWS, "axes": "all"}))
    assert (suite.name, suite.adapt_to) == ("mine", "reviews")
    assert suite.tasks == (
        "reviews",
        "counterfactual_reviews",
        "membership_reviews",
        "latency_reviews",
        "faithfulness_reviews",
    )
    assert [catalogue.task(name).axis for name in suite.tasks] == [axis for axis in Axis if axis is not Axis.OOD]
    assert list(suite.not_derived) == [Axis.OOD]
    assert "the data of one task is not enough" in suite.not_derived[Axis.OOD]
    assert "leaderboard tasks init reviews.tsv --suite --force --ood FILE" in suite.not_derived[Axis.OOD]


def test_every_derived_task_is_one_that_its_protocol_accepts_about_the_source(catalogue, write):
    suite = catalogue.suite(write(**{"from": REVIEWS, "axes": "all"}))
    for name in suite.tasks[1:]:
        task = catalogue.task(name)
        assert protocol_of(task).axis is task.axis
        assert task.adapt_to == "reviews"
        assert catalogue.data(task) is None or catalogue.data(task).data.splits
    assert catalogue.task("latency_reviews").data.same_as == "reviews"


def test_an_axis_that_a_named_task_covers_is_not_missing(catalogue, write):
    suite = catalogue.suite(write(**{"from": REVIEWS, "axes": "all", "tasks": ["shift_movies"]}))
    assert suite.not_derived == {}
    assert suite.tasks[:2] == ("reviews", "shift_movies")


def test_only_the_named_axes_are_derived(catalogue, write):
    suite = catalogue.suite(write(**{"from": REVIEWS, "axes": ["latency"]}))
    assert suite.tasks == ("latency_reviews",)


def test_a_suite_may_say_something_else_of_a_derived_task(catalogue, write):
    overrides = {"membership": {"parameters": {"per_side": 20}}, "latency": {"name": "speed", "limit": 9}}
    suite = catalogue.suite(write(**{"from": REVIEWS, "axes": ["privacy", "latency"], "overrides": overrides}))
    assert suite.tasks == ("membership_reviews", "speed")
    membership = catalogue.task("membership_reviews")
    assert membership.parameters == {"per_side": 20}
    assert "attack_tpr_at_01pct_fpr" not in membership.metrics
    assert "At most 20 examples" in membership.description
    assert catalogue.task("speed").limit == 9


def test_a_task_that_is_derived_already_is_taken_as_it_is(catalogue, write):
    catalogue.suite(write(**{"from": "movies", "axes": "all"}))
    assert catalogue.task("membership_movies").parameters == {"per_side": 500}
    assert catalogue.task("membership_movies").file == catalogue.suite("demo").file


def test_an_override_of_a_task_that_exists_already_needs_a_name_of_its_own(catalogue, write):
    overrides = {"membership": {"parameters": {"per_side": 20}}}
    path = write(**{"from": "movies", "axes": ["privacy"], "overrides": overrides})
    with pytest.raises(RequestError, match=r"membership_movies.*exists already[\s\S]*overrides: \{membership: \{name"):
        catalogue.suite(path)
    overrides["membership"]["name"] = "small_membership"
    assert catalogue.suite(write(**{"from": "movies", "axes": ["privacy"], "overrides": overrides})).tasks == (
        "small_membership",
    )


def test_a_source_of_pairs_says_what_cannot_be_derived_of_it(catalogue, write):
    suite = catalogue.suite(write(**{"from": "cad_nli", "axes": "all"}))
    assert "needs single texts, and the examples of 'cad_nli' are pairs" in suite.not_derived[Axis.EXPLAINABILITY]
    assert "`second: sentence2` under `fields`" in suite.not_derived[Axis.EXPLAINABILITY]
    assert "tasks init" not in suite.not_derived[Axis.OOD]  # its data is of no file of the user's
    assert set(suite.not_derived) == {Axis.OOD, Axis.BIAS, Axis.EXPLAINABILITY}


def test_a_source_without_training_data_has_no_membership(catalogue, write, tmp_path):
    content = yaml.safe_load((tmp_path / REVIEWS).read_text())
    del content["data"]["splits"]["train"]
    (tmp_path / REVIEWS).write_text(yaml.safe_dump(content))
    suite = catalogue.suite(write(**{"from": REVIEWS, "axes": "all"}))
    assert "'reviews' has no split `train`" in suite.not_derived[Axis.PRIVACY]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"from": "sst2"}, "`axes` is missing"),
        ({"tasks": []}, "it has no tasks"),
        ({"tasks": ["sst2"]}, "`adapt_to` is missing"),
        ({"axes": "all", "tasks": ["sst2"]}, "add `from: TASK`"),
        ({"from": "sst2", "axes": ["privasy"]}, "axes"),
        (
            {"from": "sst2", "axes": ["ood"]},
            r"axes: no task of the ood axis can be derived: the data of one task is not enough",
        ),
        ({"from": "sst", "axes": "all"}, r"mine.yaml: unknown task 'sst'[\s\S]*Did you mean 'sst2'"),
        ({"from": "latency_sst2", "axes": "all"}, "from: 'latency_sst2' has no data of its own"),
        ({"from": "sst2", "axes": "all", "overrides": {"latensy": {}}}, "Did you mean 'latency'"),
        ({"from": "sst2", "axes": "all", "overrides": {"latency": {"sampels": 1}}}, "sampels"),
        ({"from": REVIEWS, "axes": "all", "overrides": {"latency": {"metrics": []}}}, "metrics"),
        ({"from": REVIEWS, "axes": "all", "overrides": {"latency": {"name": "Not a name"}}}, "name"),
        ({"name": "core", "from": REVIEWS, "axes": "all"}, r"a suite named 'core' exists already"),
        ({"from": "nowhere.yaml", "axes": "all"}, "no such file"),
        ({"adapt_to": "sst2", "tasks": ["sst2"], "colour": "red"}, "unknown key 'colour'"),
    ],
)
def test_a_wrong_suite_says_what_is_wrong_and_where(catalogue, write, content, message):
    with pytest.raises(RequestError, match=message) as caught:
        catalogue.suite(write(**content))
    assert ".yaml" in str(caught.value)


@pytest.mark.parametrize("name", ["cad_imdb", "core", "demo", "nli", "sentiment3"])
def test_a_name_that_is_derived_by_a_suite_of_the_program_needs_no_file(catalogue, name):
    suite = catalogue.suite(name)
    derived = [catalogue.task(task) for task in suite.tasks if catalogue.task(task).file == suite.file]
    assert {task.protocol for task in derived} >= {"membership", "latency"}
    assert all(task.data is None or task.data == DataSpec(same_as=task.data.same_as) for task in derived)


def test_more_can_be_added_to_a_catalogue_without_a_word_to_the_next(catalogue, write):
    catalogue.suite(write(**{"from": REVIEWS, "axes": "all"}))
    assert "mine" in catalogue.suites
    assert "mine" not in default_catalogue().suites
    assert "reviews" not in default_catalogue().tasks


def test_a_suite_is_told_from_a_task_by_what_it_says(write, tmp_path):
    assert is_suite(tmp_path / write(**{"from": REVIEWS, "axes": "all"}))
    assert not is_suite(tmp_path / REVIEWS)
    assert not is_suite(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("language", "pairs"),
    [(None, "counterfactual_sentiment"), ("en", "counterfactual_sentiment"), ("zh", "counterfactual_chinese")],
)
def test_sentences_about_groups_are_in_the_language_of_the_data(catalogue, write, tmp_path, language, pairs):
    path = tmp_path / REVIEWS
    if language:
        path.write_text(f"{path.read_text()}\nlanguage: {language}\n")
    catalogue.suite(write(**{"from": REVIEWS, "axes": "all"}))
    task = catalogue.tasks["counterfactual_reviews"]
    assert task.data.same_as == pairs
    assert f"`{pairs}`" in task.description


def test_no_sentences_about_groups_are_derived_for_data_in_another_language(catalogue, write, tmp_path):
    path = tmp_path / REVIEWS
    path.write_text(f"{path.read_text()}\nlanguage: und\n")
    suite = catalogue.suite(write(**{"from": REVIEWS, "axes": "all"}))
    assert "counterfactual_reviews" not in suite.tasks
    assert "its texts are in 'en' and 'zh', and those of 'reviews' in 'und'" in suite.not_derived[Axis.BIAS]
    assert "(`language:` in reviews.yaml)" in suite.not_derived[Axis.BIAS]


def test_chinese_texts_are_explained_by_characters(catalogue, write, tmp_path):
    path = tmp_path / REVIEWS
    path.write_text(f"{path.read_text()}\nlanguage: zh\n")
    catalogue.suite(write(**{"from": REVIEWS, "axes": "all"}))
    task = catalogue.tasks["faithfulness_reviews"]
    assert task.parameters["units"] == "characters"
    assert "up to 8 characters" in task.description


def test_the_chinese_suite_has_a_task_on_every_axis():
    tasks = default_catalogue().suite_tasks("zh").values()
    assert {task.axis for task in tasks} == set(Axis)


def test_the_language_of_a_task_is_not_in_its_identity(catalogue, tmp_path):
    small_task(tmp_path, name="reviews")
    task = catalogue.task(str(tmp_path / REVIEWS))
    assert task.model_copy(update={"language": "zh"}).digest == task.digest
    assert "language" not in task.model_dump()
