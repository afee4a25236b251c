"""`make fuzz`: every reader of the program against inputs that nobody has written.

    python -m tests.fuzz                        # the whole run: more than a million inputs
    python -m tests.fuzz --seconds 60           # as much as fits a minute, all targets alike
    python -m tests.fuzz --target "gate files"  # one of them
    python -m tests.fuzz --engine atheris       # inputs drawn by the lines that they reach, where Atheris is installed

Ends with 1 where an input escaped: ended in anything but a result or one message, took more time or memory than it may,
started a process, opened a connection, or touched a file that is not its own.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.fuzz.supervisor import Summary, fuzz
from tests.fuzz.target import Target

_FOREVER = 10.0**9
_COLUMNS = ("tried", "accepted", "refused", "escaped", "s", "CPU s", "per CPU s")


def main() -> int:
    """Run the targets and print a line for each."""
    options = _options()
    targets = _targets(options.target, instrumented=options.engine == "atheris")
    summaries = list[Summary]()
    print(f"{'target':26}{''.join(f'{name:>10}' for name in _COLUMNS)}", flush=True)
    for place, target in enumerate(targets):
        left = options.seconds - sum(each.seconds for each in summaries)
        share = left / (len(targets) - place)
        inputs = max(1, int(target.inputs * options.scale))
        summary = fuzz(
            target,
            number=options.seed * 1000 + place,
            inputs=inputs,
            seconds=share,
            keep=options.keep,
            guided=options.engine == "atheris",
        )
        summaries.append(summary)
        _print(summary)
    total = Summary("all", *(sum(getattr(each, name) for each in summaries) for name in _COUNTS))
    total.failures = {f"{each.target}: {name}": times for each in summaries for name, times in each.failures.items()}
    _print(total)
    _write(options, total, summaries)
    for name in total.failures:
        print(f"escaped: {name}; see {options.keep}")
    return 1 if total.failures else 0


def _targets(names: list[str], *, instrumented: bool) -> list[Target]:
    """The targets of these names, or all; instrumented ones tell Atheris which of their lines an input reaches."""
    if instrumented:
        import atheris

        with atheris.instrument_imports(include=["leaderboard"]):
            from tests.fuzz.catalogue import TARGETS
    else:
        from tests.fuzz.catalogue import TARGETS
    if unknown := set(names) - {target.name for target in TARGETS}:
        sys.exit(f"unknown target: {', '.join(sorted(unknown))}\nKnown: {', '.join(each.name for each in TARGETS)}")
    return [target for target in TARGETS if not names or target.name in names]


_COUNTS = ("tried", "accepted", "refused", "seconds", "cpu_seconds")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--target", action="append", default=[], help="Only this target. Repeatable.")
    parser.add_argument("--engine", choices=["hypothesis", "atheris"], default="hypothesis", help="What draws inputs.")
    parser.add_argument("--seconds", type=float, default=_FOREVER, help="Time for all targets together.")
    parser.add_argument("--scale", type=float, default=1.0, help="Share of the inputs of a whole run.")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 10**6, help="Of random numbers.")
    parser.add_argument("--keep", type=Path, default=Path(".fuzz"), help="Folder for inputs that escaped.")
    return parser.parse_args()


def _print(summary: Summary) -> None:
    counts = (summary.tried, summary.accepted, summary.refused, summary.escaped)
    times = (summary.seconds, summary.cpu_seconds, summary.tried / max(summary.cpu_seconds, 1e-9))
    print(f"{summary.target:26}{''.join(f'{each:10,.0f}' for each in (*counts, *times))}", flush=True)


def _write(options: argparse.Namespace, total: Summary, summaries: list[Summary]) -> None:
    """Keep the counts, which `benchmarks/reliability.py` reads."""
    options.keep.mkdir(parents=True, exist_ok=True)
    run = {"engine": options.engine, "seed": options.seed}
    content = {**run, "total": asdict(total), "targets": [asdict(each) for each in summaries]}
    (options.keep / "summary.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
