from dataclasses import replace
from datetime import timedelta

import pytest

from leaderboard.errors import RequestError
from leaderboard.store.stored_subject import stored_subject
from tests.synthetic.records import NOON, environment_record, evaluation_record


def test_subject_comes_with_its_model_recipe_evaluations_and_newest_call(store):
    older = evaluation_record("tiny", seed=1, started_at=NOON)
    newer = evaluation_record("tiny", seed=2, started_at=NOON + timedelta(hours=1))
    other = evaluation_record("large")
    for record, arguments in ((newer, {"call": "second"}), (older, {"call": "first"}), (other, {"call": "third"})):
        store.record(store.start_run(arguments, environment_record()), record, [], [])
    subject = stored_subject(store, "tiny")
    assert (subject.identity, subject.label) == (older.subject.identity, "tiny/zero_shot")
    assert subject.model == replace(older.model, details={})
    assert subject.recipe == replace(older.recipe, details={})
    assert subject.evaluations == (older.identity, newer.identity)
    assert subject.arguments == {"call": "second"}
    assert stored_subject(store, older.subject.identity[:10]) == subject


def test_unknown_subject_gets_the_nearest(store):
    store.record(store.start_run({}, environment_record()), evaluation_record("tiny"), [], [])
    with pytest.raises(RequestError, match="Did you mean 'tiny/zero_shot'"):
        stored_subject(store, "tinny/zero_shot")
