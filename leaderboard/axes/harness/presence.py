"""Presence of lm-evaluation-harness, which is an optional and heavy dependency."""

from importlib.util import find_spec

from leaderboard.errors import RequestError
from leaderboard.installing import install_command


def require_harness() -> None:
    """Check that lm-evaluation-harness is installed.

    Raises:
        RequestError: when it is not installed.
    """
    if find_spec("lm_eval") is None:
        raise RequestError(f"tasks of lm-evaluation-harness need it:  {install_command('lm-eval')}")
