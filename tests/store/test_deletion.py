import pytest
from sqlalchemy import func, select

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.errors import RequestError
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.deletion import Selection, delete_evaluations, selected_evaluations
from leaderboard.store.records import EstimateRecord
from leaderboard.store.studies import create_study
from leaderboard.store.tables import EstimateRow, ModelRow, ObservationRow, RecipeRow, SubjectRow, TaskRow
from tests.synthetic.records import environment_record, evaluation_record, model_record, study_record

MEASURED = EstimateRecord(ACCURACY, Estimate.measured(0.9, (0.8, 0.95), n=100, method="Wilson 95 %"))


@pytest.fixture
def filled(store):
    """Two models on two tasks, one evaluation of which failed, in two runs."""
    for model in ("tiny", "small"):
        run = store.start_run({}, environment_record())
        store.record(run, evaluation_record(model, "sst2"), [MEASURED], [("a", {"x": 1}), ("b", {"x": 2})])
        failed = {"status": Status.FAILED, "reason": "no memory"} if model == "small" else {}
        store.record(run, evaluation_record(model, "imdb", **failed), [], [])
    return store


def counts(store) -> dict[str, int]:
    with store.reading() as session:
        tables = (SubjectRow, ModelRow, RecipeRow, TaskRow, EstimateRow, ObservationRow)
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(subject="tiny/zero_shot"), [("tiny", "sst2"), ("tiny", "imdb")]),
        (Selection(task="sst2"), [("tiny", "sst2"), ("small", "sst2")]),
        (Selection(subject="small/zero_shot", task="sst2"), [("small", "sst2")]),
        (Selection(run=2), [("small", "sst2"), ("small", "imdb")]),
        (Selection(failed=True), [("small", "imdb")]),
        (Selection(evaluation=evaluation_record("tiny", "imdb").identity[:12]), [("tiny", "imdb")]),
        (Selection(subject="tiny/zero_shot", failed=True), []),
    ],
)
def test_a_selection_is_what_all_of_its_parts_leave(filled, selection, expected):
    wanted = [evaluation_record(model, task).identity for model, task in expected]
    assert sorted(selected_evaluations(filled, selection)) == sorted(wanted)


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(subject="tinny/zero_shot"), "unknown subject 'tinny/zero_shot'(.|\n)*Did you mean 'tiny/zero_shot'"),
        (Selection(task="sst3"), "--task: unknown task 'sst3'(.|\n)*Did you mean 'sst2'"),
        (Selection(run=7), "--run 7: the store has no such run"),
        (Selection(evaluation="ffff"), "--evaluation ffff: the store has no such evaluation"),
        (Selection(evaluation="tiny"), "--evaluation tiny: not the start of an identity"),
    ],
)
def test_what_is_not_there_is_told_and_nothing_is_selected(filled, selection, message):
    with pytest.raises(RequestError, match=message):
        selected_evaluations(filled, selection)


def test_deleting_takes_all_of_an_evaluation_and_what_nothing_refers_to(filled):
    before = counts(filled)
    assert before == {"subject": 2, "model": 2, "recipe": 1, "task": 2, "estimate": 2, "observation": 4}
    assert delete_evaluations(filled, selected_evaluations(filled, Selection(subject="small/zero_shot"))) == 2
    assert counts(filled) == {"subject": 1, "model": 1, "recipe": 1, "task": 2, "estimate": 1, "observation": 2}
    assert delete_evaluations(filled, selected_evaluations(filled, Selection(subject="tiny/zero_shot"))) == 2
    assert set(counts(filled).values()) == {0}
    assert filled.health().problems == ()


def test_the_model_of_a_search_stays(filled):
    create_study(filled, study_record(model=model_record("tiny")))
    delete_evaluations(filled, selected_evaluations(filled, Selection()))
    with filled.reading() as session:
        assert [model.name for model in session.scalars(select(ModelRow))] == ["tiny"]
