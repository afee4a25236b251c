"""Server time of the board: the first paint of the page Leaderboard, and ranking again when a weight changes.

    python benchmarks/board.py --subjects 1000 --subjects 10000

A store is filled with synthetic subjects of a hundred metrics each. Whole runs of the page's script are timed through
`streamlit.testing`, in this process and without a browser; then the functions that they call. The server itself does
less when a weight changes: it runs the fragment with the weights and the table, not the whole page.
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

from leaderboard.axes.axis import Axis
from leaderboard.ranking.utilities import utilities
from leaderboard.ranking.utility_scale import task_anchors
from leaderboard.settings import bundled_folder
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame, task_definitions
from leaderboard.store.repository import Store
from tests.synthetic.crowds import synthetic_store

METRICS_EACH = 100
TIMES = 7


def filled(file: Path, subjects: int) -> Store:
    """Return a store of that many subjects with a hundred metrics each."""
    if not file.exists():
        partial = file.with_suffix(".begun")
        partial.unlink(missing_ok=True)
        synthetic_store(f"sqlite:///{partial}", subjects, METRICS_EACH).close()
        partial.replace(file)
    return open_store(f"sqlite:///{file}")


def timed(call: Callable[[], Any], times: int) -> tuple[str, Any]:
    """Return the median wall and processor time of a call as cells, and its last result."""
    wall_times, processor_times, result = [], [], None
    for _ in range(times):
        result = None  # release the last result before timing
        gc.collect()
        begin = time.perf_counter(), time.process_time()
        result = call()
        wall_times.append(time.perf_counter() - begin[0])
        processor_times.append(time.process_time() - begin[1])
    return f"{1000 * statistics.median(wall_times):.0f} ms | {1000 * statistics.median(processor_times):.0f} ms", result


def painted() -> AppTest:
    """Return the page Leaderboard as a new visitor sees it."""
    page = AppTest.from_file(str(bundled_folder("app") / "entry" / "board.py"), default_timeout=300).run()
    if page.exception or not page.dataframe:
        raise SystemExit(f"the page shows no table: {[each.value for each in page.exception]}")
    return page


def first_paint() -> AppTest:
    """Return the page in a server that has read nothing yet."""
    st.cache_data.clear()
    st.cache_resource.clear()
    return painted()


def rows(file: Path, subjects: int, times: int) -> list[str]:
    """Return the report of a store of one size."""
    store = filled(file, subjects)
    os.environ |= {"LEADERBOARD_STORE": f"sqlite:///{file}", "STREAMLIT_RUNNER_MAGIC_ENABLED": "false"}  # as `app` does
    painted()  # imports
    reading, frame = timed(lambda: estimates_frame(store), min(times, 3))
    anchors = task_anchors(task_definitions(store))
    normalizing, scored = timed(lambda: utilities(frame, anchors), min(times, 3))
    weights = iter(range(1, 10**6))
    ranking, ranked = timed(lambda: scored.ranked({Axis.ACCURACY: next(weights)}), times)
    if len(ranked) != subjects:
        raise SystemExit(f"{len(ranked)} subjects were ranked, not {subjects}")
    first, _ = timed(first_paint, min(times, 3))
    repeated, page = timed(painted, times)
    steps = iter([0.5, 2.0] * times)
    weight_change, _ = timed(lambda: page.slider(key="accuracy").set_value(next(steps)).run(), times)
    store.close()
    results = {
        "first paint, cold cache": first,
        "first paint, warm cache": repeated,
        "change of a weight": weight_change,
        "for comparison: reading all estimates": reading,
        "for comparison: utilities of all subjects": normalizing,
        "for comparison: ranking by weights": ranking,
    }
    return [f"| {subjects} | {name} | {time_cells} |" for name, time_cells in results.items()]


def main() -> None:
    """Print the table."""
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # it would warn repeatedly that there is no server
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, action="append", help="number of subjects; repeatable")
    parser.add_argument("--times", type=int, default=TIMES, help="number of repetitions; the median is printed")
    parser.add_argument("--folder", type=Path, help="folder that keeps the stores, which take a minute to fill")
    options = parser.parse_args()
    print("| subjects | step | server time | processor time |\n| ---: | --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for subjects in options.subjects or [1000]:
            for line in rows((options.folder or Path(folder)) / f"{subjects}.db", subjects, options.times):
                print(line, flush=True)


if __name__ == "__main__":
    main()
