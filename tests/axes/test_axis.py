import copy
import json
import logging
import pickle

import pytest
from pydantic import BaseModel, ValidationError

from leaderboard.axes import axis as module
from leaderboard.axes.axis import Axis
from leaderboard.colours import FAINT, FREE
from leaderboard.plugins import PluginError, warn_once

SIX = ["accuracy", "ood", "bias", "privacy", "latency", "explainability"]
SOURCE = """
from leaderboard.axes.axis import Axis

SAFETY = Axis.define("safety", heading="safe.", title="safety", zh="安全性", cost=2.5)
"""


@pytest.fixture(autouse=True)
def _read_again(distribution):
    """What is installed is read once a process, so that each test begins and ends anew."""
    module._registered.cache_clear()
    warn_once.cache_clear()
    yield
    module._registered.cache_clear()


def test_an_axis_is_its_name():
    assert list(Axis) == SIX
    assert Axis("bias") is Axis.BIAS
    assert Axis.BIAS == "bias" == f"{Axis.BIAS}"
    assert "bias" in Axis
    assert "speed" not in Axis
    assert json.dumps({Axis.BIAS: Axis.BIAS}) == '{"bias": "bias"}'
    with pytest.raises(ValueError, match="'speed' is not an axis: accuracy, ood"):
        Axis("speed")


def test_a_copy_of_an_axis_is_the_axis():
    assert pickle.loads(pickle.dumps(Axis.OOD)) is Axis.OOD  # noqa: S301 - our own bytes
    assert copy.deepcopy(Axis.OOD) is Axis.OOD


def test_a_field_of_a_model_takes_the_name_of_an_axis():
    class Asked(BaseModel):
        axis: Axis

    assert Asked.model_validate({"axis": "bias"}).axis is Axis.BIAS
    assert Asked(axis=Axis.BIAS).model_dump(mode="json") == {"axis": "bias"}
    with pytest.raises(ValidationError, match=r"Input should be 'accuracy', 'ood', .* or 'explainability'"):
        Asked.model_validate({"axis": "speed"})


def test_an_axis_of_a_plug_in_has_a_free_colour_unless_it_declares_one(distribution):
    distribution("some-axis", module.GROUP, {"safety": "some_axis:SAFETY"}, SOURCE)
    own = SOURCE.replace("SAFETY =", "TASTE =").replace("safety", "taste").replace("cost", f'colour="{FREE[0]}", cost')
    distribution("other-axis", module.GROUP, {"taste": "other_axis:TASTE"}, own)
    assert (Axis("taste").colour, Axis("safety").colour) == (FREE[0], FREE[1])
    assert Axis.recorded("uninstalled").colour == FAINT


@pytest.mark.parametrize(
    ("colour", "message"),
    [
        ("blue", "'blue' is not a colour: write #RRGGBB"),
        ("#FFFF00", r"contrast of 1\.1:1 with the light page, and needs 3:1"),
        ("#101010", r"contrast of 1\.0:1 with the dark page"),
    ],
)
def test_an_illegible_colour_is_refused(colour, message):
    with pytest.raises(ValueError, match=f"axis 'safety': .*{message}"):
        Axis.define("safety", heading="safe.", title="safety", cost=1, colour=colour)


def test_an_axis_of_a_plug_in_is_behind_the_six(distribution):
    distribution("some-axis", module.GROUP, {"safety": "some_axis:SAFETY"}, SOURCE)
    assert list(Axis) == [*SIX, "safety"]
    assert (Axis("safety").heading, Axis("safety").place, Axis("safety").built_in) == ("safe.", 6, False)
    assert (Axis("safety").title_in("zh"), Axis("safety").title_in("en")) == ("安全性", "safety")


def test_a_recorded_axis_that_is_not_installed_has_its_name_alone():
    safety = Axis.recorded("safety")
    assert (safety, safety.place, safety.title_in("zh"), safety in Axis) == ("safety", 6, "safety", False)
    assert Axis.recorded("bias") is Axis.BIAS
    for wrong in ("", "Safety", "a b", "x" * 17, 3):
        with pytest.raises(ValueError, match="is not the name of an axis"):
            Axis.recorded(wrong)


def test_an_axis_of_two_distributions_is_refused(distribution):
    for name in ("first_axis", "second_axis"):
        distribution(name, module.GROUP, {"safety": f"{name}:SAFETY"}, SOURCE)
    with pytest.raises(PluginError, match="axis 'safety' is declared by first_axis and second_axis"):
        list(Axis)


def test_a_plug_in_that_declares_no_axis_of_its_name_is_left_out_with_a_warning(distribution, caplog):
    distribution("some-axis", module.GROUP, {"security": "some_axis:SAFETY"}, SOURCE)
    with caplog.at_level(logging.WARNING):
        assert list(Axis) == SIX
    assert "some-axis" in caplog.text
    assert "it is not an axis named 'security'" in caplog.text


@pytest.mark.parametrize(("name", "heading"), [("Safety", "safe."), ("safety", ""), ("safety", "far too long")])
def test_names_and_headings_are_checked(name, heading):
    with pytest.raises(ValueError, match="safety"):
        Axis.define(name.replace("Safety", "Safety safety"), heading=heading, title="safety", cost=1)
