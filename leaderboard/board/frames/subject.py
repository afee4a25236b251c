"""The card of one subject: its numbers by axis, what it is made of, and how it went over time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.quantities import quantity
from leaderboard.ranking.normalise import Anchors
from leaderboard.ranking.requirements import withheld
from leaderboard.ranking.weighted import axis_utilities, counting
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import BETWEEN_NOTES, PART, notes_once
from leaderboard.store.lineage import Evaluated, Relative
from leaderboard.store.records import EnvironmentRecord, ModelRecord, RecipeRecord

AXIS_COLUMNS = ("axis", "utility", "low", "high", "tasks", "reason")
ESTIMATE_COLUMNS = ("axis", "task", "metric", "counts", "value", "n", "reason", "portion", "environment", "at")
HISTORY_COLUMNS = ("at", "subject", "revision", "recipe", "seed", "value", "low", "high", "n", "unit", "environment")
EVALUATION_COLUMNS = ("at", "task", "version", "portion", "limit", "seed", "status", "reason", "seconds", "device")
_SENT = ("before_every_text", "instead_of_no_context")
"""What a model record notes of the tokens that go with every text."""


def axes_frame(rows: pd.DataFrame, anchors: Mapping[tuple[str, str], Anchors]) -> pd.DataFrame:
    """One row an axis: its utility with its bounds, or why there is none.

    Args:
        rows: of `store.frames.estimates_frame`, of one subject on one portion.
        anchors: those that tasks override, by (task, metric).

    Returns:
        `AXIS_COLUMNS`; numbers are missing where the axis is not measured, and `reason` says why.
    """
    records = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    known = axis_utilities(records, anchors)
    found = []
    for axis in Axis:
        headlines = [row for row in records if row["axis"] == axis.value and row["headline"]]
        utility = known.get(axis)
        reasons = dict.fromkeys(f"{row['task']}: {row['reason']}" for row in headlines if row["reason"])
        reasons |= dict.fromkeys(_too_few(headlines))
        found.append(
            {
                "axis": axis.value,
                "utility": None if utility is None else utility.value,
                "low": None if utility is None else utility.low,
                "high": None if utility is None else utility.high,
                "tasks": len({row["task"] for row in headlines if row["status"] == Status.MEASURED.value}),
                "reason": "; ".join(reasons),
            }
        )
    frame = pd.DataFrame(found, columns=list(AXIS_COLUMNS))
    return frame.astype(dict.fromkeys(("utility", "low", "high"), "float64") | {"axis": "str", "reason": "str"})


def _too_few(headlines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The estimates that are withheld from ranking, and why, such as "movies: 13 of 100 examples"."""
    for row in counting(headlines):
        if why := withheld(METRICS[row["metric"]], int(row["n"])):
            yield f"{row['task']}: {why}"


def estimates(rows: pd.DataFrame, *, headlines: bool = False) -> pd.DataFrame:
    """One row an estimate as people read it: value and interval in one text, or why there is none.

    Args:
        rows: of `store.frames.estimates_frame`, of one subject.
        headlines: those alone that count in the ranking.
    """
    chosen = rows[rows["headline"]] if headlines else rows
    found = [
        {
            "axis": row["axis"],
            "task": row["task"],
            "metric": row["metric"],
            "counts": bool(row["headline"]),
            "value": value_text(row),
            "n": int(row["n"]),
            "reason": row["reason"],
            "portion": row.get("portion", ""),
            "environment": row["environment"],
            "at": row["evaluated_at"],
        }
        for row in chosen.to_dict("records")
    ]
    return pd.DataFrame(found, columns=list(ESTIMATE_COLUMNS))


def notes(rows: pd.DataFrame) -> list[str]:
    """The notes on a subject's numbers, each once, behind the name of the first task that it is of.

    Args:
        rows: of `store.frames.estimates_frame`, of one subject.
    """
    told = rows.drop_duplicates(["task", "evaluated_at", "notes"])
    once = zip(told["task"], notes_once(told["notes"].tolist()), strict=True)
    return [f"{task}: {BETWEEN_NOTES.join(each)}" for task, each in once if each]


def value_text(row: Mapping[Any, Any]) -> str:
    """A value with its interval as text; empty where there is none.

    Args:
        row: with `value`, `low`, `high` and `unit`; missing numbers are NaN or None.
    """
    if pd.isna(row["value"]):
        return ""
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    return quantity(float(row["value"]), low, high, row["unit"])


