from pathlib import Path

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.board.cached_store import board_store
from leaderboard.stats.intervals import proportion
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from tests.synthetic.records import environment_record, evaluation_record


def write_store(file: Path, model: str) -> Path:
    store = open_store(f"sqlite:///{file}")
    run = store.start_run({}, environment_record())
    store.record(run, evaluation_record(model), [EstimateRecord(ACCURACY, proportion(60, 100))], [])
    store.close()
    return file


@pytest.mark.parametrize("url", ["{}", "sqlite:///{}"], ids=["path", "url"])
def test_a_store_that_takes_the_place_of_another_is_shown(url, tmp_path, monkeypatch):
    link = tmp_path / "shown.db"
    monkeypatch.setenv("LEADERBOARD_STORE", url.format(link))
    shown = []
    for model in ("first", "second"):
        link.unlink(missing_ok=True)
        link.symlink_to(write_store(tmp_path / f"{model}.db", model))
        shown += [evaluation.subject for evaluation in board_store().evaluations()]
    assert shown == ["first/zero_shot", "second/zero_shot"]
