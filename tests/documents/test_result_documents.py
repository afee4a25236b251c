import contextlib
import copy
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.documents import reading
from leaderboard.documents.reading import read_document, read_results
from leaderboard.documents.schema import json_schema
from leaderboard.documents.writing import content_digest, document, document_text
from leaderboard.errors import RequestError
from leaderboard.stats.estimate import Status
from leaderboard.store.results import all_results, results_of

PUBLISHED = Path(reading.__file__).parent / "result.schema.json"
HISTORIC = Path(__file__).parent / "historic"


@pytest.fixture(scope="session")
def written(filled_store):
    return document(all_results(filled_store), observations=True)


@pytest.fixture
def file(tmp_path):
    def save(data) -> Path:
        path = tmp_path / "results.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        return path

    return save


def signed(data):
    return {**data, "digest": content_digest(data)}


def refusal(path) -> str:
    with pytest.raises(RequestError) as refused:
        read_results(path)
    return str(refused.value)


def test_published_schema_is_the_one_of_the_models():
    # python -m leaderboard.documents > leaderboard/documents/result.schema.json
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("observations", [True, False])
def test_documents_fit_the_published_schema(filled_store, observations):
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document(all_results(filled_store), observations=observations), schema)


def test_results_that_are_written_and_read_are_the_same(filled_store, file):
    before = all_results(filled_store)
    after = read_results(file(document_text(document(before, observations=True))))
    assert [each.identity for each in after] == [each.identity for each in before]
    for old, new in zip(before, after, strict=True):
        assert (new.name, new.label, new.model, new.recipe) == (old.name, old.label, old.model, old.recipe)
        for was, is_now in zip(old.evaluations, new.evaluations, strict=True):
            assert list(was.observe()) == list(is_now.observe())
            fields = set(was.__dataclass_fields__) - {"observe"}
            assert {name: getattr(was, name) for name in fields} == {name: getattr(is_now, name) for name in fields}


def test_requested_arguments_stand_beside_what_they_became(written):
    evaluation = written["subjects"][0]["evaluations"][0]
    assert evaluation["arguments"]["recipe"] == {"recipe": "auto"}
    assert evaluation["limit"] == 200
    assert written["subjects"][0]["recipe"]["name"] == "zero_shot"


def test_bytes_do_not_depend_on_the_order_of_results(filled_store, written):
    assert document_text(document(all_results(filled_store)[::-1], observations=True)) == document_text(written)


def test_without_observations_nothing_was_seen(filled_store, file):
    data = document(all_results(filled_store), observations=False)
    assert {each["observations"] for subject in data["subjects"] for each in subject["evaluations"]} == {None}
    assert [list(each.observe()) for each in read_results(file(document_text(data)))[0].evaluations] == [[]] * len(
        data["subjects"][0]["evaluations"]
    )


def test_not_measured_keeps_its_reason(filled_store, file):
    estimate = read_results(file(document([results_of(filled_store, "good")], observations=False)))
    (missing,) = [each for each in estimate[0].evaluations if each.status is Status.NOT_MEASURED]
    assert missing.estimates[0].estimate.reason == "nothing was trained here"


