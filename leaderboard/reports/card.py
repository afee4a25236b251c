"""Model card: what a folder of weights is, what was done to it, and what was measured, for people and for the Hub."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import yaml
from huggingface_hub import ModelCardData

from leaderboard.models.loaded import ModelKind
from leaderboard.quantities import quantity
from leaderboard.reports.formats import markdown_text
from leaderboard.reports.model_index import Definitions, headline_estimates, hub_result, source_of
from leaderboard.stats.estimate import Status
from leaderboard.store.described import StoredSubject

PIPELINES = {
    ModelKind.CLASSIFIER: "text-classification",
    ModelKind.TAGGER: "token-classification",
    ModelKind.CHOOSER: "multiple-choice",
}
"""What the Hub calls such a task."""
_LOADING = """```python
from transformers import AutoTokenizer, {loader}

tokenizer = AutoTokenizer.from_pretrained("FOLDER")
model = {loader}.from_pretrained("FOLDER")
```"""
_LOADERS = {
    ModelKind.CLASSIFIER: "AutoModelForSequenceClassification",
    ModelKind.TAGGER: "AutoModelForTokenClassification",
    ModelKind.CHOOSER: "AutoModelForMultipleChoice",
}


def model_card(
    subject: StoredSubject, estimates: pd.DataFrame, definitions: Definitions, kind: ModelKind, labels: Sequence[str]
) -> str:
    """The text of a `README.md`, with the estimates as `model-index` in front.

    Args:
        subject: what was measured.
        estimates: its rows of `store.frames.estimates_frame`.
        definitions: task files as JSON, by name.
        kind: of its head; one of `PIPELINES`.
        labels: of its classes.
    """
    headlines = headline_estimates(estimates)
    measured = headlines[headlines["status"] == Status.MEASURED.value].to_dict("records")
    data = ModelCardData(
        library_name="transformers",
        pipeline_tag=PIPELINES[kind],
        base_model=subject.model.name,
        tags=["leaderboard", subject.recipe.name],
        model_name=subject.label,
        eval_results=[hub_result(row, definitions, PIPELINES[kind]) for row in measured] or None,
    )
    parts = [
        f"# {subject.label}",
        _origin(subject, labels),
        _LOADING.format(loader=_LOADERS[kind]),
        "Measure it again: `leaderboard run --model FOLDER --recipe as_is`.",
        f"## Estimates\n\nWith 95 % intervals, where one is known.\n\n{markdown_text(_table(headlines))}".rstrip(),
        f"## Recipe\n\n```yaml\n{_yaml(subject.recipe.details)}```",
        *_temperature(subject.recipe.details),
        "## Data\n\n" + "\n".join(_data(subject, headlines, definitions)),
    ]
    return f"---\n{data.to_yaml()}\n---\n\n" + "\n\n".join(parts) + "\n"


def _origin(subject: StoredSubject, labels: Sequence[str]) -> str:
    model, recipe = subject.model, subject.recipe
    task = f" on the task `{recipe.adapt_to}`" if recipe.adapt_to else ""
    classes = f" Its classes: {', '.join(f'`{label}`' for label in labels)}." if labels else ""
    return (
        f"`{model.name}` after the recipe `{recipe.name}`{task}, seed {recipe.seed}: an ordinary `transformers` folder."
        f"{classes}\nMade from `{model.source}`, {model.revision}; subject `{subject.identity[:8]}`."
    )


def _table(headlines: pd.DataFrame) -> pd.DataFrame:
    rows = headlines.to_dict("records")
    return pd.DataFrame(
        {
            "axis": headlines["axis"],
            "task": headlines["task"],
            "metric": headlines["metric"],
            "value [95 % interval]": [_value(row) for row in rows],
            "n": [str(row["n"]) if row["status"] == Status.MEASURED.value else "" for row in rows],
            "environment": headlines["environment"],
        }
    )


def _value(row: Mapping[Any, Any]) -> str:
    if row["status"] != Status.MEASURED.value:
        return f"{row['status'].replace('_', ' ')}: {row['reason']}"
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    return quantity(float(row["value"]), low, high, row["unit"])


def _temperature(details: Mapping[str, Any]) -> Iterator[str]:
    temperature = details.get("temperature", 1.0)
    if temperature != 1.0:
        how = "fitted on the search split" if temperature == "fitted" else str(temperature)
        yield (
            f"The probabilities that were measured are those of the logits divided by a temperature ({how}). "
            "These weights give the logits before that: the same classes, with other confidence."
        )


def _data(subject: StoredSubject, headlines: pd.DataFrame, definitions: Definitions) -> Iterator[str]:
    """Licence and citation of what was trained and measured on."""
    for task in dict.fromkeys(filter(None, [subject.recipe.adapt_to, *headlines["task"]])):
        definition = definitions.get(task)
        if definition is not None:
            place, revision = source_of(task, definitions)
            origin = "" if place == task else f", from {place}{f' at {revision}' if revision else ''}"
            licence, citation = (definition.get(name) or "not known" for name in ("license", "citation"))
            yield f"- `{task}`{origin}. Licence: {licence}. Source: {citation}."


def _yaml(details: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(details), sort_keys=False, allow_unicode=True)
