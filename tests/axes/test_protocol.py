import subprocess
import sys

import pytest

PROGRAM = """
import sys

import pytest
from leaderboard.axes.protocol import protocols
for name in protocols:
    protocols.get(name)
sys.exit(str(loaded) if (loaded := {"torch", "transformers"} & sys.modules.keys()) else 0)
"""


@pytest.mark.slow
def test_estimating_and_comparing_load_nothing_that_asks_models():
    """Torch takes seconds, which a person who compares two results, or a gate, would wait for."""
    run = subprocess.run([sys.executable, "-c", PROGRAM], check=False, capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stderr) == (0, "")
