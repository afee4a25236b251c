"""Whether lm-evaluation-harness is here: it is optional, and heavy."""

from importlib.util import find_spec

from leaderboard.errors import RequestError


def require_harness() -> None:
    """See that lm-evaluation-harness is installed.

    Raises:
        RequestError: when it is not.
    """
    if find_spec("lm_eval") is None:
        raise RequestError("tasks of lm-evaluation-harness need it:  pip install 'leaderboard[lm-eval]'")
