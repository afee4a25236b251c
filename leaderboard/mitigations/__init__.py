"""Mitigations: changes that reduce a limitation of a model, one file each, composed by recipes.

A new mitigation needs these names: a stage to subclass, `Searched` and the ranges for its settings.
`leaderboard.mitigations.registry` collects all mitigations.
"""

from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.mitigation import Mitigation
from leaderboard.mitigations.ranges import Real, Whole, choice
from leaderboard.mitigations.stages import (
    AnswerMitigation,
    CopyMitigation,
    FeatureMitigation,
    HeadMitigation,
    OpeningMitigation,
    StepMitigation,
    TextMitigation,
    WeightMitigation,
    WordingMitigation,
)

__all__ = [
    "AnswerMitigation",
    "CopyMitigation",
    "FeatureMitigation",
    "HeadMitigation",
    "Mitigation",
    "OpeningMitigation",
    "Real",
    "Searched",
    "StepMitigation",
    "TextMitigation",
    "WeightMitigation",
    "Whole",
    "WordingMitigation",
    "choice",
]
