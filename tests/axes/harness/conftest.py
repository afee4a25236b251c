import pytest

from leaderboard.axes.protocol import Observation
from tests.synthetic.harness import harness_tasks


@pytest.fixture
def folder(tmp_path):
    """Small tasks of lm-evaluation-harness."""
    return harness_tasks(tmp_path / "evals", documents=8)


@pytest.fixture
def observations_of():
    """Makes observations of one task by hand: a list of values by (metric, filter, aggregation)."""

    def make(task="t", **values):
        columns = {tuple(key.split("__")): every for key, every in values.items()}
        n = len(next(iter(columns.values())))
        return [
            Observation(
                f"{task}/{number}",
                {
                    "task": task,
                    "document": number,
                    "scores": [
                        {"metric": metric, "filter": filtered, "aggregation": aggregation, "value": every[number]}
                        for (metric, filtered, aggregation), every in columns.items()
                    ],
                },
            )
            for number in range(n)
        ]

    return make


@pytest.fixture(scope="session", autouse=True)
def _the_peer_lists_no_packages():
    """`lm_eval.simple_evaluate` runs `pip list` for the record of each evaluation, which takes most of its time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("lm_eval.evaluator.add_env_info", lambda results: None)
        yield


@pytest.fixture(autouse=True)
def _data_sets_are_kept_in_the_test(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")
