"""A search space, for people and as the file that overrides it."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from rich.console import RenderableType
from rich.text import Text

from leaderboard.reports.tables import ruled_table
from leaderboard.studies.bases import bases
from leaderboard.studies.levers import Lever, Stage
from leaderboard.studies.space import Space

Row = dict[str, Any]

_EXTRAS = {
    "augment": ("translators: [REF, REF]", "there and back: adds back_translation to augment"),
    "teacher_share": ("teacher: REF", "whose answers are learned; searches teacher_share, softening, student_layers"),
    "softening": ("teacher_recipe: {recipe: finetune}", "what is done to the teacher first"),
}
"""By the lever that needs it: a line of a file that gives more than levers, and what it is for."""


def space_rows(space: Space) -> list[Row]:
    """One row a lever, in the order of the base."""
    return [_row(space, space.lever(name)) for name in bases.get(space.base).levers]


def space_parts(space: Space, model: str) -> Iterator[RenderableType]:
    """The levers as a table.

    Args:
        space: what a search may try.
        model: its name and kind, for the heading.
    """
    table = ruled_table(f"Space '{space.base}' of {model}: {bases.get(space.base).meaning}")
    for heading in ("stage, lever", "range", "off", "meaning, axes it moves"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "stage, lever")
    for stage in Stage:
        rows = [row for row in space_rows(space) if row["stage"] == stage]
        if rows:
            table.add_row(Text(stage, style="cyan"))
        for row in rows:
            style = "" if row["searched"] else "dim"
            table.add_row(
                Text(f"  {row['lever']}", style="bold" if row["searched"] else "dim"),
                Text(row["range"] if row["searched"] else f"stands at {_flow(row['value'])}", style=style),
                Text(_flow(row["off"]), style=style),
                Text(f"{row['meaning']} · {', '.join(row['moves'])}", style=style),
            )
    yield table
    yield Text(
        f"Bold levers are searched. Stage: what is done again when a lever is turned. Spaces: {', '.join(bases)}. "
        "To change one: add --yaml > space.yaml, then search with --space space.yaml",
        style="dim",
    )


def space_yaml(space: Space, model: str) -> str:
    """A file that `--space` takes, with everything that can be overridden; as it stands it means this space."""
    lines = [
        f"# {model}: {bases.get(space.base).meaning}",
        f"base: {space.base}",
        "others: searched  # or off: levers that are not named below stand still",
        *_extras(space),
        "# A lever is given its range ({low: 0, high: 1, log: false} or {choices: [a, b]}), or one value at which",
        "# it stands still. Those behind a # stand still unless they are given a range.",
        "levers:",
    ]
    for row in space_rows(space):
        moved = f"off: {_flow(row['off'])}; stage {row['stage']}; moves {', '.join(row['moves'])}"
        said = f"{row['lever']}: {_flow(row['values'])}"
        stands = not row["searched"]
        if stands and row["value"] != row["off"]:
            said = f"{row['lever']}: {_flow(row['value'])}"
        lines += [f"  # {row['meaning']} ({moved})", f"  {'# ' if stands and row['value'] == row['off'] else ''}{said}"]
    return "\n".join(lines) + "\n"


def _row(space: Space, lever: Lever) -> Row:
    searched = space.searched.get(lever.name)
    known = searched or lever.range
    return {
        "lever": lever.name,
        "searched": searched is not None,
        "value": None if searched else space.fixed[lever.name],
        "range": str(known),
        "values": known.model_dump(mode="json"),
        "off": lever.off,
        "stage": lever.stage.value,
        "moves": [axis.value for axis in lever.moves],
        "meaning": lever.meaning,
    }


def _extras(space: Space) -> Iterator[str]:
    given: Mapping[str, Any] = space.extra
    yield from (f"{name}: {_flow(value)}" for name, value in given.items())
    levers = bases.get(space.base).levers
    for lever, (line, meaning) in _EXTRAS.items():
        if lever in levers and line.partition(":")[0] not in given:
            yield f"# {line}  # {meaning}"


def _flow(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1000).removesuffix("...\n").strip()
