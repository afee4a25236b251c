"""A search space, for people and as the file that overrides it."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from rich.console import RenderableType
from rich.text import Text

from leaderboard.mitigations.levers import Lever, Phase
from leaderboard.reports.hint import Hint
from leaderboard.reports.tables import ruled_table
from leaderboard.studies.bases import bases
from leaderboard.studies.space import Space

Row = dict[str, Any]


def space_rows(space: Space) -> list[Row]:
    """Return one row for each lever, in the order of the base."""
    return [_row(space, lever) for lever in space.levers.values()]


def space_parts(space: Space, model: str) -> Iterator[RenderableType]:
    """Yield the levers as a table.

    Args:
        space: space of a search.
        model: its name and kind, for the heading.
    """
    table = ruled_table(f"Space '{space.base}' of {model}: {bases.get(space.base).meaning}")
    for heading in ("stage, lever", "range", "off", "meaning, axes it moves"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "stage, lever")
    for phase in Phase:
        rows = [row for row in space_rows(space) if row["stage"] == phase]
        if rows:
            table.add_row(Text(phase, style="cyan"))
        for row in rows:
            style = "" if row["searched"] else "dim"
            table.add_row(
                Text(f"  {row['lever']}", style="bold" if row["searched"] else "dim"),
                Text(row["range"] if row["searched"] else f"fixed at {_flow(row['value'])}", style=style),
                Text(_flow(row["off"]), style=style),
                Text(f"{row['meaning']} · {', '.join(row['moves'])}", style=style),
            )
    yield table
    yield Hint(
        f"Bold levers are searched. Stage: what is computed again when a lever changes. Spaces: {', '.join(bases)}. "
        "To change one: add --yaml > space.yaml, then search with --space space.yaml",
        style="dim",
    )


def space_yaml(space: Space, model: str) -> str:
    """Return a file for `--space` with everything that can be overridden; unchanged it means this space."""
    lines = [
        f"# {model}: {bases.get(space.base).meaning}",
        f"base: {space.base}",
        "others: searched  # or off: levers that are not listed below are fixed",
        *_extras(space),
        "# A lever has a range ({low: 0, high: 1, log: false} or {choices: [a, b]}), or one value at which",
        "# it is fixed. Levers in comments are fixed unless they are given a range.",
        "levers:",
    ]
    for row in space_rows(space):
        moved = f"off: {_flow(row['off'])}; stage {row['stage']}; moves {', '.join(row['moves'])}"
        text = f"{row['lever']}: {_flow(row['values'])}"
        stands = not row["searched"]
        if stands and row["value"] != row["off"]:
            text = f"{row['lever']}: {_flow(row['value'])}"
        lines += [f"  # {row['meaning']} ({moved})", f"  {'# ' if stands and row['value'] == row['off'] else ''}{text}"]
    return "\n".join(lines) + "\n"


def _row(space: Space, lever: Lever) -> Row:
    searched = space.searched.get(lever.name)
    range_of_lever = searched or lever.range
    return {
        "lever": lever.name,
        "searched": searched is not None,
        "value": None if searched else space.fixed[lever.name],
        "range": str(range_of_lever),
        "values": range_of_lever.model_dump(mode="json"),
        "off": lever.off,
        "stage": lever.phase.value,
        "moves": [axis.value for axis in lever.moves],
        "meaning": lever.meaning,
    }


def _extras(space: Space) -> Iterator[str]:
    extra_values: Mapping[str, Any] = space.extra
    yield from (f"{name}: {_flow(value)}" for name, value in extra_values.items())
    for lever in space.levers.values():
        for extra in lever.extra:
            if extra.key not in extra_values:
                yield f"# {extra.key}: {extra.example}  # {extra.meaning}"


def _flow(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1000).removesuffix("...\n").strip()
