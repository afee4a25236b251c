"""What every mitigation keeps to: subclass `MitigationContract` in a mitigation's own tests."""

from collections.abc import Mapping
from typing import Any

import pytest

from leaderboard.docstrings import attribute_meanings, summary
from leaderboard.mitigations.levers import Phase
from leaderboard.mitigations.mitigation import Mitigation
from leaderboard.mitigations.stages import stages_of
from leaderboard.recipes.composition import with_mitigations
from leaderboard.recipes.member_recipe import MemberRecipe
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.registry import recipes

_LAYERS = (1, 2, 12, 48)
_NEEDED: Mapping[str, Mapping[str, Any]] = {
    "distill": {"teacher": "package:teacher"},
    "ensemble": {"member": {"recipe": "as_is"}},
    "multitask": {"tasks": ["another"]},
    "reptile": {"tasks": ["another"]},
    "probe": {"c": 1.0},
}
"""Settings that a recipe needs in addition to its mitigations; a probe that chooses its penalty is not private."""


class MitigationContract:
    """Checks any mitigation. A subclass gives the fixtures `mitigation` and `on`."""

    @pytest.fixture
    def mitigation(self) -> type[Mitigation]:
        """The mitigation."""
        raise NotImplementedError

    @pytest.fixture
    def on(self) -> Mapping[str, Any]:
        """Settings that switch it on."""
        raise NotImplementedError

    def test_it_acts_at_a_stage_that_some_recipe_has(self, mitigation: type[Mitigation]) -> None:
        assert any(set(stages_of(mitigation)) & set(recipes.get(name).stages) for name in recipes)

    def test_it_is_off_unless_it_is_switched_on(self, mitigation: type[Mitigation], on: Mapping[str, Any]) -> None:
        assert not mitigation().is_on
        assert mitigation.model_validate(dict(on)).is_on

    def test_it_says_what_it_does_and_what_its_settings_mean(self, mitigation: type[Mitigation]) -> None:
        assert summary(mitigation)
        assert mitigation.source
        assert mitigation.axes
        assert set(mitigation.model_fields) <= set(attribute_meanings(mitigation))

    def test_off_is_a_value_that_a_search_tries(self, mitigation: type[Mitigation]) -> None:
        for layers in _LAYERS:
            for lever in mitigation.levers(layers, Phase.DATA):  # which refuses an off value out of its range
                assert lever.off in lever.range

    def test_off_it_leaves_the_identity_of_every_recipe_as_it_was(self, mitigation: type[Mitigation]) -> None:
        for kind in self._recipes(mitigation):
            recorded = set(_made(kind).details) & set(mitigation.model_fields)
            first = {name for name, field in mitigation.model_fields.items() if field.exclude_if is None}
            assert recorded == (first if mitigation.always_recorded else set())

    def test_on_it_is_part_of_the_identity(self, mitigation: type[Mitigation], on: Mapping[str, Any]) -> None:
        kinds = [kind for kind in self._recipes(mitigation) if not issubclass(kind, MemberRecipe)]
        assert kinds
        for kind in kinds:
            assert _made(kind, on).details != _made(kind).details

    @staticmethod
    def _recipes(mitigation: type[Mitigation]) -> list[type[Recipe]]:
        """The recipes that have it: those of the registry, whose settings it is among where it is installed."""
        kinds = [recipes.get(name) for name in recipes]
        own = [kind for kind in kinds if issubclass(mitigation, kind.stages)]
        return [
            kind if mitigation.switch() in kind.model_fields else with_mitigations(kind, [mitigation]) for kind in own
        ]


def _made(kind: type[Recipe], on: Mapping[str, Any] | None = None) -> Recipe:
    needed = _NEEDED.get(str(kind.model_fields["recipe"].default), {})
    return kind.model_validate({**needed, **(on or {})})
