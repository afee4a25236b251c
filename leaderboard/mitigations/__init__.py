"""Mitigations: changes that reduce a limitation of a model, one file each, composed by recipes.

A new mitigation needs these names: a stage to subclass, `Searched` and the ranges for its settings.
`leaderboard.mitigations.registry` collects all mitigations.
"""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.mitigations.copies import changed_copies
    from leaderboard.mitigations.dp_sgd import LEARNED_TWICE, LEARNS_WITHOUT_NOISE, DpSgd
    from leaderboard.mitigations.draws import is_chosen
    from leaderboard.mitigations.levers import Searched
    from leaderboard.mitigations.mitigation import Mitigation
    from leaderboard.mitigations.ranges import Real, Whole, choice
    from leaderboard.mitigations.stages import (
        AnswerMitigation,
        CopyMitigation,
        FeatureMitigation,
        HeadMitigation,
        InputMitigation,
        OpeningMitigation,
        StepMitigation,
        TextMitigation,
        WeightMitigation,
        WordingMitigation,
    )

__all__ = [
    "LEARNED_TWICE",
    "LEARNS_WITHOUT_NOISE",
    "AnswerMitigation",
    "CopyMitigation",
    "DpSgd",
    "FeatureMitigation",
    "HeadMitigation",
    "InputMitigation",
    "Mitigation",
    "OpeningMitigation",
    "Real",
    "Searched",
    "StepMitigation",
    "TextMitigation",
    "WeightMitigation",
    "Whole",
    "WordingMitigation",
    "changed_copies",
    "choice",
    "is_chosen",
]

__getattr__ = lazy_import(
    "leaderboard.mitigations",
    {
        "AnswerMitigation": "stages",
        "CopyMitigation": "stages",
        "DpSgd": "dp_sgd",
        "FeatureMitigation": "stages",
        "HeadMitigation": "stages",
        "InputMitigation": "stages",
        "LEARNED_TWICE": "dp_sgd",
        "LEARNS_WITHOUT_NOISE": "dp_sgd",
        "Mitigation": "mitigation",
        "OpeningMitigation": "stages",
        "Real": "ranges",
        "Searched": "levers",
        "StepMitigation": "stages",
        "TextMitigation": "stages",
        "WeightMitigation": "stages",
        "Whole": "ranges",
        "WordingMitigation": "stages",
        "changed_copies": "copies",
        "choice": "ranges",
        "is_chosen": "draws",
    },
)
