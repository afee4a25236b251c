"""Categories of bias as parts of a task."""

from collections.abc import Sequence

from leaderboard.axes.protocol import Observation


def parts_by_category(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Return all observations, and those of each category where there are several, in the order of ids."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    parts: dict[str, list[Observation]] = {}
    for observation in ordered:
        parts.setdefault(observation.data["category"], []).append(observation)
    whole = {"": ordered} if ordered else {}
    return whole | dict(sorted(parts.items())) if len(parts) > 1 else whole
