"""Listings of the cache, for people and programs: prepared subjects one by one, everything else by its part."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leaderboard import terminal
from leaderboard.cache.contents import CacheContents
from leaderboard.cache.entry import Entry, EntryState
from leaderboard.cache.eviction import KEY_DIGITS, PruneResult
from leaderboard.cache.kinds import CacheKind
from leaderboard.quantities import quantity

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]

PART = "part"
COLUMNS = ("kind", "name", "model", "recipe", "task", "seed", "size", "last_used", "in_use", "key")
_UNNAMED = {EntryState.UNFINISHED: "(unfinished training)", EntryState.LEFTOVER: "(left over)"}


def cache_rows(contents: CacheContents) -> list[Row]:
    """Return one row for each subject, the most recently used first, and one for each other part of the cache.

    Returns:
        Rows with the keys `COLUMNS`: `kind` is an `EntryState` or "part", `size` is in bytes.
    """
    subjects = [
        {**dict.fromkeys(COLUMNS), **_described(entry), "in_use": entry.path in contents.in_use}
        for entry in reversed(contents.of(CacheKind.SUBJECTS))
    ]
    parts = Counter(contents.others)
    for entry in contents.entries:
        if entry.kind is not CacheKind.SUBJECTS:
            parts[entry.kind.value] += entry.size
    return [
        *subjects,
        *({**dict.fromkeys(COLUMNS), "kind": PART, "name": name, "size": size} for name, size in sorted(parts.items())),
    ]


def print_cache(contents: CacheContents) -> None:
    """Print tables of the subjects and of the other parts, and the total size."""
    from rich.text import Text  # noqa: PLC0415

    console = terminal.console()
    rows = cache_rows(contents)
    subjects = [row for row in rows if row["kind"] != PART]
    parts = [row for row in rows if row["kind"] == PART]
    if subjects:
        console.print(_table("prepared subject", ("recipe", "task", "size", "last used", "key"), map(_cells, subjects)))
    if parts:
        part_rows = ([row["name"], _content(row["name"]), size_text(row["size"])] for row in parts)
        console.print(_table("other part", ("content", "size"), part_rows))
    bound = f"at most {size_text(contents.limit)}" if contents.limit is not None else "any amount"
    console.print(
        Text(
            f"{contents.folder} takes {size_text(contents.size)} and may take {bound} (LEADERBOARD_CACHE_LIMIT); what "
            "was not used for longest is removed first, whatever its kind.\n"
            "Less: leaderboard cache prune --to SIZE, --older-than AGE, or --all.",
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
    removed, in_use = (
        [_line(entry) for entry in entries if entry.kind is CacheKind.SUBJECTS] + list(_by_kind(entries))
        for entries in (pruned.removed, pruned.in_use)
    )
    lines = [*(f"{verb} {line}" for line in removed), *(f"kept because it is in use: {line}" for line in in_use)]
    freeing = "would free" if dry_run else "freed"
    freed = f"{freeing} {size_text(pruned.freed)}" if pruned.removed else "nothing to remove"
    return "\n".join([*lines, f"{freed}; {size_text(pruned.remaining)} {'would be ' * dry_run}left"])


def _by_kind(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield a line for each kind of entries, prepared subjects aside."""
    for kind in CacheKind:
        of_kind = [entry for entry in entries if entry.kind is kind and kind is not CacheKind.SUBJECTS]
        if of_kind:
            number = "" if kind.is_one_entry else f", {len(of_kind)} of them"
            yield f"{kind} ({kind.content}{number})  {size_text(sum(entry.size for entry in of_kind))}"


def _content(name: str) -> str:
    return CacheKind(name).content if name in set(CacheKind) else "not of this program"


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
