"""Mitigation rows: every mitigation as a row of a table, with the recipes that it is a part of."""

from typing import Any

from leaderboard.docstrings import attribute_meanings, summary
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.mitigation import Mitigation
from leaderboard.mitigations.registry import mitigation, mitigations
from leaderboard.mitigations.stages import STAGES, stages_of
from leaderboard.recipes.registry import recipes

LAYERS = 12
"""Number of layers of the model for ranges that depend on it."""


def mitigation_rows() -> list[dict[str, Any]]:
    """Return one row per mitigation, in the order of its first stage."""
    order = list(STAGES)
    kinds = sorted(mitigations().values(), key=lambda kind: order.index(stages_of(kind)[0]))
    return [mitigation_row(kind) for kind in kinds]


def mitigation_row(kind: type[Mitigation]) -> dict[str, Any]:
    """Return what a mitigation declares, JSON-like."""
    stages = stages_of(kind)
    return {
        "mitigation": kind.name,
        "stages": [stage.stage for stage in stages],
        "description": summary(kind),
        "settings": list(kind.model_fields),
        "recipes": [name for name in recipes if set(stages) & set(recipes.get(name).stages)],
        "axes": [axis.value for axis in kind.axes],
        "excludes": exclusions(kind),
        "source": kind.source,
    }


def exclusions(kind: type[Mitigation]) -> dict[str, str]:
    """Return the reasons by the name of each mitigation that this one cannot be combined with.

    One of the two declares it, and which one matters to a search alone: the other is listed, too.
    """
    declared_by_others = {
        other.name: reason
        for other in mitigations().values()
        for excluded, reason in other.excludes
        if issubclass(kind, excluded)
    }
    return {excluded.name: reason for excluded, reason in kind.excludes} | declared_by_others


def mitigation_text(name: str) -> str:
    """Return the description of one mitigation and its settings.

    Raises:
        RequestError: for an unknown name.
    """
    kind = mitigation(name)
    row = mitigation_row(kind)
    by_reason: dict[str, list[str]] = {}
    for other, reason in row["excludes"].items():
        by_reason.setdefault(reason, []).append(other)
    excludes = "; ".join(f"{', '.join(others)} ({reason})" for reason, others in by_reason.items())
    facts = {
        "stage": ", ".join(row["stages"]),
        "recipes": ", ".join(row["recipes"]),
        "axes": f"{', '.join(row['axes'])} (known to move)",
        "excludes": excludes or "nothing",
        "source": row["source"],
    }
    lines = [f"{name}: {row['description']}", "", *(f"{key}: {value}" for key, value in facts.items()), ""]
    meanings = attribute_meanings(kind)
    for setting, field in kind.model_fields.items():
        default = getattr(field.default, "value", field.default)
        searched = "".join(_search_range(each) for each in field.metadata if isinstance(each, Searched))
        lines += [f"recipe.{setting} (default {default}{searched})", f"  {meanings.get(setting, '')}"]
    example = f"leaderboard run --model REF --recipe {row['recipes'][0]} --set recipe.{kind.switch()}=VALUE"
    return "\n".join([*lines, "", f"Use it: {example}"]) + "\n"


def _search_range(searched: Searched) -> str:
    """Return the range that a search tries, and whether a space file has to name the setting."""
    condition = " where a space file names it" if searched.when_named or searched.instead_of else ""
    return f"; a search tries {searched.of(LAYERS)}{condition}"
