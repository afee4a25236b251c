import pytest
from pydantic import ValidationError

from leaderboard.data.source import Location
from leaderboard.data.specification import DataSpec, FieldSpec, Reading, Split

SOURCE = {"file": "a.txt", "sha256": "0" * 64}


@pytest.mark.parametrize("path", ["../secret.txt", "inside/../../secret.txt", "/etc/passwd", "in\\side.txt", ""])
def test_a_file_outside_the_tasks_folder_cannot_be_named(path):
    with pytest.raises(ValidationError):
        Location.model_validate({"file": path})


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"column": "text", "pattern": "(["}, "'\\(\\[' is not a regular expression"),
        ({"column": "text", "every": True}, "`every` needs a `pattern`"),
        ({"template": "{{ text"}, "template '{{ text': unexpected end of template"),
        ({"column": "text", "template": "{{ text }}"}, "from a column, from several columns, or from a template"),
        ({}, "from a column, from several columns, or from a template"),
    ],
)
def test_a_field_that_cannot_be_read_is_refused_with_the_task_file(field, message):
    with pytest.raises(ValidationError, match=message):
        FieldSpec.model_validate(field)


@pytest.mark.parametrize("share", [[0.5, 0.5], [0.9, 0.1]])
def test_an_empty_share_is_refused(share):
    with pytest.raises(ValidationError, match="is empty; write"):
        Split.model_validate({"source": SOURCE, "share": share})


@pytest.mark.parametrize("edge", [float("nan"), float("inf")])
def test_numbers_have_to_be_finite(edge):
    with pytest.raises(ValidationError, match="finite number"):
        Reading.model_validate({"label_ranges": {"positive": [0.0, edge]}})


def test_raw_labels_may_be_written_as_numbers():
    assert Reading.model_validate({"label_values": {0: "no", 1: "yes"}}).label_values == {"0": "no", "1": "yes"}


def test_raw_labels_that_yaml_takes_for_truth_values_are_refused():
    with pytest.raises(ValidationError, match="valid string"):
        Reading.model_validate({"label_values": {False: "no"}})


def test_a_class_is_named_once():
    with pytest.raises(ValidationError, match="'ham' is there twice"):
        DataSpec.model_validate({"labels": ["ham", "spam", "ham"], "splits": {"test": {"source": SOURCE}}})


def test_settings_that_were_added_later_are_left_out_of_a_dump_at_their_default():
    assert "contradictions" not in Reading().model_dump()
    assert Reading(contradictions="drop").model_dump(mode="json")["contradictions"] == "drop"
