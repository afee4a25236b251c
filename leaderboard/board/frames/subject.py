"""Frames of one subject: its numbers by axis, its provenance, and its history."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from leaderboard.axes.accuracy.evaluate_modules.settings import is_module, module_summary
from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.data.portions import Portion
from leaderboard.quantities import quantity
from leaderboard.ranking.missing_axes import withheld
from leaderboard.ranking.utility_scale import UtilityAnchors
from leaderboard.ranking.weighted_ranking import axis_utilities, counting
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import NOTE_SEPARATOR, distinct_notes, split_part
from leaderboard.store.records import EnvironmentRecord, ModelRecord, RecipeRecord
from leaderboard.store.subject_history import DeviceEvaluation, RelatedSubject

AXIS_COLUMNS = ("axis", "utility", "low", "high", "tasks", "reason", "withheld")
FEW_EXAMPLES = "{task}: {n} of {needed} examples needed"
ESTIMATE_COLUMNS = ("axis", "task", "metric", "counts", "value", "n", "reason", "portion", "environment", "at")
HISTORY_COLUMNS = ("at", "subject", "revision", "recipe", "seed", "value", "low", "high", "n", "unit", "environment")
EVALUATION_COLUMNS = ("at", "task", "version", "portion", "limit", "seed", "status", "reason", "seconds", "device")
_SPECIAL_TOKENS = ("before_every_text", "instead_of_no_context")
"""Keys of a model record about the tokens that are added to every text."""


def axes_frame(
    rows: pd.DataFrame, anchors: Mapping[tuple[str, str], UtilityAnchors], *, few_examples: str = FEW_EXAMPLES
) -> pd.DataFrame:
    """Return one row for each axis: its utility with its bounds, or why it has no value.

    Args:
        rows: rows of `store.frames.estimates_frame` of one subject on one portion.
        anchors: those that tasks override, by (task, metric).
        few_examples: template for an estimate that is withheld from ranking, with `task`, `n` and `needed`.

    Returns:
        `AXIS_COLUMNS`; numbers are missing if the axis was not measured, or if one of its metrics has too few examples
        to count (`withheld`); `reason` explains it.
    """
    records = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    utilities = axis_utilities(records, anchors)
    axes = []
    for axis in Axis:
        headlines = [row for row in records if row["axis"] == axis.value and row["headline"]]
        utility = utilities.get(axis)
        reasons = dict.fromkeys(f"{row['task']}: {row['reason']}" for row in headlines if row["reason"])
        few = dict.fromkeys(_too_few(headlines, few_examples))
        axes.append(
            {
                "axis": axis.value,
                "utility": None if utility is None else utility.value,
                "low": None if utility is None else utility.low,
                "high": None if utility is None else utility.high,
                "tasks": len({row["task"] for row in headlines if row["status"] == Status.MEASURED.value}),
                "reason": "; ".join(reasons | few),
                "withheld": bool(few),
            }
        )
    frame = pd.DataFrame(axes, columns=list(AXIS_COLUMNS))
    return frame.astype(dict.fromkeys(("utility", "low", "high"), "float64") | {"axis": "str", "reason": "str"})


def _too_few(headlines: Sequence[Mapping[str, Any]], words: str) -> Iterator[str]:
    """Yield why estimates are withheld from ranking, such as "movies: 13 of 100 examples needed"."""
    for row in counting(headlines):
        metric = METRICS[row["metric"]]
        if withheld(metric, int(row["n"])):
            yield words.format(task=row["task"], n=int(row["n"]), needed=metric.minimum_n)


def estimates(rows: pd.DataFrame, *, headlines: bool = False) -> pd.DataFrame:
    """Return one row for each estimate: value and interval in one text, or why it has no value.

    Args:
        rows: rows of `store.frames.estimates_frame` of one subject.
        headlines: whether to return only numbers that count in the ranking.
    """
    chosen = rows[rows["headline"]] if headlines else rows
    records = [
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
    return pd.DataFrame(records, columns=list(ESTIMATE_COLUMNS))


def notes(rows: pd.DataFrame) -> list[str]:
    """Return the notes on a subject's numbers, each once, after the name of its first task.

    Args:
        rows: rows of `store.frames.estimates_frame` of one subject.
    """
    evaluated = rows.drop_duplicates(["task", "evaluated_at", "notes"])
    once = zip(evaluated["task"], distinct_notes(evaluated["notes"].tolist()), strict=True)
    return [f"{task}: {NOTE_SEPARATOR.join(each)}" for task, each in once if each]


def value_text(row: Mapping[Any, Any]) -> str:
    """Return a value with its interval as text; empty without a value.

    Args:
        row: mapping with `value`, `low`, `high` and `unit`; missing numbers are NaN or None.
    """
    if pd.isna(row["value"]):
        return ""
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    return quantity(float(row["value"]), low, high, row["unit"])


def provenance(identity: str, model: ModelRecord, recipe: RecipeRecord) -> list[tuple[str, str]]:
    """Return where a subject comes from, as pairs of a string's key and a value."""
    special_tokens = {key: model.details.get(key) for key in _SPECIAL_TOKENS if key in model.details}
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
        *((key, " ".join(map(str, tokens or ()))) for key, tokens in special_tokens.items()),
    ]


