"""Two files of texts as the task of attacks on pre-training data."""

import json

import pytest

from leaderboard.data.rows import read_rows
from leaderboard.errors import RequestError
from leaderboard.own_data.inspection import inspect_data
from leaderboard.own_data.membership_files import add_membership_task
from leaderboard.own_data.options import DataOptions
from leaderboard.tasks import Catalogue, protocol_of


@pytest.fixture
def files(tmp_path):
    members, others = tmp_path / "crawled.jsonl", tmp_path / "new.csv"
    members.write_text("".join(json.dumps({"text": f"a sentence of number {n}", "id": n}) + "\n" for n in range(30)))
    others.write_text("id,text\n" + "".join(f"{n},another sentence of {n}\n" for n in range(30)))
    return members, others


def test_files_of_two_formats_are_one_task(files):
    task = add_membership_task(*files, {}, Catalogue())
    assert task.name == "membership_crawled"
    assert {split: str(each.read.format) for split, each in task.data.splits.items()} == {
        "members": "jsonl", "nonmembers": "delimited",
    }  # fmt: skip
    assert protocol_of(task).metrics


@pytest.mark.parametrize(("changes", "message"), [
    ({"members": None}, "--nonmembers needs --members FILE, too"),
    ({"arguments": {"label": "id"}}, "--label cannot be combined with --members"),
    ({"arguments": {"text": "nowhere"}}, "unknown column 'nowhere'"),
])  # fmt: skip
def test_what_is_missing_or_useless_is_refused(files, changes, message):
    request = {"members": files[0], "nonmembers": files[1], "arguments": {}, "catalogue": Catalogue(), **changes}
    with pytest.raises(RequestError, match=message):
        add_membership_task(**request)


def test_one_file_is_no_two(files):
    with pytest.raises(RequestError, match="name the same file"):
        add_membership_task(files[0], files[0], {}, Catalogue())


TEXTS = ["the carnage, and the war", "no comma here at all", 'he said "no", and left', "it is, in short, long"] * 5


def read_texts(tmp_path, content, name="new.txt", **arguments):
    """Return the texts that are read from a file of members, whose non-members are lines of another."""
    members, others = tmp_path / name, tmp_path / "others.txt"
    members.write_text(content, encoding="utf-8")
    others.write_text("a text, with a comma\nanother text\n", encoding="utf-8")
    split = add_membership_task(members, others, arguments, Catalogue()).data.splits["members"]
    column = str(split.read.fields["text"].column)
    return [record.row[column] for record in read_rows(members, split.read)]


@pytest.mark.parametrize("name", ["new.txt", "new.csv", "new"])
def test_a_text_a_line_needs_neither_labels_nor_a_header(tmp_path, name):
    assert read_texts(tmp_path, "\n".join(TEXTS) + "\n\n", name) == TEXTS


def test_chinese_lines_are_texts(tmp_path):
    texts = ["房间很大，也很干净。", "服务不好", "早餐一般，位置不错，价格合理。"] * 4
    assert read_texts(tmp_path, "\r\n".join(texts)) == texts


def test_quoted_values_of_one_column_are_read_as_a_csv_writer_has_them(tmp_path):
    text = 'text\n"the carnage, and the war"\nno comma\n"of two\nlines"\n'
    assert read_texts(tmp_path, text, "new.csv") == ["the carnage, and the war", "no comma", "of two\nlines"]


def test_a_short_first_line_of_csv_is_a_question(tmp_path):
    text = "Message\nthe first text of this file\nthe second text of this file\n"
    with pytest.raises(RequestError, match="line 1 may be a header or a text"):
        read_texts(tmp_path, text.replace("Message", "Hello there"), "new.csv")
    assert len(read_texts(tmp_path, text, "new.csv", text="Message")) == 2
    assert len(read_texts(tmp_path, text, "new.csv", header=False)) == 3


@pytest.mark.parametrize(("text", "message"), [
    ("id,text\n1,one, two\n2,three\n3,four, five, six\n", "no delimiter gives the same number of columns"),
    ("1,one, two\n2,three\n3,four, five, six\n", "no delimiter gives the same number of columns"),
    ("text\none, two\nthree\n", "line 1 is the header 'text'"),
])  # fmt: skip
def test_a_table_with_mistakes_is_not_taken_for_lines(tmp_path, text, message):
    with pytest.raises(RequestError, match=message):
        read_texts(tmp_path, text, "new.csv")


def test_delimiter_none_takes_every_line_for_a_text(tmp_path):
    text = "[deleted], 1\n2, two\n3, three\n"
    assert read_texts(tmp_path, text, delimiter="none") == text.splitlines()


def test_delimiter_none_is_for_texts_without_labels(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("text,label\n" + "a text,good\nother,bad\n" * 30)
    with pytest.raises(RequestError, match="--delimiter none is for --members"):
        inspect_data(DataOptions.read(path, {"delimiter": "none"}))
    with pytest.raises(RequestError, match="cannot be combined with --header"):
        read_texts(tmp_path, "a, b\n", delimiter="none", header=True)


def test_members_alone_are_to_be_extracted(files):
    task = add_membership_task(files[0], None, {}, Catalogue())
    assert (task.name, task.protocol, list(task.data.splits)) == ("extraction_crawled", "extraction", ["members"])
    assert {metric.name for metric in protocol_of(task).metrics} == set(task.metrics)
