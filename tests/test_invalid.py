from typing import Annotated

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.invalid import explain, explain_yaml


class Place(BaseModel):
    model_config = ConfigDict(extra="forbid")
    commit: str = Field(pattern="^[0-9a-f]{40}$")


class File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    axis: Axis = Axis.BIAS
    places: Annotated[tuple[Place, ...], Field(min_length=1)] = (Place(commit="0" * 40),)
    folder: str = Field(default="", exclude=True)


def test_what_is_wrong_with_the_whole_is_told_of_the_whole():
    class Pair(BaseModel):
        first: int = 0

        @model_validator(mode="after")
        def _refuse(self):
            raise ValueError("first and last do not go together")

    with pytest.raises(ValidationError) as error:
        Pair.model_validate({})
    assert explain(error.value, Pair, where="--set", prefix="recipe.") == (
        "--set: recipe: first and last do not go together"
    )


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ({"axs": 1}, ["f: unknown key 'axs'", "  Known keys there: axis, places", "  Did you mean 'axis'?"]),
        ({"places": []}, ["f: places: List should have at least 1 item after validation, not 0"]),
        ({"places": "x"}, ["f: places: Input should be a list, not 'x'"]),
        (
            {"places": [{"commit": "main"}]},  # the list is not told to be empty because its one item is wrong
            ["f: places.0.commit: String should match pattern '^[0-9a-f]{40}$', not 'main'"],
        ),
    ],
)
def test_each_mistake_is_told_once_with_what_was_given(content, lines):
    with pytest.raises(ValidationError) as error:
        File.model_validate(content)
    message = explain(error.value, File, where="f").splitlines()
    assert message == lines


def test_broken_yaml_is_told_with_its_line():
    with pytest.raises(yaml.YAMLError) as error:
        yaml.safe_load("a: 1\nb: c: 2\n")
    assert explain_yaml(error.value) == "line 2, column 5: mapping values are not allowed here"