def provenance(identity: str, model: ModelRecord, recipe: RecipeRecord) -> list[tuple[str, str]]:
    """Where a subject comes from: pairs of a string's key and a value, in the order one asks."""
    sent = {key: model.details.get(key) for key in _SENT if key in model.details}
    return [
        ("model", model.name),
        ("source", model.source),
        ("revision", model.revision),
        ("kind", model.kind),
        ("dtype", model.dtype),
        ("recipe", recipe.name),
        ("adapt_to", recipe.adapt_to or ""),
        ("seed", str(recipe.seed)),
        ("subject_identity", identity),
        ("model_identity", model.identity),
        ("recipe_identity", recipe.identity),
        *((key, " ".join(map(str, tokens or ()))) for key, tokens in sent.items()),
    ]


def newest(evaluated: Iterable[Evaluated]) -> dict[str, Evaluated]:
    """The newest measured evaluation of each task, by its name, with the portion behind it where that is not whole."""
    found = {}
    for each in evaluated:
        known = each.evaluation
        if known.status is Status.MEASURED:
            portion = "" if known.portion is Portion.WHOLE else f" · {known.portion}"
            found[f"{known.task.name}{portion}"] = each
    return found


def prompts(evaluated: Iterable[Evaluated]) -> dict[str, str]:
    """The template that each task would put to a subject that continues text, by task."""
    found = {}
    for each in evaluated:
        prompt = each.evaluation.task.definition.get("prompt") or {}
        if prompt.get("template"):
            choices = "".join(f"\n  {choice!r}" for choice in prompt.get("choices", ()))
            found[each.evaluation.task.name] = f"{prompt['template']}{choices}"
    return found


def yaml_text(details: Mapping[str, Any]) -> str:
    """A nested record as YAML, in its own order."""
    return yaml.safe_dump(_plain(details), sort_keys=False, allow_unicode=True, width=100)


def environments(found: Iterable[EnvironmentRecord]) -> dict[str, str]:
    """Each environment as YAML, by what tells it apart for people."""
    return {
        f"{each.device} · {each.threads} · {each.dtype} · {each.identity[:8]}": yaml_text(each.details)
        for each in found
    }


def evaluations(evaluated: Iterable[Evaluated]) -> pd.DataFrame:
    """One row an evaluation of a subject, the newest first."""
    rows = [
        {
            "at": each.evaluation.started_at,
            "task": each.evaluation.task.name,
            "version": each.evaluation.task.version,
            "portion": each.evaluation.portion.value,
            "limit": each.evaluation.limit,
            "seed": each.evaluation.seed,
            "status": each.evaluation.status.value,
            "reason": each.evaluation.reason,
            "seconds": each.evaluation.duration_s,
            "device": each.device,
        }
        for each in evaluated
    ]
    return pd.DataFrame(rows[::-1], columns=list(EVALUATION_COLUMNS)).astype({"limit": "Int64"})


def headlines_of(rows: pd.DataFrame) -> list[str]:
    """What can be followed over time: `task.metric` of every headline number, in the order of the frame."""
    chosen = rows[rows["headline"]]
    return list(
        dict.fromkeys(f"{task}.{metric}" for task, metric in zip(chosen["task"], chosen["metric"], strict=True))
    )


def history(rows: pd.DataFrame, family: Sequence[Relative], number: str) -> pd.DataFrame:
    """One number of every subject of a model's name, measurement by measurement, oldest first.

    Args:
        rows: of `store.frames.estimates_frame`, of those subjects.
        family: the subjects.
        number: one of `headlines_of`.

    Returns:
        `HISTORY_COLUMNS`; numbers are missing where nothing was measured.
    """
    known = {each.label: each for each in family}
    task, _, metric = number.rpartition(".")
    chosen = rows[(rows["task"] == task) & (rows["metric"] == metric)].sort_values("evaluated_at", kind="stable")
    found = [
        {
            "at": row["evaluated_at"],
            "subject": row["subject"],
            "revision": known[row["subject"]].revision,
            "recipe": known[row["subject"]].recipe,
            "seed": known[row["subject"]].seed,
            **{name: row[name] for name in ("value", "low", "high", "n", "unit", "environment")},
        }
        for row in chosen.to_dict("records")
        if row["subject"] in known
    ]
    return pd.DataFrame(found, columns=list(HISTORY_COLUMNS))


def summary_of(metric: str) -> str:
    """What a metric of a frame says, in a line; empty for one that this program does not know."""
    known = METRICS.get(metric.partition(PART)[0])
    return known.summary if known else ""


def _plain(value: Any) -> Any:
    """Mappings and sequences that YAML has a form for."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
