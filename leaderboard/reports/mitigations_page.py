"""Writes `docs/mitigations.md`: `python -m leaderboard.reports.mitigations_page > docs/mitigations.md`."""

import sys
from collections.abc import Iterable

from leaderboard.recipes.mitigation_rows import mitigation_rows
from leaderboard.reports.listings import Row


def mitigations_page(mitigations: Iterable[Row]) -> str:
    """Return the page `docs/mitigations.md` in Markdown, with one row for each mitigation."""
    lines = [
        "# Mitigations",
        "",
        "Changes against a limitation of a model. Each is off unless one of its settings is given",
        "(`--set recipe.SETTING=VALUE`, or a recipe file), and a search turns them all.",
        "`leaderboard mitigations show NAME` has the ranges.",
        "",
        "This page is made of their declarations by `make docs`. [How to add one](extend/mitigation.md).",
        "",
        "| mitigation | what it does | settings | recipes | moves | not together with | source |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in mitigations:
        cells = (
            row["mitigation"],
            row["description"],
            ", ".join(f"`{setting}`" for setting in row["settings"]),
            ", ".join(row["recipes"]),
            ", ".join(row["axes"]),
            ", ".join(row["excludes"]),
            row["source"],
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(mitigations_page(mitigation_rows()))
