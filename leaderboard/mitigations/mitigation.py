"""Mitigation: one change that reduces a limitation of a model, with its settings, ranges and exclusions."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel

from leaderboard.axes.axis import Axis
from leaderboard.data.strict import Strict
from leaderboard.mitigations.levers import Lever, Phase, Searched

if TYPE_CHECKING:
    from leaderboard.training.target import Target


class Mitigation(Strict):
    """Change that reduces a limitation of a model.

    A subclass derives from a stage of the preparation (or several) in `mitigations.stages`, and implements its hook.
    Its pydantic fields are its settings, and become settings of every recipe that has the stage. The first field
    switches it on; with every setting at its default, it is off and changes nothing.

    Attributes:
        name: name of the mitigation, in tables and for `leaderboard mitigations show`.
        axes: axes that it is known to affect.
        source: paper that it follows.
        order: position among the mitigations of its stage; lower ones are applied first.
        version: raised whenever the same settings would give other weights or answers.
        excludes: mitigations that it cannot be combined with, each with the reason. In a search, they take precedence.
        always_recorded: whether its settings are in a recipe's identity while it is off. Those of the first version
            are; a later mitigation leaves earlier identities unchanged.
    """

    name: ClassVar[str]
    axes: ClassVar[tuple[Axis, ...]]
    source: ClassVar[str]
    order: ClassVar[int] = 0
    version: ClassVar[int] = 1
    excludes: ClassVar[tuple[tuple[type["Mitigation"], str], ...]] = ()
    always_recorded: ClassVar[bool] = False

    @classmethod
    def of(cls, settings: BaseModel) -> Self:
        """Return the mitigation with the settings of a recipe.

        Args:
            settings: object with the fields of this mitigation.
        """
        return cls.model_validate({name: getattr(settings, name) for name in cls.model_fields})

    @classmethod
    def switch(cls) -> str:
        """Return the name of the setting that switches it on."""
        return next(iter(cls.model_fields))

    @property
    def is_on(self) -> bool:
        """Return whether it changes anything."""
        return bool(getattr(self, self.switch()) != type(self).model_fields[self.switch()].default)

    @property
    def models(self) -> tuple[str, ...]:
        """Return the references of further models that it needs."""
        return ()

    @property
    def contents(self) -> Mapping[str, str]:
        """Return the digests of files that its settings name, by name; they are part of the identity of a recipe.

        Raises:
            RequestError: when one cannot be read.
            SourceUnavailableError: when one cannot be reached.
        """
        return {}

    def check(self, target: "Target") -> None:
        """Check settings against a model and a task, before anything is loaded.

        Raises:
            RequestError: for a setting that contradicts the model's configuration or the task.
        """

    @classmethod
    def levers(cls, layers: int, phase: Phase) -> Iterator[Lever]:
        """Yield its settings that a search can vary, in their order.

        Args:
            layers: number of layers of the model.
            phase: phase that is repeated when a setting changes.
        """
        for name, field in cls.model_fields.items():
            for searched in (each for each in field.metadata if isinstance(each, Searched)):
                off = _plain(field.default) if searched.off is None else searched.off
                yield Lever(
                    name,
                    searched.of(layers),
                    off,
                    phase,
                    cls.axes,
                    searched.meaning,
                    extra=searched.extra,
                    one_stack=searched.one_stack,
                    needs=searched.needs,
                    when_named=searched.when_named,
                    instead_of=searched.instead_of,
                )


def conflict(one: Mitigation, other: Mitigation) -> str | None:
    """Return why two mitigations cannot be combined; None where they can."""
    for first, second in ((one, other), (other, one)):
        for excluded, reason in first.excludes:
            if isinstance(second, excluded):
                return reason
    return None


def _plain(value: Any) -> Any:
    """Return the value of an enum; any other default as it is."""
    return getattr(value, "value", value)
