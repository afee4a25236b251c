"""The clock on the wall, which somebody may set back while a program runs: no result is lost to that."""

from datetime import UTC, datetime


def now_after(start: datetime) -> datetime:
    """Now, or `start` where the clock says that now is earlier: what began has not ended before.

    Durations are measured by `time.perf_counter` and deadlines by `time.monotonic`, which nobody sets.

    Args:
        start: timezone-aware.
    """
    return max(datetime.now(UTC), start)
