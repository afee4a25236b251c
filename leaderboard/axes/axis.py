"""Axis: one dimension of evaluation, with its name, heading and cost.

The six axes of this program are declared below. A plug-in declares another with `Axis.define` and registers it by an
entry point: `[project.entry-points."leaderboard.axes"] safety = "my_package:SAFETY"`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Self

from leaderboard.colours import BLUE, BROWN, FAINT, FREE, GREEN, PURPLE, VERMILLION, VIOLET, checked_colour
from leaderboard.installing import DISTRIBUTION
from leaderboard.plugins import clash, loaded, warn_once

GROUP = "leaderboard.axes"
"""Entry-point group of axes."""
PATTERN = "^[a-z][a-z0-9_]{0,15}$"
"""Pattern of an axis's name, which is a key, a term of expressions and a column of the store."""


class _Members(type):
    """Metaclass that makes `Axis` iterable: the six axes of this program, then those of plug-ins by name."""

    def __iter__(cls) -> Iterator["Axis"]:
        return iter(_registered().values())

    def __len__(cls) -> int:
        return len(_registered())

    def __contains__(cls, name: object) -> bool:
        return name in _registered()


class Axis(str, metaclass=_Members):
    """Axis of evaluation: a string equal to its name. `Axis("bias")` returns the registered axis of that name.

    Attributes:
        heading: a word of at most six letters, for the column of a table.
        titles: title by language ("en", "zh"); English is always present.
        cost: relative cost of its tasks; a search runs the cheapest axes first.
        proportional: whether random weights score well on it, so that it counts in proportion to accuracy.
        declared_colour: its own colour in figures (`#RRGGBB`); empty where `colour` chooses one.
    """

    __slots__ = ("cost", "declared_colour", "heading", "proportional", "titles")

    ACCURACY: ClassVar["Axis"]
    OOD: ClassVar["Axis"]
    BIAS: ClassVar["Axis"]
    PRIVACY: ClassVar["Axis"]
    LATENCY: ClassVar["Axis"]
    EXPLAINABILITY: ClassVar["Axis"]

    heading: str
    titles: Mapping[str, str]
    cost: float
    proportional: bool
    declared_colour: str

    def __new__(cls, name: str) -> "Axis":  # noqa: PYI034 - it is one of the registered
        """Return the registered axis of that name.

        Raises:
            ValueError: for a name that no axis has.
        """
        axis = _registered().get(name)
        if axis is None:
            raise ValueError(f"{name!r} is not an axis: {', '.join(cls)}")
        return axis

    @classmethod
    def define(
        cls,
        name: str,
        *,
        heading: str,
        title: str,
        cost: float,
        proportional: bool = False,
        colour: str = "",
        **translations: str,
    ) -> "Axis":
        """Declare an axis. It is registered by an entry point of the group `leaderboard.axes` that has its name.

        Args:
            name: a lower-case word of at most 16 letters, digits and underscores.
            heading: a word of at most six letters, for the column of a table.
            title: English title.
            cost: relative cost of its tasks; built-in axes have 1 (accuracy) to 6 (explainability).
            proportional: whether it counts in proportion to accuracy, since random predictions score well on it.
            colour: colour in figures, `#RRGGBB`, legible on a light and on a dark page; by default a free one.
            translations: titles by language code, for instance `zh="安全性"`.

        Raises:
            ValueError: for a name, heading or colour of another form, or a colour with too little contrast.
        """
        if not re.match(PATTERN, name):
            raise ValueError(f"axis {name!r}: a name is a lower-case word of at most 16 letters, digits or _")
        if not 0 < len(heading) <= _MAX_HEADING:
            raise ValueError(f"axis {name!r}: a heading has 1 to {_MAX_HEADING} letters, not {heading!r}")
        if colour:
            try:
                checked_colour(colour)
            except ValueError as error:
                raise ValueError(f"axis {name!r}: {error}") from None
        return cls._new(name, heading, {"en": title, **translations}, cost, proportional=proportional, colour=colour)

    @classmethod
    def recorded(cls, name: object) -> "Axis":
        """Return the axis named in a store or a document, which need not be installed here.

        An axis that is not installed is shown by its name; no metric that is installed counts on it.

        Raises:
            ValueError: for an invalid name.
        """
        if not isinstance(name, str) or not re.fullmatch(PATTERN, name):
            raise ValueError(f"{str(name)[:40]!r} is not the name of an axis: a lower-case word of at most 16 letters")
        axis = _registered().get(name)
        return cls._new(name, name[:_MAX_HEADING], {"en": name}, float("inf")) if axis is None else axis

    @classmethod
    def _new(
        cls,
        name: str,
        heading: str,
        titles: Mapping[str, str],
        cost: float,
        *,
        proportional: bool = False,
        colour: str = "",
    ) -> Self:
        axis = super().__new__(cls, name)
        axis.heading = heading
        axis.titles = MappingProxyType(dict(titles))
        axis.cost = cost
        axis.proportional = proportional
        axis.declared_colour = colour
        return axis

    @property
    def value(self) -> str:
        """Name of the axis as a plain string."""
        return str(self)

    @property
    def place(self) -> int:
        """Position in the order of axes; last where the axis is not installed."""
        return list(_registered()).index(self) if self in Axis else len(Axis)

    @property
    def colour(self) -> str:
        """Colour in figures, `#RRGGBB`: the declared one, a free one for a plug-in, grey where it is not installed.

        Plug-ins that declare none take the free colours in the order of their names.
        """
        if self.declared_colour:
            return self.declared_colour
        undeclared = [axis for axis in Axis if not axis.declared_colour]
        if self not in undeclared:
            return FAINT
        declared = {axis.declared_colour for axis in Axis}
        free = [colour for colour in FREE if colour not in declared] or FREE
        return free[undeclared.index(self) % len(free)]

    @property
    def built_in(self) -> bool:
        """Whether it is an axis of this program, whose metrics the package `leaderboard.axes.NAME` declares."""
        return vars(Axis).get(self.upper()) is self

    def title_in(self, language: str) -> str:
        """Return the title in a language, or in English where it has none in that language."""
        return self.titles.get(language, self.titles["en"])

    def __reduce__(self) -> tuple[Any, ...]:
        return Axis.recorded, (self.value,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # noqa: PLC0415 - slow to import

        del source, handler
        return core_schema.no_info_plain_validator_function(
            _validated,
            json_schema_input_schema=core_schema.str_schema(pattern=PATTERN),
            serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json"),
        )


_MAX_HEADING = 6


Axis.ACCURACY = Axis.define("accuracy", heading="acc.", colour=BLUE, title="accuracy", zh="准确率", cost=1)
Axis.OOD = Axis.define("ood", heading="ood", colour=VERMILLION, title="generalisation", zh="泛化", cost=3)
Axis.BIAS = Axis.define("bias", heading="bias", colour=GREEN, title="bias", zh="偏见", cost=2, proportional=True)
Axis.PRIVACY = Axis.define(
    "privacy", heading="priv.", colour=PURPLE, title="privacy", zh="隐私", cost=5, proportional=True
)
Axis.LATENCY = Axis.define("latency", heading="lat.", colour=BROWN, title="latency", zh="延迟", cost=4)
Axis.EXPLAINABILITY = Axis.define(
    "explainability", heading="expl.", colour=VIOLET, title="explainability", zh="可解释性", cost=6, proportional=True
)


@cache
def _registered() -> dict[str, Axis]:
    """Return every axis by name, in order.

    Raises:
        PluginError: when two distributions claim one name.
    """
    axes = {axis.value: axis for axis in vars(Axis).values() if isinstance(axis, Axis)}
    origins = dict.fromkeys(axes, DISTRIBUTION)
    for plugin, axis in loaded(GROUP):
        if not isinstance(axis, Axis) or axis != plugin.name:
            warn_once(str(plugin.unusable(f"it is not an axis named '{plugin.name}', created with Axis.define")))
        elif axis in axes:
            raise clash("axis", axis, origins[axis], plugin.distribution)
        else:
            axes[axis.value], origins[axis.value] = axis, plugin.distribution
    return axes


def _validated(value: Any) -> Axis:
    if isinstance(value, str) and value in Axis:
        return Axis(value)
    from pydantic_core import PydanticCustomError  # noqa: PLC0415 - slow to import

    *others, last = (repr(axis.value) for axis in Axis)
    raise PydanticCustomError("enum", "Input should be {expected}", {"expected": f"{', '.join(others)} or {last}"})
