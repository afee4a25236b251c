import pytest
import yaml

from leaderboard.recipes.choosing import parse
from leaderboard.recipes.describing import as_yaml, settings, summary
from leaderboard.recipes.recipe import recipes


@pytest.mark.parametrize("name", list(recipes))
def test_every_setting_says_what_it_means(name):
    kind = recipes.get(name)
    assert summary(kind)
    assert [setting.name for setting in settings(kind) if not setting.meaning] == []
    assert {setting.name for setting in settings(kind)} == set(kind.model_fields) - {"recipe"}


@pytest.mark.parametrize("name", list(recipes))
def test_what_is_shown_is_a_recipe_file_of_the_defaults(name):
    shown = yaml.safe_load(as_yaml(recipes.get(name), name))
    required = [setting.name for setting in settings(recipes.get(name)) if setting.required]
    given = {"teacher": "bert-base-cased", "member": {"recipe": "probe"}}
    needed = {name: given[name] for name in required}
    assert all(shown[name] is None for name in required)
    assert parse(shown | needed, where="file") == parse({"recipe": name, **needed}, where="file")
