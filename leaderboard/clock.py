"""The system clock, which may be set back while a program runs."""

from datetime import UTC, datetime


def now_after(start: datetime) -> datetime:
    """Return the current time, or `start` where the clock was set back before it.

    Durations are measured by `time.perf_counter` and deadlines by `time.monotonic`, which are never set.

    Args:
        start: timezone-aware.
    """
    return max(datetime.now(UTC), start)
