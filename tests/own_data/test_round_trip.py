"""The files of `tasks init` are the tasks that `run --data` makes in memory, and their data is as it was counted."""

from pathlib import Path

import pandas as pd
import pytest

from leaderboard import Leaderboard
from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.own_data.options import DataArguments, DataOptions
from leaderboard.own_data.own_data import own_data
from leaderboard.tasks import default_catalogue
from tests.own_data.files import chinese_reviews, labelled, lines, reviews, table

ODD = lines(
    [
        ("a; b\nc", 'it\'s 50 % "x"'),
        *((text, ("no", 'it\'s 50 % "x"')[n % 2]) for n, (text, _) in enumerate(reviews())),
    ],
    header="the: 'text',# label",
    delimiter=";",
)
CASES: dict[str, tuple[bytes, DataArguments]] = {
    "plain": (table().encode(), {}),
    "Chinese in GB18030": (lines(chinese_reviews(), header="评论,标签").encode("gb18030"), {}),
    "UTF-16 without header": (table("\t", header="").encode("utf-16"), {"label_names": "negative=bad,positive=good"}),
    "odd names": (
        ODD.replace("the: 'text',# label", "the: 'text';# label").encode(),
        {"label": "# label", "text": "the: 'text'"},
    ),
    "ranges": (labelled("12345", "review,stars").encode(), {"label_ranges": "low=1..2,high=4..5"}),
    "missing labels and bad rows": (
        (labelled(["yes", "no", "-", ""]) + "a,b,c\n").encode(),
        {"drop_bad_rows": True},
    ),
    "groups": (
        lines(
            [(text, label, f"a{n % 31}") for n, (text, label) in enumerate(reviews())], header="text,label,by"
        ).encode(),
        {"group": "by"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_written_files_are_the_tasks_of_a_run(tmp_path: Path, case: tuple[bytes, DataArguments]) -> None:
    content, options = case
    (tmp_path / "my reviews.csv").write_bytes(content)
    (tmp_path / "elsewhere.csv").write_bytes(content.replace(b"room", b"street").replace("房间".encode("gb18030"), b""))
    options = {**options}
    in_memory = default_catalogue()
    data = own_data(DataOptions.read(tmp_path / "my reviews.csv", options), in_memory)
    suite = data.add_to(in_memory)
    written = Leaderboard().init_tasks(tmp_path / "my reviews.csv", suite=True, **options)
    catalogue = default_catalogue()
    from_files = catalogue.suite(str(tmp_path / "my_reviews_suite.yaml"))
    assert [path.name for path in written.paths] == ["my_reviews.yaml", "my_reviews_suite.yaml"]
    assert from_files.tasks == suite.tasks
    for name in suite.tasks:
        assert catalogue.digest(catalogue.task(name)) == in_memory.digest(in_memory.task(name))
    checks = Leaderboard().check_tasks(written.paths)
    assert [check.problems for check in checks] == [(), ()]
    counted = {name: counts.total() for name, counts in data.inspection.plan.counts.items()}
    report = "\n".join(line for check in checks for line in check.lines)
    assert all(f"{name}: {count} rows" in report for name, count in counted.items())


def test_other_distributions_become_a_shift_task(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(table())
    (tmp_path / "tweets.tsv").write_text(
        table("\t").replace("room", "street").replace("food", "drink").replace("visit", "day")
    )
    (tmp_path / "test.csv").write_text(table().replace("food", "soup").replace("room", "roof").replace("visit", "stay"))
    written = Leaderboard().init_tasks(
        tmp_path / "reviews.csv", suite=True, ood=[tmp_path / "tweets.tsv"], test=tmp_path / "test.csv"
    )
    assert [path.name for path in written.paths] == ["reviews.yaml", "shift_reviews.yaml", "reviews_suite.yaml"]
    assert list(written.axes.values()) == list(Axis)
    assert written.suite.not_derived == {}
    checks = Leaderboard().check_tasks(written.paths)
    assert [check.problems for check in checks] == [(), (), ()]
    shift = default_catalogue()
    shift.suite(str(tmp_path / "reviews_suite.yaml"))
    data = shift.task("shift_reviews").data
    assert data is not None
    assert list(data.splits) == ["home", "tweets"]
    assert data.splits["home"].source.locations[0].file == "test.csv"
    assert data.splits["tweets"].read is not None


def test_chinese_data_has_the_bias_task_of_chinese_texts(tmp_path: Path) -> None:
    (tmp_path / "评论.csv").write_text(lines(chinese_reviews(), header="评论,标签"))
    written = Leaderboard().init_tasks(tmp_path / "评论.csv", suite=True)
    assert written.paths[0].name == "data_" + written.paths[0].stem.removeprefix("data_") + ".yaml"
    (bias,) = [name for name, axis in written.axes.items() if axis is Axis.BIAS]
    (catalogue := default_catalogue()).suite(str(written.paths[-1]))
    assert (borrowed := catalogue.task(bias).data) is not None
    assert borrowed.same_as == "counterfactual_chinese"
    assert "--ood FILE" in written.suite.not_derived[Axis.OOD]


def test_a_name_that_a_task_of_the_program_has_is_changed(tmp_path: Path) -> None:
    (tmp_path / "sst2.csv").write_text(table())
    assert Leaderboard().init_tasks(tmp_path / "sst2.csv").paths[0].name == "own_sst2.yaml"


def test_the_worst_accuracy_is_the_share_of_the_largest_class(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(labelled(["a"] * 4 + ["b"], count=400))
    written = Leaderboard().init_tasks(tmp_path / "reviews.csv")
    task = default_catalogue().task(str(written.paths[0]))
    test = written.inspection.plan.counts["test"]
    assert task.anchors["accuracy"].worst == pytest.approx(test["a"] / test.total(), abs=1e-4)


@pytest.mark.parametrize("prompted", [("reviews", "Review: {{ text }}\nLabel:", [" bad", " good"])])
def test_a_prompt_names_the_columns_and_the_classes(tmp_path: Path, prompted: tuple[str, str, list[str]]) -> None:
    name, template, choices = prompted
    (tmp_path / f"{name}.csv").write_text(labelled(["bad", "good"], "review,label"))
    task = default_catalogue().task(str(Leaderboard().init_tasks(tmp_path / f"{name}.csv").paths[0]))
    assert task.prompt is not None
    assert (task.prompt.template, list(task.prompt.choices)) == (template, choices)


def test_data_that_changed_is_named_with_both_ways_out(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(table())
    written = Leaderboard().init_tasks(tmp_path / "reviews.csv")
    (tmp_path / "reviews.csv").write_text(table() + "one more row of text,positive\n")
    problems = [problem for check in Leaderboard().check_tasks(written.paths) for problem in check.problems]
    assert any("wrong checksum" in each and "--force" in each and "Restore the file" in each for each in problems)
    Leaderboard().init_tasks(tmp_path / "reviews.csv", force=True)
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


def test_no_group_is_parted(tmp_path: Path) -> None:
    content, options = CASES["groups"]
    (tmp_path / "reviews.csv").write_bytes(content)
    path = Leaderboard().init_tasks(tmp_path / "reviews.csv", **options).paths[0]
    task = default_catalogue().task(str(path))
    from leaderboard.data.examples import TextExample
    from leaderboard.data.reading import splits_of

    assert task.data is not None
    splits = splits_of(task.data, TextExample, folder=task.folder, offline=True)
    groups = {name: {getattr(each, "group", None) for each in splits[name]} for name in splits}
    assert all(groups.values())
    assert sum(map(len, groups.values())) == 31


def test_leaks_between_files_are_counted(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(table())
    (tmp_path / "test.csv").write_text(table().replace("food", "soup"))
    inspection = own_data(
        DataOptions.read(tmp_path / "reviews.csv", {"test": tmp_path / "test.csv"}), default_catalogue()
    ).inspection
    assert any("60 of 120 rows of test.csv (--test) are also in reviews.csv" in note for note in inspection.notes)


def test_texts_of_the_data_are_no_other_distribution(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(table())
    (tmp_path / "tweets.csv").write_text(table().replace("food", "soup"))
    with pytest.raises(RequestError, match=r"60 of 120 rows of tweets\.csv"):
        own_data(DataOptions.read(tmp_path / "reviews.csv", {"ood": tmp_path / "tweets.csv"}), default_catalogue())


def test_another_file_is_read_in_its_own_way(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(labelled(["0", "1"]))
    rows = [(f"{text}, elsewhere".replace("visit", "day"), label) for text, label in reviews()]
    (tmp_path / "a.tsv").write_bytes(lines(rows, delimiter="\t", header="body,sentiment").encode("utf-16"))
    options: DataArguments = {"ood": tmp_path / "a.tsv", "label_names": "0=negative,1=positive"}
    (file,) = own_data(DataOptions.read(tmp_path / "reviews.csv", options), default_catalogue()).inspection.ood
    assert (file.columns.text, file.layout.reading.encoding, file.classes.values) == ("body", "utf-16", {})  # noqa: PD011 - no frame
    (tmp_path / "a.tsv").write_text(labelled(["0", "1", "2"]).replace("visit", "day"))
    for rows in ({}, {"drop_bad_rows": True}):  # which never leaves out rows of an unknown label
        with pytest.raises(RequestError, match=r"label '2' \(\d+ rows\) is none of the classes"):
            own_data(DataOptions.read(tmp_path / "reviews.csv", options | rows), default_catalogue())
    named = options | {"no_label": "2"}
    (file,) = own_data(DataOptions.read(tmp_path / "reviews.csv", named), default_catalogue()).inspection.ood
    assert file.classes.absent == {"2"}
    with pytest.raises(RequestError, match="--no-label"):
        own_data(DataOptions.read(tmp_path / "reviews.csv", options | {"no_label": "3"}), default_catalogue())


@pytest.mark.slow
def test_a_parquet_file_is_read_as_a_table(tmp_path: Path) -> None:
    pd.DataFrame(reviews(), columns=["text", "label"]).to_parquet(tmp_path / "reviews.parquet")
    written = Leaderboard().init_tasks(tmp_path / "reviews.parquet")
    assert written.inspection.detections[0].value == "Parquet"
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


def test_a_shift_task_is_checked_with_the_task_beside_it(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(table())
    (tmp_path / "tweets.csv").write_text(table().replace("room", "street").replace("food", "drink"))
    paths = Leaderboard().init_tasks(tmp_path / "reviews.csv", ood=tmp_path / "tweets.csv").paths
    (check,) = Leaderboard().check_tasks([paths[1]])
    assert (paths[1].name, check.problems) == ("shift_reviews.yaml", ())
    paths[0].unlink()
    (check,) = Leaderboard().check_tasks([paths[1]])
    assert f"belongs in {paths[0]}, beside this file" in check.problems[0]


def test_a_prompt_with_an_unknown_field_is_refused_before_a_run(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(table())
    path = Leaderboard().init_tasks(tmp_path / "reviews.csv").paths[0]
    path.write_text(path.read_text().replace("{{ text }}", "{{ texxt }}"))
    (check,) = Leaderboard().check_tasks([path])
    assert "no field 'texxt'; the fields are: text, second, options" in check.problems[0]


def test_a_misspelt_column_is_named_where_rows_without_values_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(table())
    path = Leaderboard().init_tasks(tmp_path / "reviews.csv").paths[0]
    path.write_text(path.read_text().replace("fields: {text: text,", "fields: {text: Texts,"))
    (check,) = Leaderboard().check_tasks([path])
    assert "no column 'Texts'" in check.problems[0]
    assert "Did you mean 'text'?" in check.problems[0]
