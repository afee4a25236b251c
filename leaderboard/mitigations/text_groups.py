"""Text groups: the group that a text, or a pair of texts, names."""

from functools import lru_cache

from leaderboard.data.examples import Text
from leaderboard.mitigations.counterfactual.group_swapping import named_group, swap_groups


def group_of(text: Text) -> str | None:
    """Return the group that a text or a pair of texts names; None where no group is named."""
    return named_group(text if isinstance(text, str) else "\n".join(text))


cached_group_of = lru_cache(maxsize=1 << 17)(group_of)
"""`group_of` with a cache, for texts that several subjects share. Timed code calls `group_of` itself."""


def swap_text_groups(text: Text) -> Text | None:
    """Exchange the groups in a text or a pair of texts by `swap_groups`; None where no group is named."""
    if isinstance(text, str):
        return swap_groups(text)
    one, other = (swap_groups(part) for part in text)
    if one is None and other is None:
        return None
    return text[0] if one is None else one, text[1] if other is None else other
