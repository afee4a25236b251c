import numpy as np
import pytest


@pytest.fixture(scope="session")
def llama(causal):
    return causal


@pytest.fixture(scope="module")
def quiet_machine():
    """Times as of a machine that does nothing else: independent of each other."""
    rng = np.random.default_rng(0)

    def seconds(_clock, work):
        work()
        return float(rng.lognormal(-3, 0.1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("leaderboard.axes.latency.timing.Clock.seconds", seconds)
        patch.setattr("leaderboard.backends.local.weights.Reference", lambda _device: lambda: None)
        yield
