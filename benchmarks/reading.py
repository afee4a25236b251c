"""What reading commands cost with many subjects: processor time of each, with Python and its libraries loaded.

    python benchmarks/reading.py --subjects 1000

A store is filled with made-up subjects of a hundred numbers each. The figures are in `benchmarks/README.md`.
"""

import argparse
import tempfile
import time
from pathlib import Path

from typer.testing import CliRunner

from leaderboard.cli.main import app
from leaderboard.testing.crowds import synthetic_store

METRICS_EACH = 100
COMMANDS = (
    ("results",),
    ("results", "--format", "json"),
    ("results", "--format", "csv"),
    ("rank", "--format", "json"),
)


def main() -> None:
    """Time each command and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "crowd.db"
        synthetic_store(f"sqlite:///{store}", asked.subjects, METRICS_EACH).close()
        CliRunner().invoke(app, ["rank", "--store", str(store)])  # loads what commands need
        print("| command | processor time |\n| --- | --- |")
        for command in COMMANDS:
            begin = time.process_time()
            CliRunner().invoke(app, [*command, "--store", str(store)], catch_exceptions=False)
            print(f"| `leaderboard {' '.join(command)}` | {time.process_time() - begin:.1f} s |")


if __name__ == "__main__":
    main()
