import inspect

import pytest

from tests.in_one_test import in_one_test


def test_every_case_runs_and_those_that_fail_are_named():
    tried = []

    @in_one_test("first, second", [(1, 1), (1, 2), (2, 3)])
    def equal(first, second, fixture):
        tried.append((first, second, fixture))
        assert first == second

    assert list(inspect.signature(equal).parameters) == ["fixture"]
    with pytest.raises(ExceptionGroup, match="2 of 3 cases") as caught:
        equal(fixture="x")
    assert tried == [(1, 1, "x"), (1, 2, "x"), (2, 3, "x")]
    assert [error.__notes__ for error in caught.value.exceptions] == [["case: 1, 2"], ["case: 2, 3"]]


def test_no_case_is_a_failure():
    with pytest.raises(AssertionError, match="no case"):
        in_one_test("value", [])(lambda value: None)()
