"""Names of classes in place of their numbers."""

from typing import Any

import pytest

from leaderboard.data.class_names import named_rows
from leaderboard.data.record import Record
from leaderboard.errors import RequestError
from tests.in_one_test import in_one_test

SIDES = {"_type": "ClassLabel", "names": ["negative", "positive"]}


def _named(value: Any, feature: Any = SIDES, column: str = "label") -> Record:
    (record,) = named_rows([Record(1, 0, {column: value})], {"label": feature})
    return record


@pytest.mark.parametrize(("number", "name"), [(0, "negative"), (1, "positive"), (-1, None), (None, None)])
def test_numbers_have_the_names_of_classes(number: Any, name: Any) -> None:
    assert _named(number).row == {"label": name}
    assert _named([number], [SIDES]).row == {"label": [name]}
    assert _named([[number]], {"_type": "List", "feature": {"_type": "List", "feature": SIDES}}).row["label"] == [
        [name]
    ]


@in_one_test("value", [0.9, 1.0, -1.0, float("nan"), float("inf"), True, "positive", "1", 2, -2, [0]])
def test_what_is_no_number_of_a_class_is_a_problem(value: Any) -> None:
    assert _named(value).problem == "a class is no number of the classes that the data set names"
    assert _named([value], {"_type": "List", "feature": SIDES}).problem


def test_two_classes_of_one_name_are_refused_where_they_are_read() -> None:
    twice = {"_type": "ClassLabel", "names": ["a", "b", "a"]}
    for feature, value in ((twice, 0), ([twice], [0])):
        with pytest.raises(RequestError, match=r"column 'label': .* two classes with the name 'a'"):
            _named(value, feature)
    assert _named("x", twice, "text").row == {"text": "x"}


@pytest.mark.parametrize("feature", [None, [], {"_type": "Value"}, {"_type": "ClassLabel", "names": None}, "x"])
def test_other_columns_stay(feature: Any) -> None:
    assert _named(0.5, feature).row == {"label": 0.5}
