"""Pages about mitigations say what is declared."""

from pathlib import Path

from leaderboard.mitigations.registry import mitigations
from leaderboard.mitigations.stages import STAGES
from leaderboard.recipes.mitigation_rows import mitigation_rows
from leaderboard.recipes.registry import recipes
from leaderboard.reports.mitigations_page import mitigations_page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_of_mitigations_is_up_to_date():
    page = (DOCS / "mitigations.md").read_text(encoding="utf-8")
    assert page == mitigations_page(mitigation_rows()), "write it anew: make docs"


def test_the_walk_through_names_every_stage_and_the_recipes_that_have_it():
    walk = (DOCS / "extend" / "mitigation.md").read_text(encoding="utf-8")
    for stage in STAGES:
        (line,) = [line for line in walk.splitlines() if f"`{stage.__name__}`" in line]
        names = {name for name in recipes if stage in recipes.get(name).stages}
        expected = {"all"} if names == set(recipes) else names
        assert set(line.strip("| ").rpartition("| ")[2].split(", ")) == expected


def test_every_setting_of_a_mitigation_is_on_the_page():
    page = (DOCS / "mitigations.md").read_text(encoding="utf-8")
    for kind in mitigations().values():
        for setting in kind.model_fields:
            assert f"`{setting}`" in page
