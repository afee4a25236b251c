"""The Hub's model index: estimates as its model cards list them, in YAML."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import yaml
from huggingface_hub import EvalResult
from huggingface_hub.repocard_data import eval_results_to_model_index

from leaderboard.quantities import quantity
from leaderboard.ranking.estimate_selection import of_newest_versions
from leaderboard.stats.estimate import Status
from leaderboard.store.results import SubjectResults

Definitions = Mapping[str, Mapping[str, Any]]
_TRAINED_HEAD = "text-classification"
_OF_PROTOCOL = {"tagging": "token-classification", "multiple_choice": "multiple-choice"}
_OF_KIND = {
    "causal": "text-generation",
    "encoder-decoder": "text2text-generation",
    "masked": "fill-mask",
    "tagger": "token-classification",
    "chooser": "multiple-choice",
}
_UNTRAINED = frozenset({"zero_shot", "few_shot", "letters", "as_is"})
"""Recipes after which a model still does what it did."""


def model_index(results: Sequence[SubjectResults], estimates: pd.DataFrame) -> str:
    """Return the measured headline estimates of subjects as YAML for the front matter of a model card.

    Args:
        results: results of the subjects.
        estimates: rows of `store.frames.estimates_frame`, or more columns; subjects by their labels.
    """
    definitions = {
        each.task.name: each.task.definition
        for subject in results
        for each in sorted(subject.evaluations, key=lambda each: each.task.version)
    }
    index = []
    for subject in results:
        headlines = headline_estimates(estimates[estimates["subject"] == subject.label])
        measured = headlines[headlines["status"] == Status.MEASURED.value].to_dict("records")
        hub_results = [hub_result(row, definitions, _pipeline(subject, definitions)) for row in measured]
        index += eval_results_to_model_index(subject.label, hub_results)
    return yaml.safe_dump({"model-index": index}, sort_keys=False, allow_unicode=True)


def _pipeline(subject: SubjectResults, definitions: Definitions) -> str:
    """Return the Hub's name of the task that a subject does."""
    if subject.recipe.name in _UNTRAINED:
        return _OF_KIND.get(subject.model.kind, _TRAINED_HEAD)
    learned = definitions.get(subject.recipe.adapt_to or "", {})
    return _OF_PROTOCOL.get(str(learned.get("protocol")), _TRAINED_HEAD)


def headline_estimates(estimates: pd.DataFrame) -> pd.DataFrame:
    """Return the row with most examples of each task, headline metric and environment, the newest of equal ones.

    Only rows of the newest version of a task are considered.
    """
    estimates = of_newest_versions(estimates)
    measured = estimates["status"] == Status.MEASURED.value
    ordered = estimates.assign(measured=measured).sort_values(["measured", "n", "evaluated_at"], kind="stable")
    fullest = ordered[ordered["headline"]].drop_duplicates(["task", "metric", "environment"], keep="last")
    return fullest.sort_index().drop(columns="measured").reset_index(drop=True)


def hub_result(row: Mapping[Any, Any], definitions: Definitions, pipeline: str) -> EvalResult:
    """Return one estimate in the Hub's format, with what the format lacks among the arguments of the metric."""
    dataset, revision = source_of(row["task"], definitions)
    definition = definitions.get(row["task"], {})
    has_interval = pd.notna(row["low"])
    return EvalResult(
        task_type=pipeline,
        task_name=f"{row['task']} ({row['axis']})",
        dataset_type=dataset,
        dataset_name=row["task"],
        dataset_config=row["task"],
        dataset_revision=revision,
        dataset_args={name: definition[name] for name in ("version", "license", "citation") if name in definition},
        metric_type=row["metric"],
        metric_name=f"{row['metric']}, 95 % interval {_interval(row)}" if has_interval else row["metric"],
        metric_value=float(row["value"]),
        metric_args={
            **({"low": float(row["low"]), "high": float(row["high"]), "confidence": 0.95} if has_interval else {}),
            "n": int(row["n"]),
            "unit": row["unit"],
            "better": row["better"],
            "axis": row["axis"],
            "environment": row["environment"],
        },
    )


def _interval(row: Mapping[Any, Any]) -> str:
    return quantity(row["value"], row["low"], row["high"], row["unit"]).partition(" [")[2].removesuffix("]").join("[]")


def source_of(task: str, definitions: Definitions) -> tuple[str, str | None]:
    """Return where a task's data comes from and its revision; the task itself if its file does not say.

    The scored split counts, or the first. An id without a prefix is one of the Hub.
    """
    data = definitions.get(task, {}).get("data") or {}
    if data.get("same_as"):  # one step: what is lent was never borrowed, and a stranger's tasks may go in a circle
        task = data["same_as"]
        data = definitions.get(task, {}).get("data") or {}
    splits = data.get("splits") or {}
    split: Mapping[str, Any] = splits.get("test") or next(iter(splits.values()), {})
    for place in (split.get("source") or {}).get("locations", []):
        for form in ("hub", "github", "pypi", "package"):
            if place.get(form):
                name = place[form] if form == "hub" else f"{form}:{place[form]}"
                return name, place.get("revision") or place.get("commit")
    return task, None
