"""The group that a text names, or two texts that belong together."""

from functools import lru_cache

from leaderboard.data.examples import Text
from leaderboard.recipes.mitigations.counterfactual_texts import names_group, swap_groups


def group_of(text: Text) -> str | None:
    """See `names_group`; None where no group is named."""
    return names_group(text if isinstance(text, str) else "\n".join(text))


remembered_group_of = lru_cache(maxsize=1 << 17)(group_of)
"""`group_of` of texts that one subject after the other is made from. What is timed asks `group_of` itself."""


def exchanged(text: Text) -> Text | None:
    """The text with each group exchanged for its counterpart, see `swap_groups`; None where none is named."""
    if isinstance(text, str):
        return swap_groups(text)
    one, other = (swap_groups(part) for part in text)
    if one is None and other is None:
        return None
    return text[0] if one is None else one, text[1] if other is None else other
