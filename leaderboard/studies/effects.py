"""Effects of levers: how far each setting of a search moves each axis against trial 0."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import cast

import numpy as np

from leaderboard.axes.metric import Axis
from leaderboard.ranking.effects import additive_effects
from leaderboard.stats.estimate import Estimate
from leaderboard.store.records import TrialRecord
from leaderboard.studies.ranges import Choice, Range, Value
from leaderboard.studies.stored import StoredStudy


@dataclass(frozen=True, slots=True)
class Setting:
    """A lever that is turned: to one of its choices, or to one side of where it is off.

    Attributes:
        lever: its name.
        usual: the choice, or the median of the values that trials have on that side.
        off: the value of trial 0.
        logarithmic: whether its steps are orders of magnitude.
        counted: whether it has an order at all.
    """

    lever: str
    usual: Value
    off: Value
    logarithmic: bool = False
    counted: bool = False

    @property
    def text(self) -> str:
        """For people: `mixup = 0.2`."""
        return f"{self.lever} = {said(self.usual)}"

    def turned(self, value: Value) -> float:
        """How far a value is turned: 0 where it is off, 1 where it is as usual, on a straight line between and beyond.

        A value on the other side of off belongs to another setting: 0.
        """
        if not self.counted:
            return float(value == self.usual)
        start, here = self._place(self.off), self._place(value)
        return max(0.0, (here - start) / (self._place(self.usual) - start))

    def _place(self, value: Value) -> float:
        number = float(value)
        return math.log(number) if self.logarithmic else number


@dataclass(frozen=True)
class Effects:
    """What was found.

    Attributes:
        settings: of the levers that were turned in a complete trial, in the order of the space.
        axes: that trial 0 was measured on.
        estimates: the difference of an axis's utility that a setting makes, by axis, one a setting.
        trials: complete ones.
    """

    settings: tuple[Setting, ...]
    axes: tuple[Axis, ...]
    estimates: Mapping[Axis, Sequence[Estimate]]
    trials: int


def effects(found: StoredStudy) -> Effects:
    """The effect of each setting on the utility of each axis against trial 0, by `ranking.effects.additive_effects`.

    Complete trials alone are looked at: those that were stopped early were measured on fewer examples. A setting that
    gets trials stopped therefore looks better here than it is. The settings of a lever that another one turns off count
    as turned all the same, so their effects are averages over trials in which they mattered and ones in which not.
    """
    settings = settings_of(found)
    axes = tuple(axis for axis in Axis if found.baseline and axis in _axes(found, found.baseline))
    return Effects(settings, axes, {axis: _on(found, axis, settings) for axis in axes}, len(found.complete))


def settings_of(found: StoredStudy) -> tuple[Setting, ...]:
    """Every setting that a complete trial has, in the order of the space; choices in the order of their range."""
    space = found.definition.point_space
    off = space.off
    return tuple(
        setting
        for name, values in space.searched.items()
        for setting in _settings(name, values, off[name], [each.parameters[name] for each in found.complete])
    )


def turned_on(found: StoredStudy, trial: TrialRecord) -> list[str]:
    """What a trial has other than trial 0, for people."""
    off = found.definition.point_space.off
    return [f"{name} = {said(value)}" for name, value in trial.parameters.items() if value != off.get(name)]


def said(value: Value) -> str:
    """A value with the digits one reads."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _settings(name: str, values: Range, off: Value, tried: Sequence[Value]) -> list[Setting]:
    if isinstance(values, Choice):
        seen = [each for each in values.choices if each != off and each in tried]
        return [Setting(name, each, off) for each in seen]
    numbers, start = [cast("float", each) for each in tried], cast("float", off)
    sides = [each for each in numbers if each < start], [each for each in numbers if each > start]
    logarithmic = bool(getattr(values, "log", False))
    return [Setting(name, _middle(side, off), off, logarithmic, counted=True) for side in sides if side]


def _middle(side: Sequence[float], off: Value) -> Value:
    """The median; of whole numbers a whole one."""
    found = median(side)
    return found if isinstance(off, float) else round(found)


def _on(found: StoredStudy, axis: Axis, settings: Sequence[Setting]) -> list[Estimate]:
    trials = [each for each in found.complete if axis in _axes(found, each)]
    values = [found.searched[each.number].axes[axis].value for each in trials]
    turned = [[setting.turned(each.parameters[setting.lever]) for setting in settings] for each in trials]
    families = [each.number if each.parent is None else each.parent for each in trials]
    return additive_effects(values, np.array(turned).reshape(len(trials), len(settings)), families)


def _axes(found: StoredStudy, trial: TrialRecord) -> Mapping[Axis, object]:
    return found.searched[trial.number].axes if trial.number in found.searched else {}
