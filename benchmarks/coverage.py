"""Coverage of nominal 95 % intervals in populations with known parameters.

    python benchmarks/coverage.py [--draws 1000] [--metrics ece macro_f1] [--jobs 2] [--before FILE] [--json FILE]

One line for each metric and situation: coverage, mean width, and the share of samples without an interval. Seeded; some
minutes on two cores. `--json` writes the figures to a file, and `--before` shows those of such a file for comparison.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from tests.synthetic.coverage import LEAST, MOST, Coverage, simulate
from tests.synthetic.situations import situations

HEAD = ("metric", "situation", "n", "coverage", "width", "none")


def measured(place: int, draws: int) -> Coverage:
    """Return the coverage of one situation, by its place on the list, since functions cannot be pickled."""
    return simulate(situations()[place], draws, seed=place)


def cells(coverage: Coverage) -> list[str]:
    """Return coverage, mean width and share without an interval as texts."""
    if not coverage.intervals:
        return ["–", "–", "1.00"]
    mark = "" if LEAST <= coverage.share <= MOST else " ▲" if coverage.share > MOST else " ▼"
    return [f"{coverage.share:.3f}{mark}", f"{coverage.width:.3f}", f"{coverage.withheld:.2f}"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000, help="number of samples per situation")
    parser.add_argument("--metrics", nargs="+", help="metrics to simulate")
    parser.add_argument("--jobs", type=int, default=2, help="number of worker processes")
    parser.add_argument("--before", type=Path, help="figures of another version, for comparison")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()
    places = [place for place, each in enumerate(situations()) if not options.metrics or each.metric in options.metrics]
    before = json.loads(options.before.read_text()) if options.before else {}
    head = [*HEAD, *(f"{name} before" for name in HEAD[3:])] if before else list(HEAD)
    print("| " + " | ".join(head) + " |\n|" + " --- |" * 2 + " ---: |" * (len(head) - 2))
    figures = {}
    with ProcessPoolExecutor(options.jobs) as pool:
        results = pool.map(measured, places, [options.draws] * len(places))
        for place, coverage in zip(places, results, strict=True):
            each = situations()[place]
            key = f"{each.metric}|{each.label}|{each.n}"
            figures[key] = asdict(coverage)
            row = [each.metric, each.label, str(each.n), *cells(coverage)]
            if before:
                row += cells(Coverage(**before[key])) if key in before else [""] * 3
            print("| " + " | ".join(row) + " |", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
