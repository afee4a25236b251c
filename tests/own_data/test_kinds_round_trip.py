"""Written tasks of words with tags, of questions with choices, and of columns of splits hold what was counted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard import Leaderboard
from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.own_data.inspection import Inspection, inspect_data
from leaderboard.own_data.options import DataArguments, DataOptions
from leaderboard.own_data.own_data import own_data
from leaderboard.tasks import default_catalogue
from tests.own_data.files import lines, reviews, table
from tests.own_data.test_odd_kinds import IOB2, PARTS, nested, quiz, sentences, split


def tag_lists(**more: str) -> str:
    """The sentences of a CoNLL file as JSON lines, with a list of words and one of tags."""
    blocks = [[line.split() for line in block.splitlines()] for block in IOB2.strip().split("\n\n")]
    rows = [{"tokens": [line[0] for line in each], "ner_tags": [line[-1] for line in each], **more} for each in blocks]
    return "\n".join(map(json.dumps, rows))


CASES: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "tags": ("train.conll", IOB2, lambda text: text.replace("Smith", "Jones")),
    "four columns": (
        "train.txt",
        "-DOCSTART- -X- O O\n\n" + sentences(form="{word} NN B-NP {tag}"),
        lambda text: text.replace("Smith", "Jones"),
    ),
    "lists of words and tags": ("train.jsonl", tag_lists(), lambda text: text.replace("Smith", "Jones")),
    "letters": ("quiz.csv", quiz(lambda n: "ABC"[n % 3]), lambda text: text.replace("what is", "say what is")),
    "numbers": ("quiz.csv", quiz(lambda n: 1 + n % 3), lambda text: text.replace("what is", "say what is")),
    "a context": (
        "quiz.csv",
        quiz(lambda n: n % 2).replace("question,A,B,C,answer", "question,context,option1,option2,label"),
        lambda text: text.replace("what is", "say what is"),
    ),
    "nested": ("quiz.jsonl", nested(), lambda text: text.replace("what is", "say what is")),
    "splits": ("reviews.csv", split((*PARTS, "dev")), lambda text: text.replace("food", "soup").replace("room", "hut")),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_written_files_are_the_tasks_of_a_run(tmp_path: Path, case: tuple[str, str, Callable[[str], str]]) -> None:
    name, content, elsewhere = case
    (tmp_path / name).write_text(content)
    (tmp_path / f"other_{name}").write_text(elsewhere(content))
    options: DataArguments = {"ood": tmp_path / f"other_{name}"}
    if "context" in content:
        options["answers"] = "index"
    in_memory = default_catalogue()
    data = own_data(DataOptions.read(tmp_path / name, options), in_memory)
    suite = data.add_to(in_memory)
    written = Leaderboard().init_tasks(tmp_path / name, suite=True, **options)
    catalogue = default_catalogue()
    from_files = catalogue.suite(str(written.paths[-1]))
    assert from_files.tasks == suite.tasks
    for task in suite.tasks:
        assert catalogue.digest(catalogue.task(task)) == in_memory.digest(in_memory.task(task))
    checks = Leaderboard().check_tasks(written.paths)
    assert [check.problems for check in checks] == [(), (), ()]
    report = "\n".join(line for check in checks for line in check.lines)
    unit = "sentences" if name.startswith("train") else "rows"
    for part, rows in data.inspection.plan.rows.items():
        assert f"{part}: {rows} {unit}" in report


@pytest.mark.parametrize(
    ("name", "content", "protocol"),
    [("train.conll", IOB2, "tagging_latency"), ("quiz.csv", quiz(lambda n: "ABC"[n % 3]), "choice_latency")],
)
def test_answers_are_timed_in_the_wording_of_the_file(tmp_path: Path, name: str, content: str, protocol: str) -> None:
    (tmp_path / name).write_text(content)
    catalogue = default_catalogue()
    suite = own_data(DataOptions.read(tmp_path / name, {}), catalogue).add_to(catalogue)
    task, latency = (catalogue.task(name) for name in suite.tasks)
    assert (latency.name, latency.axis, latency.protocol) == (f"{protocol}_{task.name}", Axis.LATENCY, protocol)
    assert latency.parameters == {"samples": 200, "warm_up": 10} | task.parameters
    assert ("template" in latency.parameters) is (protocol == "choice_latency")


def test_an_axis_without_a_task_has_a_reason_that_fits_the_kind(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text(IOB2)
    suite = Leaderboard().init_tasks(tmp_path / "train.conll").suite
    assert set(suite.not_derived) == set(Axis) - {Axis.ACCURACY, Axis.LATENCY}
    assert "train.conll has words with tags (column 1)" in suite.not_derived[Axis.PRIVACY]
    assert "--ood FILE" in suite.not_derived[Axis.OOD]


def test_reasons_name_the_column_that_is_the_cause_and_the_flag(tmp_path: Path) -> None:
    pairs = [f"premise {n},hypothesis {n},{'yes' if n % 2 else 'no'}" for n in range(80)]
    (tmp_path / "pairs.csv").write_text("\n".join(["premise,hypothesis,label", *pairs]))
    bias = Leaderboard().init_tasks(tmp_path / "pairs.csv").suite.not_derived[Axis.BIAS]
    assert "the column 'hypothesis' has second texts; --text 'premise' alone" in bias
    (tmp_path / "quiz.csv").write_text(quiz(lambda n: "ABC"[n % 3]))
    privacy = Leaderboard().init_tasks(tmp_path / "quiz.csv").suite.not_derived[Axis.PRIVACY]
    assert "the column 'answer' of quiz.csv has answers to questions; --choices none" in privacy
    (tmp_path / "reviews.csv").write_text(table())
    german = Leaderboard().init_tasks(tmp_path / "reviews.csv", language="de").suite.not_derived[Axis.BIAS]
    assert "the texts in 'de'; --language en or zh" in german


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (IOB2.replace("LOC", "CITY"), "no span of its type 'CITY'"),
        (sentences(("B-PER", "E-PER", "O", "O", "S-LOC")), "written in BIOES, and those of the training rows in IOB2"),
        (IOB2, "60 of 60 rows of other.conll"),
    ],
)
def test_tags_that_do_not_fit_are_refused(tmp_path: Path, other: str, message: str) -> None:
    (tmp_path / "train.conll").write_text(IOB2)
    (tmp_path / "other.conll").write_text(other)
    with pytest.raises(RequestError, match=message):
        inspect_data(DataOptions.read(tmp_path / "train.conll", {"ood": tmp_path / "other.conll"}))


def test_a_test_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text(IOB2)
    (tmp_path / "quiz.csv").write_text(quiz(lambda n: "ABC"[n % 3]))
    (tmp_path / "reviews.csv").write_text(table())
    for data, test, message in (
        ("train.conll", "reviews.csv", "it has no columns of words and tags"),
        ("quiz.csv", "reviews.csv", "it has no choices of questions"),
        ("reviews.csv", "train.conll", "it is a CoNLL file"),
    ):
        with pytest.raises(RequestError, match=message):
            inspect_data(DataOptions.read(tmp_path / data, {"test": tmp_path / test}))


def test_a_column_of_splits_and_a_test_file_have_two_tests(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(split(PARTS))
    (tmp_path / "test.csv").write_text(table().replace("food", "soup").replace("room", "hut"))
    with pytest.raises(RequestError, match=r"(?s)and so has --test.*--ignore-split"):
        inspect_data(DataOptions.read(tmp_path / "reviews.csv", {"test": tmp_path / "test.csv"}))
    (tmp_path / "reviews.csv").write_text(split(("train", "train", "dev")))
    plan = inspect_data(DataOptions.read(tmp_path / "reviews.csv", {"test": tmp_path / "test.csv"})).plan
    assert (plan.rows["search"], plan.rows["test"]) == (80, 120)
    assert plan.rows["train"] + plan.rows["nonmembers"] == 160


def test_rows_without_a_column_of_splits_are_divided_at_random(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(lines(reviews(), header="text,label"))
    plan = inspect_data(DataOptions.read(tmp_path / "reviews.csv", {})).plan
    assert plan.only == {}
    assert list(plan.shares) == ["train", "nonmembers", "search", "test"]


def inspected(tmp_path: Path, content: str, **options: Any) -> Inspection:
    (tmp_path / "train.jsonl").write_text(content)
    return inspect_data(DataOptions.read(tmp_path / "train.jsonl", options))


def test_lists_of_words_and_tags_count_as_a_conll_file_does(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text(IOB2)
    conll = inspect_data(DataOptions.read(tmp_path / "train.conll", {}))
    lists = inspected(tmp_path, tag_lists())
    assert (lists.form.labels, lists.plan.counts) == (conll.form.labels, conll.plan.counts)
    assert (lists.main.columns.words, lists.main.columns.tags) == ("tokens", "ner_tags")


def test_lists_of_tags_that_are_not_clear_are_asked_about_or_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="and a column 'sentiment'"):
        inspected(tmp_path, tag_lists(sentiment="good"))
    assert inspected(tmp_path, tag_lists(sentiment="good"), label="ner_tags").form.protocol == "tagging"
    numbers = json.dumps({"tokens": ["a", "b"], "ner_tags": [0, 1]})
    with pytest.raises(RequestError, match="has numbers for tags, such as 0, and no names"):
        inspected(tmp_path, "\n".join([numbers] * 30))
    short = json.dumps({"tokens": ["a", "b"], "ner_tags": ["O"]})
    with pytest.raises(RequestError, match="1 tags for 2 words"):
        inspected(tmp_path, f"{tag_lists()}\n{short}")
    with pytest.raises(RequestError, match="--ignore-split"):
        inspected(tmp_path, "\n".join(tag_lists(split=name) for name in ("train", "test")))
