"""Hostile artefacts and inputs: how many were tried, handled, and not handled.

    make fuzz
    python benchmarks/reliability.py > benchmarks/reliability.md

Runs the tests that SECURITY.md names for each entry point, each case of which is one artefact, and adds the summary of
the last run of `make fuzz`. A case that is skipped on this machine is not counted as tried.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]
_TEST = re.compile(r"`(tests/[\w/]+\.py::[^`]+)`")


def entry_points() -> Iterator[tuple[str, list[str]]]:
    """Yield each row of SECURITY.md that lists tests, with the tests."""
    for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines():
        tests = _TEST.findall(line)
        if line.startswith("|") and tests:
            yield line.split("|")[1].strip(), tests


def outcomes_of(tests: list[str]) -> dict[str, str]:
    """Return the outcome of each case of these tests: passed, failed or skipped."""
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "--dist",
            "loadscope",
            "-p",
            "no:cacheprovider",
            f"--junit-xml={report}",
        ]
        subprocess.run([*command, *tests], cwd=ROOT, check=False, stdout=sys.stderr)
        cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - pytest's own
        return {f"{case.get('classname')}.{case.get('name')}": _outcome(case) for case in cases}


def _outcome(case: ET.Element) -> str:
    inside = {child.tag for child in case}
    if "error" in inside:  # what a test needs could not be made: nothing was tried
        return "not tried"
    return "failed" if "failure" in inside else "skipped" if "skipped" in inside else "passed"


def _is_case_of(case: str, test: str) -> bool:
    file, _, name = test.partition("::")
    module = file.removesuffix(".py").replace("/", ".")
    return re.fullmatch(rf"{re.escape(module)}(\.\w+)*\.{re.escape(name)}(\[.*)?", case, re.DOTALL) is not None


def fuzzed(summaries: list[Path]) -> None:
    """Print the table of one or several runs of the fuzzer; the last run of a target counts."""
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in summaries]
    rows = list({row["target"]: row for run in runs for row in run["targets"]}.values())
    engines = " and ".join(dict.fromkeys(f"{run['engine']}, seed {run['seed']}" for run in runs))
    print("\n## Inputs of `make fuzz`\n")
    print(f"Drawn by {engines}; no input is counted twice.")
    print("*Accepted* inputs were valid, *refused* ones ended in one message.\n")
    print("| reader | tried | accepted | refused | escaped | tried per CPU second |\n|---|--:|--:|--:|--:|--:|")
    for row in rows:
        _print_row(row["target"], [row])
    _print_row("all", rows)


def _print_row(name: str, rows: list[dict[str, Any]]) -> None:
    counts = [sum(row[each] for row in rows) for each in ("tried", "accepted", "refused")]
    escaped = sum(times for row in rows for times in row["failures"].values())
    rate = counts[0] / max(sum(row["cpu_seconds"] for row in rows), 1e-9)
    print(f"| {name} | {' | '.join(f'{each:,.0f}' for each in (*counts, escaped, rate))} |")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = ROOT / ".fuzz" / "summary.json"
    parser.add_argument("--fuzz", type=Path, nargs="+", default=[default], help="Summaries of `make fuzz`.")
    summaries = parser.parse_args().fuzz
    print("# Reliability against hostile artefacts\n")
    print(
        "`make fuzz; python benchmarks/reliability.py > benchmarks/reliability.md`. [SECURITY.md](../SECURITY.md) names"
    )
    print("the tests of each entry point.\n")
    print("## Artefacts of the tests\n")
    print("| entry point | tried | held | escaped |\n|---|--:|--:|--:|")
    rows = dict(entry_points())
    outcomes = outcomes_of(list(dict.fromkeys(test for tests in rows.values() for test in tests)))
    for name, tests in rows.items():
        cases = [case for case in outcomes if any(_is_case_of(case, test) for test in tests)]
        print(f"| {name} | {_row(Counter(outcomes[case] for case in cases))} |")
    print(f"| all, each once | {_row(Counter(outcomes.values()))} |")
    if untried := [case for case, outcome in outcomes.items() if outcome == "not tried"]:
        print(f"\nNot tried, since what it needs could not be made here: {len(untried)}.")
    fuzzed(summaries)


def _row(outcomes: Counter[str]) -> str:
    passed, failed = outcomes["passed"], outcomes["failed"]
    return f"{passed + failed:,} | {passed:,} | {failed:,}"


if __name__ == "__main__":
    main()
