"""A column of groups of people becomes a task of group fairness, or one clear message."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from leaderboard import Leaderboard
from leaderboard.data.examples import TextExample
from leaderboard.data.reading import splits_of
from leaderboard.errors import RequestError
from leaderboard.own_data.inspection import Inspection, inspect_data
from leaderboard.own_data.options import DataArguments, DataOptions
from leaderboard.own_data.own_data import own_data
from leaderboard.tasks import Task, default_catalogue
from tests.own_data.files import json_rows, lines, reviews

GENDERS = ("f", "f", "m", "m")


def write(path: Path, groups: tuple[str, ...] = GENDERS, *, count: int = 120, header: str = "text,label,by") -> Path:
    rows = [(text, label, groups[n % len(groups)]) for n, (text, label) in enumerate(reviews(count))]
    path.write_text(lines(rows, header=header))
    return path


def inspect(path: Path, **more: object) -> Inspection:
    return inspect_data(DataOptions.read(path, {"sensitive": "by", **more}))  # type: ignore[typeddict-item]


def test_the_groups_are_a_task_of_their_own_and_the_others_stay(tmp_path: Path) -> None:
    path = write(tmp_path / "reviews.csv", count=600)
    catalogue, without = default_catalogue(), default_catalogue()
    data = own_data(DataOptions.read(path, {"sensitive": "by"}), catalogue)
    suite = data.add_to(catalogue)
    plain = own_data(DataOptions.read(path, {"label": "label"}), without)
    plain.add_to(without)
    task = catalogue.task("groups_reviews")
    assert "groups_reviews" in suite.tasks
    assert task.parameters == {"positive": "positive", "minimum": 30}
    assert task.metrics[0] == "equalized_odds_difference"  # too few rows to rank
    assert catalogue.digest(catalogue.task("reviews")) == without.digest(without.task("reviews"))
    assert data.inspection.sensitive_groups is not None
    counts = data.inspection.sensitive_groups.counts
    test = _test_rows(task)
    assert {group: sum(each.sensitive == group for each in test) for group in "fm"} == {
        group: sum(both) for group, both in counts.items()
    }
    assert {each.content for each in test} == {each.content for each in _test_rows(without.task("reviews"))}


def _test_rows(task: Task) -> Sequence[TextExample]:
    assert task.data is not None
    return splits_of(task.data, TextExample, folder=task.folder, offline=True)["test"]


def test_the_score_ranks_where_the_test_has_enough_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "reviews.csv", count=2_200)
    groups = inspect(path).sensitive_groups
    assert groups is not None
    assert groups.ranks
    assert list(groups.notes) == []


@pytest.mark.slow
def test_written_files_are_the_tasks_of_a_run(tmp_path: Path) -> None:
    path = write(tmp_path / "reviews.csv", count=600)
    catalogue = default_catalogue()
    suite = own_data(DataOptions.read(path, {"sensitive": "by"}), catalogue).add_to(catalogue)
    written = Leaderboard().init_tasks(path, suite=True, sensitive="by")
    assert [each.name for each in written.paths] == ["reviews.yaml", "groups_reviews.yaml", "reviews_suite.yaml"]
    from_files = default_catalogue()
    assert from_files.suite(str(tmp_path / "reviews_suite.yaml")).tasks == suite.tasks
    for name in suite.tasks:
        assert from_files.digest(from_files.task(name)) == catalogue.digest(catalogue.task(name))
    assert all(check.problems == () for check in Leaderboard().check_tasks(written.paths))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (("f",), "the only group is 'f'; a difference is between two groups"),
        (("",), "no usable row has a value there"),
        (("f", "nan"), "'nan' in 60 rows mean that there is no group"),
        (tuple(map(str, range(30))), "it has 30 groups, such as '0', '1', '10'; at most 20 are compared"),
    ],
)
def test_a_column_that_cannot_be_compared_is_one_message(tmp_path: Path, groups: tuple[str, ...], message: str) -> None:
    with pytest.raises(RequestError, match="--sensitive by: ") as error:
        inspect(write(tmp_path / "reviews.csv", groups))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sensitive": "gender"}, "--sensitive: unknown column 'gender'"),
        ({"sensitive": "label", "label": "label"}, "--label and --sensitive name the same column"),
        ({"sensitive": "by", "positive": "good"}, "--positive: unknown class 'good'"),
        ({"sensitive": None, "positive": "positive"}, "--positive needs --sensitive COLUMN"),
    ],
)
def test_a_wrong_flag_is_one_message(tmp_path: Path, options: DataArguments, message: str) -> None:
    with pytest.raises(RequestError) as error:
        inspect_data(DataOptions.read(write(tmp_path / "reviews.csv"), options))
    assert message in str(error.value)


def test_several_classes_are_a_question(tmp_path: Path) -> None:
    rows = [(text, "abc"[n % 3], GENDERS[n % 4]) for n, (text, _) in enumerate(reviews())]
    (tmp_path / "reviews.csv").write_text(lines(rows, header="text,label,by"))
    with pytest.raises(RequestError, match="there are 3: 'a', 'b', 'c'\n  Answer with --positive c"):
        inspect(tmp_path / "reviews.csv")
    groups = inspect(tmp_path / "reviews.csv", positive="b").sensitive_groups
    assert groups is not None
    assert groups.positive == "b"


def test_small_groups_and_rows_without_one_are_noted(tmp_path: Path) -> None:
    notes = "\n".join(inspect(write(tmp_path / "reviews.csv", ("f", "f", "m", "m", ""))).notes)
    assert "test rows are in no group of 'by'" in notes
    assert "group fairness is not measured: each group needs 30 test rows of 'positive' and 30 others" in notes


def test_a_test_file_needs_the_column(tmp_path: Path) -> None:
    path = write(tmp_path / "reviews.csv")
    test = tmp_path / "test.csv"
    test.write_text(lines([(f"{text}, elsewhere", label) for text, label in reviews(40)], header="text,label"))
    with pytest.raises(RequestError, match=r"--test .*test\.csv: it has no column 'by', which --sensitive names"):
        inspect(path, test=test)
    rows = [(f"{text}, elsewhere", label, GENDERS[n % 4]) for n, (text, label) in enumerate(reviews(40))]
    test.write_text(lines(rows, header="text,label,by"))
    groups = inspect(path, test=test).sensitive_groups
    assert groups is not None
    assert groups.counts == {"f": (10, 10), "m": (10, 10)}


def test_numbers_and_missing_values_of_json_are_groups_and_none(tmp_path: Path) -> None:
    rows = [{"text": text, "label": label, "by": (1, 2.0, None)[n % 3]} for n, (text, label) in enumerate(reviews())]
    (tmp_path / "reviews.jsonl").write_text(json_rows(rows))
    groups = inspect(tmp_path / "reviews.jsonl").sensitive_groups
    assert groups is not None
    assert list(groups.counts) == ["1", "2"]
    assert groups.without > 0


def test_a_column_of_splits_says_which_rows_are_compared(tmp_path: Path) -> None:
    rows = [
        (text, label, GENDERS[n % 4], "test" if n % 3 == 0 else "train") for n, (text, label) in enumerate(reviews())
    ]
    (tmp_path / "reviews.csv").write_text(lines(rows, header="text,label,by,split"))
    groups = inspect(tmp_path / "reviews.csv").sensitive_groups
    assert groups is not None
    assert groups.counts == {"f": (10, 10), "m": (10, 10)}
