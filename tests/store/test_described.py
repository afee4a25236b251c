from dataclasses import replace
from datetime import timedelta

import pytest

from leaderboard.errors import RequestError
from leaderboard.store.described import stored_subject
from leaderboard.testing.records import NOON, environment_record, evaluation_record


def test_subject_comes_with_its_model_recipe_evaluations_and_newest_call(store):
    older = evaluation_record("tiny", seed=1, started_at=NOON)
    newer = evaluation_record("tiny", seed=2, started_at=NOON + timedelta(hours=1))
    other = evaluation_record("large")
    for record, arguments in ((newer, {"call": "second"}), (older, {"call": "first"}), (other, {"call": "third"})):
        store.record(store.start_run(arguments, environment_record()), record, [], [])
    found = stored_subject(store, "tiny")
    assert (found.identity, found.label) == (older.subject.identity, "tiny/zero_shot")
    assert found.model == replace(older.model, details={})
    assert found.recipe == replace(older.recipe, details={})
    assert found.evaluations == (older.identity, newer.identity)
    assert found.arguments == {"call": "second"}
    assert stored_subject(store, older.subject.identity[:10]) == found


def test_unknown_subject_gets_the_nearest(store):
    store.record(store.start_run({}, environment_record()), evaluation_record("tiny"), [], [])
    with pytest.raises(RequestError, match="Did you mean 'tiny/zero_shot'"):
        stored_subject(store, "tinny/zero_shot")
