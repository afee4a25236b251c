"""Composition: adds the settings of all mitigations registered for a recipe's stages to the recipe."""

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from pydantic import Field, create_model
from pydantic.fields import FieldInfo

from leaderboard.errors import LeaderboardError
from leaderboard.mitigations.mitigation import Mitigation
from leaderboard.mitigations.registry import mitigations
from leaderboard.recipes.recipe import Recipe

R = TypeVar("R", bound=Recipe)


def composed(kind: type[R]) -> type[R]:
    """Add the settings of every mitigation of its stages to a recipe; decorates the class of every recipe.

    Raises:
        LeaderboardError: when a mitigation has a setting that the recipe has already.
    """
    return with_mitigations(kind, [each for each in mitigations().values() if issubclass(each, kind.stages)])


def with_mitigations(kind: type[R], added: Iterable[type[Mitigation]]) -> type[R]:
    """The recipe with the settings of these mitigations.

    Raises:
        LeaderboardError: when a mitigation has a setting that the recipe has already.
    """
    fields: dict[str, Any] = {}
    for mitigation in added:
        for name, field in mitigation.model_fields.items():
            if name in kind.model_fields:
                raise LeaderboardError(
                    f"recipe '{kind.model_fields['recipe'].default}' has a setting '{name}' already, which the "
                    f"mitigation '{mitigation.name}' brings too; rename that of the mitigation"
                )
            fields[name] = _field(mitigation, field)
    composed_kind: type[R] = create_model(
        kind.__name__, __base__=kind, __module__=kind.__module__, __doc__=kind.__doc__, **fields
    )
    return composed_kind


def _field(mitigation: type[Mitigation], field: FieldInfo) -> tuple[Any, Any]:
    """A setting of a mitigation as a setting of a recipe: left out of what is recorded while it is at its default.

    Those of mitigations of the first version are always recorded, unless the setting is newer and says so itself.
    """
    off = field.default
    is_default = field.exclude_if if mitigation.always_recorded else (lambda value: bool(value == off))
    annotation = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return annotation, Field(default=off, exclude_if=is_default)
