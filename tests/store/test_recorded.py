"""What is hidden when something is recorded: secrets in what people read, nothing in data."""

from dataclasses import replace

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.stats.estimate import Estimate
from leaderboard.store.records import EstimateRecord
from leaderboard.store.results import all_results
from tests.synthetic.records import environment_record, evaluation_record

DEFINITION = {
    "name": "test",
    "data": {
        "labels": ["negative", "positive"],
        "read": {"label_values": {"0": "negative", "1": "positive"}},
        "splits": {"test": {"source": "a.csv"}},
    },
    "prompt": {"template": "{{ text }}; key=s3cr3tW0rd", "choices": [" negative", " positive", "s3cr3tW0rd"]},
}
SEEN = ("test-s3cr3tW0rd", {"true": "positive", "predicted": "test", "said": "s3cr3tW0rd"})


@pytest.fixture(params=["positive", "test", "s3cr3tW0rd"])
def secret(request, monkeypatch):
    for name in ("DB_PASSWORD", "POSTGRES_PASSWORD"):
        monkeypatch.setenv(name, request.param)
    return request.param


def recorded(store, **changes):
    """An evaluation that went through the store, and its subject."""
    run = store.start_run(changes.pop("arguments", {}), environment_record())
    estimates = [EstimateRecord(ACCURACY, Estimate.measured(0.5, None, n=2, method="test"), "positive")]
    made_up = evaluation_record("positive", "test", definition=DEFINITION, **changes)
    store.record(run, replace(made_up, recipe=replace(made_up.recipe, details={"head": "test"})), estimates, [SEEN])
    (subject,) = all_results(store)
    return subject, subject.evaluations[0]


def test_data_stays_as_it_is_whatever_the_passwords_are(store, secret):
    subject, evaluation = recorded(store)
    assert evaluation.task.definition == DEFINITION
    assert [(each.metric.name, each.part) for each in evaluation.estimates] == [("accuracy", "positive")]
    assert [(each.example_id, each.data) for each in evaluation.observe()] == [SEEN]
    assert (evaluation.task.name, subject.model.name, subject.recipe.details) == ("test", "positive", {"head": "test"})


def test_what_people_read_holds_no_secret(store, monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "s3cr3tW0rd")
    arguments = {"model": ["./s3cr3tW0rd"], "task": ["https://me:other@host/s3cr3tW0rd"]}
    _, evaluation = recorded(store, arguments=arguments, notes=("it was s3cr3tW0rd",))
    assert evaluation.notes == ("it was ***",)
    assert evaluation.arguments == {"model": ["./***"], "task": ["https://me:***@host/***"]}


def test_a_url_in_a_definition_is_kept_without_its_password(store):
    source = "https://me:s3cr3tW0rd@host/test.csv?token=other&part=positive"
    run = store.start_run({}, environment_record())
    store.record(run, evaluation_record(definition={"name": "sst2", "homepage": source}), [], [])
    ((evaluation,),) = (subject.evaluations for subject in all_results(store))
    assert evaluation.task.definition["homepage"] == "https://me:***@host/test.csv?token=***&part=positive"
