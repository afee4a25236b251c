"""Cost of commands that read and write many results: results, recompute, export and import.

    python benchmarks/store_size.py --subjects 1000
    python benchmarks/store_size.py --subjects 1000 --code ../before

A store is filled with synthetic subjects of forty metrics each, one task of each with fifty observations, and every
command runs in a process of its own. The processor's time counts, since other work on the machine changes it little.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import insert, select, update

from leaderboard.store.tables import EvaluationRow, ObservationRow, TaskRow
from leaderboard.tasks import default_catalogue, protocol_of
from tests.synthetic.crowds import synthetic_store

METRICS_EACH = 40
EXAMPLES = 50
_OBSERVED = "accuracy_1"
"""Synthetic task whose evaluations get observations."""


def fill(url: str, subjects: int, examples: int) -> None:
    """Fill a store with that many subjects; one task of each can be recomputed."""
    store = synthetic_store(url, subjects, METRICS_EACH)
    task = default_catalogue().tasks["movies"]
    definition = {**task.model_dump(mode="json"), "name": _OBSERVED}
    with store.writing("made-up observations") as session:
        version = protocol_of(task).version
        changes = {"definition": definition, "protocol": task.protocol, "protocol_version": version}
        session.execute(update(TaskRow).where(TaskRow.name == _OBSERVED).values(**changes))
        observed = session.scalars(select(EvaluationRow.id).join(TaskRow).where(TaskRow.name == _OBSERVED)).all()
        rng = np.random.default_rng(0)
        for row_id in observed:
            session.execute(insert(ObservationRow), observations(row_id, examples, rng))
    store.close()


def observations(evaluation_id: int, examples: int, rng: np.random.Generator) -> list[dict[str, object]]:
    """Return answers of a binary classifier that is right four times in five, as rows of the store."""
    rows: list[dict[str, object]] = []
    for position in range(examples):
        label = int(rng.random() < 1 / 2)
        sure = float(rng.uniform(0.5, 1))
        answer = label if rng.random() < 4 / 5 else 1 - label
        log_probabilities = [float(np.log(sure if each == answer else 1 - sure)) for each in (0, 1)]
        names = {"true": f"class {label}", "predicted": f"class {answer}"}
        data = {"label": label, "log_probabilities": log_probabilities, **names}
        place = {"evaluation_id": evaluation_id, "position": position, "example_id": f"test-{position}"}
        rows.append({**place, "data": data})
    return rows


def measured(code: Path, store: str, *arguments: str) -> str:
    """Return the processor time and the time of one command, as cells."""
    environment = {**os.environ, "LEADERBOARD_STORE": store, "PYTHONPATH": str(code), "COLUMNS": "100"}
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    finished = subprocess.run(
        [sys.executable, "-m", "leaderboard", *arguments],
        env=environment,
        cwd=code,  # Python imports from there first
        capture_output=True,
        check=False,
    )
    elapsed, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if finished.returncode:
        raise SystemExit(f"leaderboard {' '.join(arguments)}: {finished.stderr.decode()}")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{spent:.1f} s | {elapsed:.1f} s"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, action="append", help="number of subjects; repeatable")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="number of observations of each subject")
    parser.add_argument("--code", type=Path, default=Path(__file__).parents[1], help="checkout of the program to run")
    options = parser.parse_args()
    print("| subjects | command | processor | time |\n| ---: | --- | ---: | ---: |")
    for subjects in options.subjects or [1000]:
        with tempfile.TemporaryDirectory() as folder:
            store, second_store = f"sqlite:///{folder}/store.db", f"sqlite:///{folder}/other.db"
            fill(store, subjects, options.examples)
            file = f"{folder}/results.json"
            for database, *arguments in (
                (store, "results"),
                (store, "results", "--format", "json"),
                (store, "results", "--format", "csv"),
                (store, "recompute"),
                (store, "export", "--output", file),
                (second_store, "import", file),
                (second_store, "import", file),
            ):
                command = " ".join(arguments).replace(f"{folder}/", "")
                print(f"| {subjects} | `{command}` | {measured(options.code, database, *arguments)} |", flush=True)


if __name__ == "__main__":
    main()
