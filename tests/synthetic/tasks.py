"""A small sentiment task on a file of its own, for tests that need real task files but no download."""

import random
from pathlib import Path
from typing import Any

import yaml

from leaderboard.identity import file_digest

PRAISE = ("a wonderful surprise", "a great story", "kind and good", "worth watching again")
BLAME = ("dull from the start", "a bad ending", "worse than the last", "a waste of time")
FOLDER = "accuracy"


def small_task(folder: Path, *, name: str = "small", rows: int = 160, **changes: Any) -> Path:
    """Write a classification task with its data beside it.

    Args:
        folder: of task files; the task goes into its `accuracy` folder.
        name: of the task.
        rows: of its data, half of them praise; split at random into train, nonmembers, search and test.
        changes: keys of the task file that differ.

    Returns:
        The path of the task file.
    """
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    data = place / f"{name}.tsv"
    draw = random.Random(name)  # noqa: S311 - not a secret
    lines = []
    for number in range(rows):
        words = (PRAISE if number % 2 else BLAME)[number // 2 % len(PRAISE)]
        lines.append(f"{number}\t{number % 2}\tThe film number {draw.randrange(10_000)} was {words}.\n")
    data.write_text("".join(lines), encoding="utf-8")
    source = {"file": data.name, "sha256": file_digest(data)}
    shares = {"train": [0.0, 0.5], "nonmembers": [0.5, 0.65], "search": [0.65, 0.8], "test": [0.8, 1.0]}
    content: dict[str, Any] = {
        "name": name,
        "version": 1,
        "axis": "accuracy",
        "protocol": "classification",
        "description": "Praise and blame of films that do not exist.",
        "data": {
            "labels": ["negative", "positive"],
            "read": {
                "header": False,
                "fields": {"id": 0, "label": 1, "text": 2},
                "label_values": {"0": "negative", "1": "positive"},
            },
            "splits": {split: {"source": source, "share": share} for split, share in shares.items()},
        },
        "prompt": {"template": "Review: {{ text }}\nSentiment:", "choices": [" negative", " positive"]},
        "metrics": ["accuracy", "macro_f1", "mcc", "ece", "brier"],
        "license": "CC0-1.0",
        "citation": "made up",
    }
    path = place / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content | changes, sort_keys=False), encoding="utf-8")
    return path
