"""Entry point of the console script, which handles signals before anything slow is imported."""

import os
import signal
import sys

from leaderboard.isolation import isolate

_BLOCKS = hasattr(signal, "pthread_sigmask")
"""Whether signals can be blocked; Windows cannot, and has no SIGHUP."""


def main() -> None:
    """Run the command line; a signal ends it with 128 + its number and one line, at any time."""
    isolate()
    if _BLOCKS:  # until they can be answered, one import later
        stopping = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
    from leaderboard.interruption import Interruption  # noqa: PLC0415 - see above

    interruption = Interruption()
    status: int | str | None = 0
    try:
        interruption.listen()
        if _BLOCKS:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        from leaderboard.cli.main import main as run  # noqa: PLC0415 - takes a third of a second

        run()
    except SystemExit as ended:
        status = ended.code
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
    interruption.end()
    if interruption.status is None:
        sys.exit(status)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(interruption.status)  # threads of libraries are not waited for
