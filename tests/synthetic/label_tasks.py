"""Task files of three classes whose labels can be put in any order, for tests that an answer never depends on it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from leaderboard.identity import file_digest

TEXTS: Mapping[str, tuple[str, ...]] = {
    "bad": ("dull from the start", "a bad ending", "worse than the last", "a waste of time"),
    "fair": ("as long as the other", "a film of two hours", "the story of a doctor", "made in the city"),
    "good": ("a wonderful surprise", "a great story", "kind and good", "worth watching again"),
}
"""What is said of a film, by class."""
CHOICES: Mapping[str, str] = {"bad": " worse", "fair": " answer", "good": " wonderful"}
"""The word of a prompt that stands for each class."""
_SENTENCES = (
    ("The O", "doctor B-PER", "Daniel I-PER", "laughed O", "in O", "Rome B-LOC"),
    ("In O", "Rome B-LOC", "the O", "nurse B-PER", "laughed O"),
    ("Nobody O", "laughed O"),
)
SHARES = {"train": [0.0, 0.5], "nonmembers": [0.5, 0.65], "search": [0.65, 0.8], "test": [0.8, 1.0]}


def films_task(
    folder: Path,
    labels: Sequence[str],
    *,
    name: str = "films",
    axis: str = "accuracy",
    protocol: str = "classification",
    metrics: Sequence[str] = ("accuracy", "macro_f1", "mcc", "ece", "brier"),
    splits: Mapping[str, Sequence[float]] | None = None,
    prompt: bool = True,
    rows: int = 150,
    first: int = 0,
    **more: Any,
) -> Path:
    """Write a task about the class of a film's description, with its data beside it.

    Args:
        folder: of task files.
        labels: `bad`, `fair` and `good` in any order.
        name: of the task.
        axis: of the protocol.
        protocol: that asks.
        metrics: that are kept.
        splits: shares of the rows by split; those of a task that can be learned from where it says nothing.
        prompt: whether it asks in words, by `CHOICES`.
        rows: of its data, a third of each class.
        first: number of its first film: tasks whose films have other numbers share no text.
        more: further keys of the task file.

    Returns:
        The path of the task file.
    """
    place = folder / axis
    place.mkdir(parents=True, exist_ok=True)
    data = place / f"{name}.tsv"
    lines = []
    for number in range(first, first + rows):
        label = list(TEXTS)[number % 3]
        phrase = TEXTS[label][number // 3 % len(TEXTS[label])]
        lines.append(f"{number}\t{label}\tThe film number {number} was {phrase}.\n")
    data.write_text("".join(lines), encoding="utf-8")
    source = {"file": data.name, "sha256": file_digest(data)}
    content: dict[str, Any] = {
        "name": name,
        "version": 1,
        "axis": axis,
        "protocol": protocol,
        "description": "Films that do not exist.",
        "data": {
            "labels": list(labels),
            "read": {"header": False, "fields": {"id": 0, "label": 1, "text": 2}},
            "splits": {split: {"source": source, "share": list(share)} for split, share in (splits or SHARES).items()},
        },
        "metrics": list(metrics),
        "license": "CC0-1.0",
        "citation": "made up",
    }
    if prompt:
        choices = [CHOICES[label] for label in labels]
        content["prompt"] = {"template": "Film: {{ text }}\nVerdict:", "choices": choices}
    path = place / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content | more, sort_keys=False), encoding="utf-8")
    return path


def people_task(folder: Path, labels: Sequence[str], *, name: str = "people", shift: bool = False, **more: Any) -> Path:
    """Write a task about the words that name a person or a place, with its sentences beside it.

    Args:
        folder: of task files.
        labels: `O`, `B-PER`, `I-PER` and `B-LOC` in any order.
        name: of the task.
        shift: whether it asks how a subject tags other sentences, and has none to learn from.
        more: further keys of the task file.

    Returns:
        The path of the task file.
    """
    axis = "ood" if shift else "accuracy"
    place = folder / axis
    place.mkdir(parents=True, exist_ok=True)
    source = {}
    for split in ("home", "away") if shift else ("train", "search", "test"):
        data = place / f"{name}-{split}.txt"
        data.write_text("\n".join(_sentence(number, split) for number in range(20)), encoding="utf-8")
        source[split] = {"source": {"file": data.name, "sha256": file_digest(data)}}
    content: dict[str, Any] = {
        "name": name,
        "version": 1,
        "axis": axis,
        "protocol": "tagging_shift" if shift else "tagging",
        "description": "People that do not exist.",
        "data": {
            "labels": list(labels),
            "read": {"format": "conll", "fields": {"words": 0, "tags": 1}},
            "splits": source,
        },
        "metrics": ["ood_span_f1", "ood_span_drop"] if shift else ["span_f1", "token_accuracy"],
        "license": "CC0-1.0",
        "citation": "made up",
    }
    path = place / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content | more, sort_keys=False), encoding="utf-8")
    return path


def _sentence(number: int, split: str) -> str:
    tagged = _SENTENCES[number % len(_SENTENCES)]
    return "".join(f"{line}\n" for line in (*tagged, f"{split}{number} O"))
