"""Model cards: what a folder of weights is, how it was made, and what was measured, for people and for the Hub."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import yaml
from huggingface_hub import ModelCardData

from leaderboard.backends.kind import ModelKind
from leaderboard.escapes import markdown_block, markdown_cell, markdown_code
from leaderboard.quantities import quantity
from leaderboard.reports.formats import markdown_text
from leaderboard.reports.model_index import Definitions, headline_estimates, hub_result, source_of
from leaderboard.stats.estimate import Status
from leaderboard.store.stored_subject import StoredSubject

PIPELINES = {
    ModelKind.CLASSIFIER: "text-classification",
    ModelKind.TAGGER: "token-classification",
    ModelKind.CHOOSER: "multiple-choice",
}
"""Name of the task on the Hub, for each kind of model."""
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
    """Return the text of a `README.md`, with the estimates as `model-index` in its front matter.

    Args:
        subject: the measured subject.
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
        f"# {markdown_cell(subject.label)}",
        _origin(subject, labels),
        _LOADING.format(loader=_LOADERS[kind]),
        "Measure it again: `leaderboard run --model FOLDER --recipe as_is`.",
        f"## Estimates\n\nWith 95 % intervals, where one is known.\n\n{markdown_text(_table(headlines))}".rstrip(),
        f"## Recipe\n\n{markdown_block(_yaml(subject.recipe.details), 'yaml')}",
        *_temperature(subject.recipe.details),
        "## Data\n\n" + "\n".join(_data(subject, headlines, definitions)),
    ]
    return f"---\n{data.to_yaml()}\n---\n\n" + "\n\n".join(parts) + "\n"


def _origin(subject: StoredSubject, labels: Sequence[str]) -> str:
    model, recipe = subject.model, subject.recipe
    code = markdown_code
    task = f" on the task {code(recipe.adapt_to)}" if recipe.adapt_to else ""
    classes = f" Its classes: {', '.join(map(code, labels))}." if labels else ""
    return (
        f"{code(model.name)} after the recipe {code(recipe.name)}{task}, seed {recipe.seed}: an ordinary "
        f"`transformers` folder.{classes}\nMade from {code(model.source)}, {markdown_cell(model.revision)}; "
        f"subject `{subject.identity[:8]}`."
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
        source = "fitted on the search split" if temperature == "fitted" else str(temperature)
        yield (
            f"The probabilities that were measured are those of the logits divided by a temperature ({source}). "
            "These weights give the logits before that: the same classes, with other confidence."
        )


def _data(subject: StoredSubject, headlines: pd.DataFrame, definitions: Definitions) -> Iterator[str]:
    """Yield licence and citation of each task that the model was trained or measured on."""
    for task in dict.fromkeys(filter(None, [subject.recipe.adapt_to, *headlines["task"]])):
        definition = definitions.get(task)
        if definition is not None:
            place, revision = source_of(task, definitions)
            origin = "" if place == task else f", from {markdown_cell(place)}{f' at {revision}' if revision else ''}"
            licence, citation = (
                markdown_cell(str(definition.get(name) or "not known")) for name in ("license", "citation")
            )
            yield f"- {markdown_code(task)}{origin}. Licence: {licence}. Source: {citation}."


def _yaml(details: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(details), sort_keys=False, allow_unicode=True)