def test_subjects_of_one_name_are_told_apart(written, file):
    data = copy.deepcopy(written)
    for subject in data["subjects"]:
        subject["name"] = "same"
    labels = [each.label for each in read_results(file(signed(data)))]
    assert labels == [f"same#{subject['identity'][:8]}" for subject in data["subjects"]]


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("subjects", 0, "identity"), "abc", "subjects.0.identity"),
        (("subjects", 0, "name"), "red \x1b[31m", "subjects.0.name"),
        (("subjects", 0, "name"), "two\nlines", "subjects.0.name"),
        (("subjects", 0, "evaluations", 0, "seed"), "0", "subjects.0.evaluations.0.seed"),
        (("subjects", 0, "evaluations", 0, "seed"), 2**64, "subjects.0.evaluations.0.seed"),
        (("subjects", 0, "evaluations", 0, "limit"), 0, "subjects.0.evaluations.0.limit"),
        (("subjects", 0, "evaluations", 0, "duration_s"), -1.0, "subjects.0.evaluations.0.duration_s"),
        (("subjects", 0, "evaluations", 0, "started_at"), "2026-13-01T00:00:00.000000Z", "started_at"),
        (("subjects", 0, "evaluations", 0, "started_at"), "2026-05-01T12:00:00+02:00", "started_at"),
        (("subjects", 0, "evaluations", 0, "task"), "0" * 64, "subjects.0.evaluations.0.task: the document has no"),
        (("subjects", 0, "evaluations", 0, "environment"), "0" * 64, "subjects.0.evaluations.0.environment"),
        (("subjects", 0, "evaluations", 0, "status"), "failed", "subjects.0.evaluations.0: an evaluation has a reason"),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "n"), -1, "subjects.0.evaluations.0.estimates.0.n"),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "value"), None, "subjects.0.evaluations.0.estimates.0"),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "value"), "0.5", "estimates.0.value"),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "low"), 0.99, "an interval runs from low to high"),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "low"), None, "an interval has two ends"),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "reason"), "why", "cannot have a reason"),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "metric"), "unheard_of", "estimates.0.metric"),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "metric"), "mcc", "estimate of 'mcc' occurs 2 times"),
        (("subjects", 0, "evaluations", 0, "observations", 0, "id"), "test-0", "example 'test-0' occurs 2 times"),
        (("tasks", 0, "axis"), "Taste!", "tasks.0.axis"),
        (("tasks", 0, "definition", "anchors"), {"accuracy": {"worst": 1, "best": 1}}, "tasks.0.definition: anchors"),
        (("tasks", 0, "definition", "anchors"), {"leak_auc": "high"}, "tasks.0.definition: anchors.leak_auc"),
        (("environments", 0, "threads"), 0, "environments.0.threads"),
        (("version",), 0, "version"),
        (("colour",), "red", "unknown key 'colour'"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(written, file, place, value, message):
    data = copy.deepcopy(written)
    inner = data
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    said_no = refusal(file(signed(data)))
    assert message in said_no
    assert "results.json" in said_no


@pytest.mark.parametrize("kind", ["subjects", "tasks", "environments"])
def test_what_comes_twice_is_refused(written, file, kind):
    data = copy.deepcopy(written)
    data[kind].append(copy.deepcopy(data[kind][0]))
    assert "occurs 2 times" in refusal(file(signed(data)))


def test_a_number_changed_by_hand_is_noticed(written, file):
    data = copy.deepcopy(written)
    data["subjects"][0]["evaluations"][0]["estimates"][0]["value"] = 0.91
    assert "digest: does not match the content" in refusal(file(data))


def test_white_space_and_the_order_of_keys_are_no_change(written, file):
    assert read_results(file(json.dumps(written, sort_keys=True, indent=7)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a result document: line 1, column 1"),
        ("[]", '`"schema": "leaderboard/result"` is missing'),
        ('{"schema": "leaderboard/result", "schema": 1}', "the key 'schema' twice"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": "\\ud800"}', "half a surrogate pair"),
        ("[" * 100_000, "inside one another"),
        ('{"a": ' + "9" * 5000 + "}", "not a result document"),
        ('{"schema": "leaderboard/result", "version": 2}', "version: 2 is newer than this leaderboard"),
        ('{"schema": "leaderboard/result"}', "missing key 'version'"),
    ],
)
def test_what_is_no_document_is_refused_in_one_message(file, content, message):
    assert message in refusal(file(content))


def test_bytes_that_are_no_text_and_files_that_are_not_there(tmp_path):
    path = tmp_path / "bytes.json"
    path.write_bytes(b'{"a": "\xff"}')
    assert "byte 7 is not UTF-8" in refusal(path)
    assert "no such file" in refusal(tmp_path / "absent.json")
    assert "cannot be read" in refusal(tmp_path)


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_BYTES", 2**20)
    path = tmp_path / "large.json"
    path.write_bytes(b" " * (2**20 + 1))
    assert "larger than 1 MiB" in refusal(path)


@pytest.mark.parametrize(
    ("theirs", "kept_too"),
    [({"name": "wisdom"}, {"wisdom"}), ({"unit": "furlongs"}, set())],
    ids=["unknown", "defined differently"],
)
def test_an_unknown_metric_is_kept_and_one_that_is_defined_differently_left_out_with_a_warning(
    written, file, theirs, kept_too, caplog
):
    data = copy.deepcopy(written)
    name = theirs.get("name", "mcc")
    data["metrics"][name] = {**data["metrics"].pop("mcc"), **{key: theirs[key] for key in theirs if key != "name"}}
    for subject in data["subjects"]:
        for evaluation in subject["evaluations"]:
            for estimate in evaluation["estimates"]:
                estimate["metric"] = name if estimate["metric"] == "mcc" else estimate["metric"]
    path = file(signed(data))
    results = read_document(path)
    assert len(results.remarks) == 1
    assert f"metric '{name}'" in results.remarks[0]
    kept = {each.metric.name for subject in results.results for e in subject.evaluations for each in e.estimates}
    assert kept == {"accuracy", "leak_auc", "latency_p50"} | kept_too
    assert read_results(path)
    assert f"metric '{name}'" in caplog.text


@pytest.mark.parametrize("path", sorted(HISTORIC.glob("*.json")), ids=lambda path: path.stem)
def test_documents_of_every_version_are_read_for_ever(path):
    (good,) = [subject for subject in read_results(path) if subject.name == "good/zero_shot"]
    accuracy = good.evaluations[0].estimates[0]
    assert (accuracy.metric.name, accuracy.estimate.value, accuracy.estimate.n) == ("accuracy", 0.9, 200)
    assert [each.example_id for each in good.evaluations[0].observe()] == ["test-1", "test-0"]


def test_there_is_a_document_of_version_1():
    assert (HISTORIC / "version-1.json").is_file()


@given(st.data())
def test_a_document_that_is_damaged_anywhere_is_refused_or_reads_the_same(tmp_path_factory, data):
    whole = (HISTORIC / "version-1.json").read_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    path.write_bytes(whole[:position] + bytes([byte]) + whole[position + 1 :])
    with contextlib.suppress(RequestError):  # any other exception would be a traceback
        assert written_again(path) == written_again(HISTORIC / "version-1.json")


def written_again(path):
    """Return a document of what was read; summaries of metrics are those of this version."""
    return document_text(document(read_results(path), observations=True))
