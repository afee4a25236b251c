"""Two files of texts as the task of attacks on pre-training data."""

import json

import pytest

from leaderboard.errors import RequestError
from leaderboard.own_data.membership_files import add_membership_task
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
    ({"nonmembers": None}, "--members needs --nonmembers FILE, too"),
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
