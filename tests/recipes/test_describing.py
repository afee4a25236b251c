import yaml

from leaderboard.docstrings import summary
from leaderboard.recipes.choosing import parse
from leaderboard.recipes.recipe_settings import recipe_settings, recipe_yaml
from leaderboard.recipes.registry import recipes
from tests.in_one_test import in_one_test


@in_one_test("name", list(recipes))
def test_every_setting_says_what_it_means(name):
    kind = recipes.get(name)
    assert summary(kind)
    assert [setting.name for setting in recipe_settings(kind) if not setting.meaning] == []
    assert {setting.name for setting in recipe_settings(kind)} == set(kind.model_fields) - {"recipe"}


@in_one_test("name", list(recipes))
def test_what_is_shown_is_a_recipe_file_of_the_defaults(name):
    defaults = yaml.safe_load(recipe_yaml(recipes.get(name), name))
    required = [setting.name for setting in recipe_settings(recipes.get(name)) if setting.required]
    valid = {"teacher": "bert-base-cased", "member": {"recipe": "probe"}, "tasks": ["sst2"]}
    needed = {name: valid[name] for name in required}
    assert all(defaults[name] is None for name in required)
    assert parse(defaults | needed, where="file") == parse({"recipe": name, **needed}, where="file")
