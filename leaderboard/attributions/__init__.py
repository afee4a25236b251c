"""Attributions: how much each word of a text contributes to a model's answer, by one method a file.

A new method needs these names: `AttributionMethod` to subclass, `TextUnits` that it is given, `Attribution` that it
returns. `leaderboard.attributions.registry` collects all methods.
"""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.attributions.explained import Explained
    from leaderboard.attributions.method import Attribution, AttributionMethod
    from leaderboard.attributions.text_units import TextUnits

__all__ = ["Attribution", "AttributionMethod", "Explained", "TextUnits"]

__getattr__ = lazy_import(
    "leaderboard.attributions",
    {"Attribution": "method", "AttributionMethod": "method", "Explained": "explained", "TextUnits": "text_units"},
)
