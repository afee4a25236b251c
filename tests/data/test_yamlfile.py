"""YAML files: what is read is what is written."""

import pytest
import yaml

from leaderboard.data.yamlfile import load_yaml
from leaderboard.errors import RequestError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a\nversion: 1\nname: b\n", "line 3, column 1: the key 'name' is there twice"),
        ("read:\n  label_values: {0: bad, 0: good}\n", "line 2, column 26: the key '0' is there twice"),
        ('label_values: {1: bad, "1": good}\n', "the key '1' is there twice"),
        ("label_values: {no: bad, 'no': good}\n", "the key 'no' is there twice"),
        ("labels: [a]\nlist:\n  - {x: 1, x: 1}\n", "line 3, column 12: the key 'x' is there twice"),
        ("fields: {caf\u00e9: 1, cafe\u0301: 2}\n", "is there twice"),
    ],
)
def test_a_key_that_is_there_twice_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(RequestError) as error:
        load_yaml(text, where="f.yaml")
    assert message in str(error.value)


def test_keys_that_are_merged_in_may_be_written_over() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {z: 3}\nc: {<<: *a, y: 4}\nd: {<<: *b, x: 5}\ne: {<<: [*a, *b], x: 0}\n"
    assert load_yaml(text, where="f.yaml") == yaml.safe_load(text)
    assert load_yaml(text, where="f.yaml")["c"] == {"x": 1, "y": 4}
