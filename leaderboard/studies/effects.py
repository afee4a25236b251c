"""Effects of levers: how far each setting of a search moves each axis against trial 0."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import cast

import numpy as np

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.ranges import Choice, Range, Value
from leaderboard.ranking.effects import additive_effects
from leaderboard.stats.estimate import Estimate
from leaderboard.store.records import TrialRecord
from leaderboard.studies.stored_study import StoredStudy


@dataclass(frozen=True, slots=True)
class LeverSetting:
    """A change of a lever: to one of its choices, or to one side of its off value.

    Attributes:
        lever: its name.
        usual: The choice, or the median of the values of trials on that side.
        off: the value of trial 0.
        logarithmic: Whether its scale is logarithmic.
        counted: Whether its values are ordered.
    """

    lever: str
    usual: Value
    off: Value
    logarithmic: bool = False
    counted: bool = False

    @property
    def text(self) -> str:
        """Text for people: `mixup = 0.2`."""
        return f"{self.lever} = {format_value(self.usual)}"

    def turned(self, value: Value) -> float:
        """Return the dose of a value: 0 at the off value, 1 at the usual value, linear between and beyond.

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
    """Effects of the settings of a study.

    Attributes:
        settings: of the levers that were turned in a complete trial, in the order of the space.
        axes: that trial 0 was measured on.
        estimates: the difference of an axis's utility that a setting makes, by axis, one a setting.
        trials: complete ones.
    """

    settings: tuple[LeverSetting, ...]
    axes: tuple[Axis, ...]
    estimates: Mapping[Axis, Sequence[Estimate]]
    trials: int


def effects(study: StoredStudy) -> Effects:
    """Estimate the effect of each setting on the utility of each axis against trial 0 (`additive_effects`).

    Complete trials alone are looked at: those that were stopped early were measured on fewer examples. A setting that
    gets trials stopped therefore looks better here than it is. The settings of a lever that another one turns off count
    as turned all the same, so their effects are averages over trials in which they mattered and ones in which not.
    """
    settings = settings_of(study)
    axes = tuple(axis for axis in Axis if study.baseline and axis in _axes(study, study.baseline))
    return Effects(settings, axes, {axis: _on(study, axis, settings) for axis in axes}, len(study.complete))


def settings_of(study: StoredStudy) -> tuple[LeverSetting, ...]:
    """Return every setting of the complete trials, in the order of the space; choices in the order of their range."""
    space = study.definition.point_space
    off = space.off
    return tuple(
        setting
        for name, values in space.searched.items()
        for setting in _settings(name, values, off[name], [each.parameters[name] for each in study.complete])
    )


def turned_on(study: StoredStudy, trial: TrialRecord) -> list[str]:
    """Return the settings of a trial that differ from trial 0, as texts for people."""
    off = study.definition.point_space.off
    return [f"{name} = {format_value(value)}" for name, value in trial.parameters.items() if value != off.get(name)]


def format_value(value: Value) -> str:
    """Format a value with three significant digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _settings(name: str, values: Range, off: Value, tried: Sequence[Value]) -> list[LeverSetting]:
    if isinstance(values, Choice):
        values_seen = [each for each in values.choices if each != off and each in tried]
        return [LeverSetting(name, each, off) for each in values_seen]
    numbers, start = [cast("float", each) for each in tried], cast("float", off)
    sides = [each for each in numbers if each < start], [each for each in numbers if each > start]
    logarithmic = bool(getattr(values, "log", False))
    return [LeverSetting(name, _middle(side, off), off, logarithmic, counted=True) for side in sides if side]


def _middle(side: Sequence[float], off: Value) -> Value:
    """Return the median; of whole numbers a whole one."""
    middle = median(side)
    return middle if isinstance(off, float) else round(middle)


def _on(study: StoredStudy, axis: Axis, settings: Sequence[LeverSetting]) -> list[Estimate]:
    trials = [each for each in study.complete if axis in _axes(study, each)]
    values = [study.searched[each.number].axes[axis].value for each in trials]
    turned = [[setting.turned(each.parameters[setting.lever]) for setting in settings] for each in trials]
    families = [each.number if each.parent is None else each.parent for each in trials]
    return additive_effects(values, np.array(turned).reshape(len(trials), len(settings)), families)


def _axes(study: StoredStudy, trial: TrialRecord) -> Mapping[Axis, object]:
    return study.searched[trial.number].axes if trial.number in study.searched else {}
