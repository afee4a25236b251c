"""A board that a test started in another process."""

import subprocess
import time
import urllib.request

STARTS_WITHIN_S = 90


def answer_of(process: subprocess.Popen[str], url: str) -> str:
    """What the server answers as soon as it does; all that it printed where it ends or takes too long."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                return answer.read().decode()
        except OSError:
            time.sleep(0.2)
    process.kill()
    return "".join(process.communicate())
