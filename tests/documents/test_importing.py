import sqlite3

import pytest
from sqlalchemy import event

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.documents.importing import ImportStatus, import_document
from leaderboard.documents.reading import ReadDocument, read_document
from leaderboard.documents.writing import content_digest, document, document_text
from leaderboard.evaluation.recompute import recompute
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.errors import NotStorableError
from leaderboard.store.frames import task_definitions
from leaderboard.store.records import EstimateRecord
from leaderboard.store.results import all_results, results_of
from leaderboard.store.stored_subject import stored_subject
from leaderboard.tasks import Catalogue
from tests.synthetic.crowds import synthetic_store
from tests.synthetic.records import environment_record, evaluation_record


@pytest.fixture
def saved(tmp_path):
    def save(data) -> ReadDocument:
        path = tmp_path / "saved.json"
        path.write_text(document_text(data), encoding="utf-8")
        return read_document(path)

    return save


@pytest.fixture(scope="session")
def small(filled_store):
    return document(all_results(filled_store), observations=False)


@pytest.fixture(scope="session")
def whole(filled_store):
    return document(all_results(filled_store), observations=True)


def statuses(store, data) -> list[ImportStatus]:
    return [each.status for each in import_document(store, data)]


def runs(store) -> int:
    with sqlite3.connect(store.url.removeprefix("sqlite:///")) as connection:
        return connection.execute("SELECT count(*) FROM run").fetchone()[0]


def changed(data, **estimate):
    """The document with other numbers of the first estimate, signed again."""
    subject, *subjects = data["subjects"]
    evaluation, *evaluations = subject["evaluations"]
    first, *estimates = evaluation["estimates"]
    evaluation = {**evaluation, "estimates": [{**first, **estimate}, *estimates]}
    content = {**data, "subjects": [{**subject, "evaluations": [evaluation, *evaluations]}, *subjects]}
    return {**content, "digest": content_digest(content)}


@pytest.mark.parametrize("observations", [True, False])
def test_what_is_imported_into_an_empty_store_is_exported_as_the_same_bytes(
    filled_store, empty_store, saved, observations
):
    data = document(all_results(filled_store), observations=observations)
    assert statuses(empty_store, saved(data)) == [ImportStatus.NEW] * 4
    assert document_text(document(all_results(empty_store), observations=observations)) == document_text(data)


def test_importing_again_changes_nothing_and_makes_no_run(empty_store, whole, saved):
    list(import_document(empty_store, saved(whole)))
    before = runs(empty_store), empty_store.health()
    assert statuses(empty_store, saved(whole)) == [ImportStatus.STORED] * 4
    assert (runs(empty_store), empty_store.health()) == before


def test_a_run_says_which_file_it_came_from_and_what_was_asked(empty_store, whole, saved):
    data = saved(whole)
    list(import_document(empty_store, data))
    with sqlite3.connect(empty_store.url.removeprefix("sqlite:///")) as connection:
        ((arguments, status),) = connection.execute("SELECT arguments, status FROM run").fetchall()
    assert data.file_digest in arguments
    assert "saved.json" in arguments
    assert {each.imported_from for each in results_of(empty_store, "good").evaluations} == {"saved.json"}
    assert status == "finished"
    arguments = whole["subjects"][0]["evaluations"][0]["arguments"]
    assert stored_subject(empty_store, "good").arguments == arguments
    assert results_of(empty_store, "good").evaluations[0].arguments == arguments


def test_observations_complete_numbers_that_came_without_them(empty_store, small, whole, saved):
    list(import_document(empty_store, saved(small)))
    assert sorted(statuses(empty_store, saved(whole))) == sorted(
        [ImportStatus.COMPLETED] * 2 + [ImportStatus.STORED] * 2
    )
    assert document_text(document(all_results(empty_store), observations=True)) == document_text(whole)


def test_other_numbers_of_one_identity_are_told_and_not_taken(empty_store, whole, saved):
    list(import_document(empty_store, saved(whole)))
    (conflict,) = [each for each in import_document(empty_store, saved(changed(whole, n=199))) if each.note]
    assert conflict.status is ImportStatus.CONFLICT
    assert "(n = 200) in this store and" in conflict.note
    assert document_text(document(all_results(empty_store), observations=True)) == document_text(whole)


