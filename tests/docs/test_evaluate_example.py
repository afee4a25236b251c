"""The module of `evaluate` in the documentation does what is said about it."""

import re
from pathlib import Path

import pytest

from leaderboard.axes.accuracy.evaluate_modules.inputs import Predictions
from leaderboard.axes.accuracy.evaluate_modules.loading import fetch_code
from leaderboard.axes.accuracy.evaluate_modules.scoring import choose_keys, with_scores
from leaderboard.axes.accuracy.evaluate_modules.settings import _STANDARD, ModuleSettings
from leaderboard.axes.accuracy.evaluate_modules.trust import trusted_code
from leaderboard.axes.protocol import Observation

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")


@pytest.fixture
def politeness(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_CACHE", str(tmp_path / "cache"))
    (code,) = re.findall(r"```python\n(# politeness/politeness.py\n.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "politeness").mkdir()
    (tmp_path / "politeness" / "politeness.py").write_text(code, encoding="utf-8")
    settings = ModuleSettings(code=fetch_code("./politeness", ModuleSettings(), tmp_path, offline=True))
    return settings.model_copy(update={"key": choose_keys("./politeness", settings, classes=False)})


def test_the_example_scores_each_answer(politeness):
    observations = [Observation("a", {}), Observation("b", {})]
    predictions = Predictions(("Please wait.", "No."), (("x",), ("x",)))
    with trusted_code({politeness.code}):
        scored = with_scores({"./politeness": politeness}, observations, predictions)
    shares = [each.data["evaluate"]["./politeness"]["scores"] for each in scored]
    assert shares == [{"politeness": 1.0}, {"politeness": 0.0}]


def test_the_page_names_every_module_with_a_known_direction():
    (listed,) = re.findall(r"Known for (.*?); needed for others", PAGE)
    assert re.split(r", | and ", listed) == sorted(_STANDARD)
