"""How long the board's server takes: the first paint of the page Leaderboard, and ranking again as a weight moves.

    python benchmarks/board.py --subjects 1000 --subjects 10000

A store is filled with made-up subjects of a hundred metrics each. Whole runs of the page's script are timed through
`streamlit.testing`, in this process and without a browser; then the functions that they call. The server itself does
less when a weight moves: it runs the fragment that holds the weights and the table, not the page around it.
"""

import argparse
import gc
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.testing.v1 import AppTest

from leaderboard.axes.metric import Axis
from leaderboard.ranking.normalise import task_anchors
from leaderboard.ranking.utilities import utilities
from leaderboard.settings import bundled_folder
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame, task_definitions
from leaderboard.store.repository import Store
from leaderboard.testing.crowds import synthetic_store

METRICS_EACH = 100
TIMES = 7


def filled(file: Path, subjects: int) -> Store:
    """A store of that many subjects, a hundred metrics each."""
    if not file.exists():
        begun = file.with_suffix(".begun")
        begun.unlink(missing_ok=True)
        synthetic_store(f"sqlite:///{begun}", subjects, METRICS_EACH).close()
        begun.replace(file)
    return open_store(f"sqlite:///{file}")


def timed(call: Callable[[], Any], times: int) -> tuple[str, Any]:
    """Median of the time and of the processor's time that a call takes, as cells, and what it gave the last time."""
    taken, spent, given = [], [], None
    for _ in range(times):
        given = None  # lets go of the last before the clock runs
        gc.collect()
        begin = time.perf_counter(), time.process_time()
        given = call()
        taken.append(time.perf_counter() - begin[0])
        spent.append(time.process_time() - begin[1])
    return f"{1000 * statistics.median(taken):.0f} ms | {1000 * statistics.median(spent):.0f} ms", given


def painted() -> AppTest:
    """The page Leaderboard as somebody who just came sees it."""
    shown = AppTest.from_file(str(bundled_folder("app") / "entry" / "board.py"), default_timeout=300).run()
    if shown.exception or not shown.dataframe:
        raise SystemExit(f"the page shows no table: {[each.value for each in shown.exception]}")
    return shown


def first_paint() -> AppTest:
    """The same in a server that has read nothing yet."""
    st.cache_data.clear()
    st.cache_resource.clear()
    return painted()


def rows(file: Path, subjects: int, times: int) -> list[str]:
    """The report of a store of one size."""
    store = filled(file, subjects)
    os.environ |= {"LEADERBOARD_STORE": f"sqlite:///{file}", "STREAMLIT_RUNNER_MAGIC_ENABLED": "false"}  # as `app` does
    painted()  # imports
    read, frame = timed(lambda: estimates_frame(store), min(times, 3))
    anchors = task_anchors(task_definitions(store))
    normalised, measured = timed(lambda: utilities(frame, anchors), min(times, 3))
    weights = iter(range(1, 10**6))
    weighed, ranked = timed(lambda: measured.ranked({Axis.ACCURACY: next(weights)}), times)
    if len(ranked) != subjects:
        raise SystemExit(f"{len(ranked)} subjects were ranked, not {subjects}")
    cold, _ = timed(first_paint, min(times, 3))
    warm, shown = timed(painted, times)
    steps = iter([0.5, 2.0] * times)
    moved, _ = timed(lambda: shown.slider(key="accuracy").set_value(next(steps)).run(), times)
    store.close()
    told = {
        "first paint, nothing read yet": cold,
        "first paint, read before": warm,
        "a weight moved": moved,
        "beside it: every estimate read, not those alone that rank": read,
        "beside it: utilities of all": normalised,
        "beside it: ranked by weights": weighed,
    }
    return [f"| {subjects} | {what} | {took} |" for what, took in told.items()]


def main() -> None:
    """Print the table."""
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # there is no server, which it would tell again and again
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, action="append", help="how many; several times for several stores")
    parser.add_argument("--times", type=int, default=TIMES, help="of which the median is told")
    parser.add_argument("--folder", type=Path, help="keeps the stores, which take a minute to fill")
    asked = parser.parse_args()
    print("| subjects | what | server time | processor time |\n| ---: | --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for subjects in asked.subjects or [1000]:
            for line in rows((asked.folder or Path(folder)) / f"{subjects}.db", subjects, asked.times):
                print(line, flush=True)


if __name__ == "__main__":
    main()
