"""Have pytest judge a model: put this among your tests, beside the results of your model."""

import subprocess
import sys


def test_the_model_keeps_the_rules_of_its_gate():
    judged = subprocess.run(
        [sys.executable, "-m", "leaderboard", "gate", "--config", "gate.yaml", "--results", "results.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
