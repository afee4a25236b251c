"""What lies in the cache, for people and programs: prepared subjects one by one, everything else by its part."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leaderboard.quantities import quantity
from leaderboard.recipes.pruning import SHORT, Pruned
from leaderboard.recipes.shelf import Entry, Shelf, State, size_of

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]

PART = "part"
COLUMNS = ("kind", "name", "model", "recipe", "task", "seed", "size", "last_used", "in_use", "key")
_PARTS = {
    "answers": "what models answered",
    "data": "data sets",
    "digests": "digests of model files",
    "features": "what frozen bodies make of texts",
    "gguf": "weights converted from GGUF",
    "heads": "heads of probes",
    "packages": "downloaded packages",
    "unpacked": "weights out of packages",
}
_UNNAMED = {State.UNFINISHED: "(unfinished training)", State.LEFTOVER: "(left over)"}


def cache_rows(cache: Path) -> list[Row]:
    """One row for each subject, the most recently used first, and one for each other part of the cache.

    Args:
        cache: its folder; there may be none yet.

    Returns:
        Rows with the keys `COLUMNS`: `kind` is a `State` or "part", `size` is in bytes.
    """
    if not cache.is_dir():
        return []
    shelf = Shelf.of_cache()
    subjects = [
        {**dict.fromkeys(COLUMNS), **_described(entry), "in_use": not shelf.is_free(entry)}
        for entry in reversed(shelf.entries())
    ]
    others = sorted(path for path in cache.iterdir() if path != shelf.folder)
    return [
        *subjects,
        *({**dict.fromkeys(COLUMNS), "kind": PART, "name": path.name, "size": size_of(path)} for path in others),
    ]


def print_cache(rows: Sequence[Row], cache: Path, limit: int | None) -> None:
    """Tables of the subjects and of the other parts, and what all of it takes."""
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    subjects = [row for row in rows if row["kind"] != PART]
    parts = [row for row in rows if row["kind"] == PART]
    if subjects:
        console.print(_table("prepared subject", ("recipe", "task", "size", "last used", "key"), map(_cells, subjects)))
    if parts:
        named = ([row["name"], _PARTS.get(row["name"], ""), size_text(row["size"])] for row in parts)
        console.print(_table("other part", ("what", "size"), named))
    bound = f"at most {size_text(limit)}" if limit is not None else "as much as they like"
    ours, total = (sum(row["size"] for row in some) for some in (subjects, rows))
    console.print(
        Text(
            f"Prepared subjects take {size_text(ours)} and may take {bound} (LEADERBOARD_CACHE_LIMIT); "
            f"all of {cache} takes {size_text(total)}.\n"
            "Fewer subjects: leaderboard cache prune. Other parts may be deleted by hand; they are made again.",
            style="dim",
        ),
        soft_wrap=False,
    )


def readable_cache(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The rows as texts."""
    shown = frame[["kind", "name", "recipe", "task", "size", "last_used", "key"]]
    return shown.assign(
        size=[size_text(size) for size in frame["size"]],
        last_used=["" if moment is None else _moment(moment) for moment in frame["last_used"]],
        key=["" if key is None else key[:SHORT] for key in frame["key"]],
    )


def pruned_text(pruned: Pruned, *, dry_run: bool) -> str:
    """What was removed, what was not because it is in use, and how much that frees."""
    verb = "would remove" if dry_run else "removed"
    lines = [f"{verb} {_line(entry)}" for entry in pruned.removed]
    lines += [f"kept, being made or used now: {_line(entry)}" for entry in pruned.in_use]
    freed = (
        f"{'would free' if dry_run else 'freed'} {size_text(pruned.freed)}" if pruned.removed else "nothing to remove"
    )
    return "\n".join([*lines, f"{freed}; {size_text(pruned.left)} of prepared subjects {'would be ' * dry_run}left"])


def size_text(size: int) -> str:
    """Bytes, as people read them."""
    return quantity(size, None, None, "bytes")


def _line(entry: Entry) -> str:
    row = _described(entry)
    where = [row["name"], *([f"on {row['task']}"] if row.get("task") else []), entry.key[:SHORT], size_text(entry.size)]
    return "  ".join(filter(None, where))


def _described(entry: Entry) -> Row:
    about = entry.about
    details = about.get("recipe")
    recipe = details.get("recipe") if isinstance(details, Mapping) else details
    called = about.get("name") or "/".join(str(each) for each in (about.get("model"), recipe) if each)
    return {
        "kind": entry.state.value,
        "name": _UNNAMED.get(entry.state) or called or "(no name)",
        "model": about.get("model"),
        "recipe": recipe,
        "task": about.get("task"),
        "seed": about.get("seed"),
        "size": entry.size,
        "last_used": entry.last_used,
        "key": entry.key,
    }


def _cells(row: Row) -> list[str]:
    used = "in use now" if row["in_use"] else _moment(row["last_used"])
    return [row["name"], row["recipe"] or "", row["task"] or "", size_text(row["size"]), used, row["key"][:SHORT]]


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _table(first: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Any:
    from rich.text import Text  # noqa: PLC0415 - slow to import

    from leaderboard.reports.tables import ruled_table  # noqa: PLC0415

    table = ruled_table()
    table.add_column(first, overflow="fold")
    for heading in headings:
        table.add_column(heading, overflow="fold", justify="right" if heading == "size" else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table