def test_the_last_digits_of_a_float_are_no_conflict(empty_store, whole, saved):
    list(import_document(empty_store, saved(whole)))
    value = whole["subjects"][0]["evaluations"][0]["estimates"][0]["value"]
    near = changed(whole, value=value + 1e-15)
    assert near["digest"] != whole["digest"]
    assert statuses(empty_store, saved(near)) == [ImportStatus.STORED] * 4


def test_what_failed_here_is_replaced(empty_store, whole, saved):
    run = empty_store.start_run({}, environment_record())
    failed = evaluation_record("good", limit=200, status=Status.FAILED, reason="out of memory")
    empty_store.record(run, failed, [EstimateRecord(ACCURACY, Estimate.failed("out of memory"))], [])
    assert failed.identity in {each["identity"] for each in whole["subjects"][1]["evaluations"]}
    assert statuses(empty_store, saved(whole)) == [ImportStatus.NEW] * 4
    assert results_of(empty_store, "good").evaluations[0].status is Status.MEASURED


def test_a_document_that_says_something_failed_replaces_nothing(empty_store, whole, saved):
    list(import_document(empty_store, saved(whole)))
    failed = {"status": "failed", "value": None, "low": None, "high": None, "reason": "it broke"}
    assert statuses(empty_store, saved(changed(whole, **failed))).count(ImportStatus.CONFLICT) == 1


def test_the_task_file_of_the_store_counts(empty_store, whole, saved):
    run = empty_store.start_run({}, environment_record())
    ours = {"name": "sst2", "anchors": {"accuracy": {"worst": 0.1, "best": 1.0}}}
    empty_store.record(run, evaluation_record("mine", definition=ours), [], [])
    notes = [each.note for each in import_document(empty_store, saved(whole)) if each.note]
    assert notes == ["the file of task 'sst2' differs in this store, whose definition counts"] * 2
    assert task_definitions(empty_store)["sst2"] == ours


def test_a_subject_that_is_made_of_something_else_is_not_taken(empty_store, whole, saved):
    list(import_document(empty_store, saved(whole)))
    subject, *others = whole["subjects"]
    forged = {**subject, "model": {**subject["model"], "identity": "f" * 64}}
    content = {**whole, "subjects": [forged, *others]}
    imported = list(import_document(empty_store, saved({**content, "digest": content_digest(content)})))
    assert [each.status for each in imported].count(ImportStatus.CONFLICT) == len(subject["evaluations"])
    assert document_text(document(all_results(empty_store), observations=True)) == document_text(whole)


def test_recomputing_keeps_numbers_whose_observations_were_left_out(empty_store, small, saved):
    list(import_document(empty_store, saved(small)))
    kept = [why for _, why in recompute(empty_store, Catalogue([]))]
    assert len(kept) == 3
    assert all(kept)
    assert document_text(document(all_results(empty_store), observations=False)) == document_text(small)


@pytest.fixture
def statements(empty_store):
    """Every statement that the store's database is given."""
    statements_seen = []

    def note(connection, cursor, statement, *_) -> None:
        del connection, cursor
        statements_seen.append(statement)

    event.listen(empty_store._engine, "before_cursor_execute", note)
    yield statements_seen
    event.remove(empty_store._engine, "before_cursor_execute", note)


def many(folder, subjects: int):
    """A document of that many subjects."""
    store = synthetic_store(f"sqlite:///{folder}/many{subjects}.db", subjects, 24)
    data = document(all_results(store), observations=False)
    store.close()
    return data


@pytest.mark.slow
def test_an_import_takes_a_few_statements_a_batch_and_one_a_subject(empty_store, saved, statements, tmp_path):
    content = many(tmp_path, 30)
    read = saved(content)
    evaluations = sum(len(each.evaluations) for each in read.results)
    assert evaluations == 180
    assert statuses(empty_store, read) == [ImportStatus.NEW] * evaluations
    assert len(statements) < evaluations
    first = len(statements)
    assert statuses(empty_store, read) == [ImportStatus.STORED] * evaluations
    assert len(statements) - first < 30
    assert document_text(document(all_results(empty_store), observations=False)) == document_text(content)


def test_what_comes_before_an_evaluation_that_cannot_be_kept_is_kept(empty_store, whole, saved):
    data = saved(whole)
    *good, bad = [each for subject in data.results for each in subject.evaluations]
    object.__setattr__(bad, "duration_s", -1.0)
    with pytest.raises(NotStorableError, match="duration_is_not_negative"):
        list(import_document(empty_store, data))
    kept = {each.evaluation for subject in all_results(empty_store) for each in subject.evaluations}
    assert kept == {each.evaluation for each in good}
