"""Listings of the cache, for people and programs: prepared subjects one by one, everything else by its part."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leaderboard import terminal
from leaderboard.cache.eviction import KEY_DIGITS, PARTS, PruneResult
from leaderboard.cache.subject_folders import Entry, SubjectCache, SubjectState, size_of
from leaderboard.quantities import quantity

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]

PART = "part"
COLUMNS = ("kind", "name", "model", "recipe", "task", "seed", "size", "last_used", "in_use", "key")
_UNNAMED = {SubjectState.UNFINISHED: "(unfinished training)", SubjectState.LEFTOVER: "(left over)"}


def cache_rows(cache: Path) -> list[Row]:
    """Return one row for each subject, the most recently used first, and one for each other part of the cache.

    Args:
        cache: folder of the cache; it need not exist yet.

    Returns:
        Rows with the keys `COLUMNS`: `kind` is a `SubjectState` or "part", `size` is in bytes.
    """
    if not cache.is_dir():
        return []
    subject_cache = SubjectCache.of_cache()
    subjects = [
        {**dict.fromkeys(COLUMNS), **_described(entry), "in_use": not subject_cache.is_free(entry)}
        for entry in reversed(subject_cache.entries())
    ]
    other_folders = sorted(path for path in cache.iterdir() if path != subject_cache.folder)
    return [
        *subjects,
        *({**dict.fromkeys(COLUMNS), "kind": PART, "name": path.name, "size": size_of(path)} for path in other_folders),
    ]


def print_cache(rows: Sequence[Row], cache: Path, limit: int | None) -> None:
    """Print tables of the subjects and of the other parts, and the total size."""
    from rich.text import Text  # noqa: PLC0415

    console = terminal.console()
    subjects = [row for row in rows if row["kind"] != PART]
    parts = [row for row in rows if row["kind"] == PART]
    if subjects:
        console.print(_table("prepared subject", ("recipe", "task", "size", "last used", "key"), map(_cells, subjects)))
    if parts:
        part_rows = ([row["name"], PARTS.get(row["name"], ""), size_text(row["size"])] for row in parts)
        console.print(_table("other part", ("content", "size"), part_rows))
    bound = f"at most {size_text(limit)}" if limit is not None else "any amount"
    ours, total = (sum(row["size"] for row in some) for some in (subjects, rows))
    console.print(
        Text(
            f"Prepared subjects take {size_text(ours)} and may take {bound} (LEADERBOARD_CACHE_LIMIT); "
            f"all of {cache} takes {size_text(total)}.\n"
            "Fewer subjects: leaderboard cache prune. cache prune --all removes the rest, too.",
            style="dim",
        ),
        soft_wrap=False,
    )


def readable_cache(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows as texts."""
    texts = frame[["kind", "name", "recipe", "task", "size", "last_used", "key"]]
    return texts.assign(
        size=[size_text(size) for size in frame["size"]],
        last_used=["" if moment is None else _moment(moment) for moment in frame["last_used"]],
        key=["" if key is None else key[:KEY_DIGITS] for key in frame["key"]],
    )


def pruned_text(pruned: PruneResult, *, dry_run: bool) -> str:
    """Return what was removed, what is in use and stays, and how much space that frees."""
    verb = "would remove" if dry_run else "removed"
    lines = [f"{verb} {_line(entry)}" for entry in pruned.removed]
    lines += [f"kept because it is in use: {_line(entry)}" for entry in pruned.in_use]
    lines += [f"{verb} {name} ({PARTS[name]})  {size_text(size)}" for name, size in pruned.parts.items()]
    any_removed = pruned.removed or pruned.parts
    freed = f"{'would free' if dry_run else 'freed'} {size_text(pruned.freed)}" if any_removed else "nothing to remove"
    return "\n".join(
        [*lines, f"{freed}; {size_text(pruned.remaining)} of prepared subjects {'would be ' * dry_run}left"]
    )


def size_text(size: int) -> str:
    """Return a size in bytes as people read it."""
    return quantity(size, None, None, "bytes")


def _line(entry: Entry) -> str:
    row = _described(entry)
    fields = [
        row["name"],
        *([f"on {row['task']}"] if row.get("task") else []),
        entry.key[:KEY_DIGITS],
        size_text(entry.size),
    ]
    return "  ".join(filter(None, fields))


def _described(entry: Entry) -> Row:
    about = entry.about
    details = about.get("recipe")
    recipe = details.get("recipe") if isinstance(details, Mapping) else details
    name = about.get("name") or "/".join(str(each) for each in (about.get("model"), recipe) if each)
    return {
        "kind": entry.state.value,
        "name": _UNNAMED.get(entry.state) or name or "(no name)",
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
    return [row["name"], row["recipe"] or "", row["task"] or "", size_text(row["size"]), used, row["key"][:KEY_DIGITS]]


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