def newest(evaluated: Iterable[DeviceEvaluation]) -> dict[str, DeviceEvaluation]:
    """Return the newest measured evaluation of each task, by its name and, unless it is whole, the portion."""
    by_name = {}
    for each in evaluated:
        evaluation = each.evaluation
        if evaluation.status is Status.MEASURED:
            portion = "" if evaluation.portion is Portion.WHOLE else f" · {evaluation.portion}"
            by_name[f"{evaluation.task.name}{portion}"] = each
    return by_name


def prompts(evaluated: Iterable[DeviceEvaluation]) -> dict[str, str]:
    """Return the prompt template of each task, by task."""
    templates = {}
    for each in evaluated:
        prompt = each.evaluation.task.definition.get("prompt") or {}
        if prompt.get("template"):
            choices = "".join(f"\n  {choice!r}" for choice in prompt.get("choices", ()))
            templates[each.evaluation.task.name] = f"{prompt['template']}{choices}"
    return templates


def yaml_text(details: Mapping[str, Any]) -> str:
    """Return a nested record as YAML, in its own order."""
    return yaml.safe_dump(_plain(details), sort_keys=False, allow_unicode=True, width=100)


def environments(records: Iterable[EnvironmentRecord]) -> dict[str, str]:
    """Return each environment as YAML, by a name that distinguishes it."""
    return {
        f"{each.device} · {each.threads} · {each.dtype} · {each.identity[:8]}": yaml_text(each.details)
        for each in records
    }


def evaluations(evaluated: Iterable[DeviceEvaluation]) -> pd.DataFrame:
    """Return one row for each evaluation of a subject, the newest first."""
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
    """Return `task.metric` of every headline number, in the order of the frame."""
    chosen = rows[rows["headline"]]
    return list(
        dict.fromkeys(f"{task}.{metric}" for task, metric in zip(chosen["task"], chosen["metric"], strict=True))
    )


def history(rows: pd.DataFrame, family: Sequence[RelatedSubject], number: str) -> pd.DataFrame:
    """Return one number of every subject of a model's name, measurement by measurement, oldest first.

    Args:
        rows: rows of `store.frames.estimates_frame` of those subjects.
        family: the subjects.
        number: one of the results of `headlines_of`.

    Returns:
        `HISTORY_COLUMNS`; numbers are missing where nothing was measured.
    """
    by_label = {each.label: each for each in family}
    task, _, metric = number.rpartition(".")
    chosen = rows[(rows["task"] == task) & (rows["metric"] == metric)].sort_values("evaluated_at", kind="stable")
    records = [
        {
            "at": row["evaluated_at"],
            "subject": row["subject"],
            "revision": by_label[row["subject"]].revision,
            "recipe": by_label[row["subject"]].recipe,
            "seed": by_label[row["subject"]].seed,
            **{name: row[name] for name in ("value", "low", "high", "n", "unit", "environment")},
        }
        for row in chosen.to_dict("records")
        if row["subject"] in by_label
    ]
    return pd.DataFrame(records, columns=list(HISTORY_COLUMNS))


def summary_of(metric: str) -> str:
    """Return the summary of a metric of a frame; empty for an unknown metric."""
    name = split_part(metric)[0]
    if is_module(name):
        return module_summary(name)
    declaration = METRICS.get(name)
    return declaration.summary if declaration else ""


def _plain(value: Any) -> Any:
    """Return a value with only mappings and sequences that YAML can represent."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
