import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.identity import digest, file_digest

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_the_order_of_keys_does_not_matter():
    assert digest({"a": 1, "b": [2, 3]}) == digest({"b": [2, 3], "a": 1})


def test_the_order_of_a_list_does():
    assert digest([1, 2]) != digest([2, 1])


def test_a_digest_is_the_sha256_of_compact_sorted_json():
    assert digest({"b": "é", "a": None}) == hashlib.sha256('{"a":null,"b":"é"}'.encode()).hexdigest()


@given(st.dictionaries(st.text(max_size=5), json_values, min_size=1, max_size=4), st.data())
def test_changing_any_part_changes_the_digest(value, data):
    key = data.draw(st.sampled_from(sorted(value)))
    assert digest(value | {key: ["changed", value[key]]}) != digest(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_say_is_refused(value):
    with pytest.raises(ValueError, match="Out of range"):
        digest(value)


def test_an_object_is_refused_rather_than_addressed():
    with pytest.raises(TypeError):
        digest({"x": object()})


def test_a_files_digest_is_that_of_its_bytes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    assert file_digest(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()
