"""Documents that somebody else made up: refused with what is wrong in them, or harmless to every later command."""

import copy
import json
import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaderboard.comparison.compare import compare
from leaderboard.documents.importing import import_document
from leaderboard.documents.reading import read_document, read_results
from leaderboard.documents.writing import content_digest, document
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.evaluation.recompute import recompute
from leaderboard.ranking.example_draws import example_draws
from leaderboard.reports.model_index import source_of
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame, task_definitions
from leaderboard.store.results import all_results
from leaderboard.tasks import default_catalogue
from tests.synthetic.shown import write_shown

HOSTILE = (
    None,
    True,
    -1,
    2**63 - 1,
    2**63,
    1.5,
    1e308,
    "",
    "a\0b",
    "\x1b[31m",
    "\u202e",
    "y" * 2_000_000,
    [],
    {},
    [1],
    {"a": {"b": 1}},
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00.000000Z",
    "movies",
)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """A document of two subjects on the suite `demo`, six examples of `movies` among it."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('honest')}/honest.db")
    write_shown(store, {"large": 0.8, "small": 0.5}, answers=6)
    written = document(all_results(store), observations=True)
    store.close()
    return written


def places(value, place=()):
    """One place of each shape: lists stand for their first item."""
    yield place
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*place, key))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*place, 0))


def changed(honest, place, value) -> bytes:
    data = copy.deepcopy(honest)
    inner = data
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return signed(data)


def signed(data) -> bytes:
    return json.dumps(data | {"digest": content_digest(data)}).encode()


def of_movies(data):
    task = next(each["identity"] for each in data["tasks"] if each["name"] == "movies")
    return [each for subject in data["subjects"] for each in subject["evaluations"] if each["task"] == task]


def use(file: Path, empty: Path) -> None:
    """Import a document and do with it what commands do; nothing but errors of ours leaves this."""
    copied = shutil.copy(empty, file.with_suffix(".db"))
    store = open_store(f"sqlite:///{copied}")
    try:
        list(import_document(store, read_document(file)))
        store.close()
        store = open_store(f"sqlite:///{copied}")  # what was imported must not be damage
        estimates_frame(store)
        results = all_results(store)
        document(results, observations=True)
        for name in task_definitions(store):
            source_of(name, task_definitions(store))
        if len(results) > 1:
            compare(results[0], results[1])
        list(recompute(store, default_catalogue()))
    finally:
        store.close()
        for each in file.parent.glob(f"{file.stem}.db*"):
            each.unlink()


@pytest.mark.slow
@settings(derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_document_is_refused_or_harmless(honest, tmp_path, empty_file, data):
    shapes = [place for place in places(honest) if place and place != ("digest",)]
    place, value = data.draw(st.sampled_from(shapes)), data.draw(st.sampled_from(HOSTILE))
    file = tmp_path / "stranger.json"
    file.write_bytes(changed(honest, place, value))
    message = ""
    try:
        read_document(file)
    except LeaderboardError as error:
        message = str(error)
    assert not message or (message.startswith(str(file)) and len(message) < 3000)
    if not message:
        use(file, empty_file)


def without_estimates(data):
    for each in of_movies(data):
        each["estimates"] = []


def redefined_unit(data):
    for metric in data["metrics"].values():
        metric["unit"] = "furlong"


def without_observations(data):
    for subject in data["subjects"]:
        for evaluation in subject["evaluations"]:
            evaluation["observations"] = None


def odd_parts(data):
    without_observations(data)
    for subject in data["subjects"]:
        for evaluation in subject["evaluations"]:
            for estimate in evaluation["estimates"]:
                estimate["part"] = f"{estimate['part']}:odd:part"


def borrowing_in_a_circle(data):
    one, other = data["tasks"][:2]
    one["definition"]["data"], other["definition"]["data"] = {"same_as": other["name"]}, {"same_as": one["name"]}


def of_no_example(data):
    without_observations(data)
    for subject in data["subjects"]:
        for evaluation in subject["evaluations"]:
            for estimate in evaluation["estimates"]:
                estimate["n"] = 0


def overflowing(data):
    for each in of_movies(data):
        each["estimates"] = []
        for observations in each["observations"]:
            observations["data"]["log_probabilities"] = [1e308, -1e308]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", [without_estimates, redefined_unit, odd_parts, borrowing_in_a_circle, of_no_example, overflowing]
)
def test_what_is_odd_and_imports_ends_no_later_command(honest, tmp_path, empty_file, change):
    data = copy.deepcopy(honest)
    change(data)
    file = tmp_path / "odd.json"
    file.write_bytes(signed(data))
    use(file, empty_file)


def test_subjects_without_a_number_are_drawn_as_unknown(honest, tmp_path):
    import numpy as np

    data = copy.deepcopy(honest)
    of_no_example(data)
    file = tmp_path / "odd.json"
    file.write_bytes(signed(data))
    drawn = example_draws(read_results(file), np.random.default_rng(0), draws=5)
    assert np.isnan(drawn.values).all()
    assert drawn.numbers == (0, 0)


@pytest.mark.parametrize(
    ("observations", "message"),
    [
        ({"label": 0, "log_probabilities": None, "true": "a", "predicted": "a"}, "not in the format of its protocol"),
        ({"label": 10**9, "log_probabilities": [-0.1, -3.0], "true": "a", "predicted": "a"}, "none of the 2 classes"),
        ({"label": -1, "log_probabilities": [-0.1, -3.0], "true": "a", "predicted": "a"}, "none of the 2 classes"),
        ({"label": 0, "log_probabilities": [-0.1, -3.0], "true": [1], "predicted": "a"}, "not in the format of"),
        ({}, "KeyError"),
    ],
)
def test_observations_that_no_protocol_writes_are_refused_with_their_task(honest, tmp_path, observations, message):
    data = copy.deepcopy(honest)
    for each in of_movies(data)[-1]["observations"]:
        each["data"] = observations
    file = tmp_path / "seen.json"
    file.write_bytes(signed(data))
    with pytest.raises(RequestError) as caught:
        read_results(file)
    assert message in str(caught.value)
    assert "task 'movies'" in str(caught.value)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("tasks", 0, "definition", "data"), {"labels": 5}, "tasks.0.definition"),
        (
            ("tasks", 0, "definition", "anchors"),
            {"parameters": {"worst": -1, "best": 2}},
            "on a log scale are positive",
        ),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "n"), 2**62, "estimates.0.n"),
        (("subjects", 0, "evaluations", 0, "estimates", 0, "value"), 1e300, "too large for a measurement"),
        (("subjects", 0, "evaluations", 0, "started_at"), "9999-12-31T23:59:59.000000Z", "not a valid time"),
        (("subjects", 0, "model", "details"), {"a": "x" * 1_100_000}, "the limit is 1,048,576"),
        (("subjects", 0, "name"), "x" * 2000, "subjects.0.name"),
        (("subjects", 0, "evaluations", 0, "reason"), "x" * 10_000_000, "evaluations.0.reason"),
    ],
)
def test_what_is_beyond_a_bound_is_refused_with_its_place(honest, tmp_path, place, value, message):
    file = tmp_path / "bound.json"
    file.write_bytes(changed(honest, place, value))
    with pytest.raises(RequestError) as caught:
        read_results(file)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 3000


def test_a_task_that_borrows_its_own_data_is_refused(honest, tmp_path):
    data = copy.deepcopy(honest)
    data["tasks"][0]["definition"]["data"] = {"same_as": data["tasks"][0]["name"]}
    file = tmp_path / "self.json"
    file.write_bytes(signed(data))
    with pytest.raises(RequestError, match="names the task itself"):
        read_results(file)


@pytest.mark.slow_after(4)
@pytest.mark.parametrize(
    "content",
    [
        b"[" + b"[]," * 4_000_000 + b"1]",
        b'{"schema": "leaderboard/result", "a": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
        b'{"schema": "leaderboard/result", "a": 1e999}',
        b'{"schema": "leaderboard/result", "a": 99999999999999999999}',
        b'{"schema": "leaderboard/result", "version": 1, "subjects": [' + b"0," * 200_000 + b"0]}",
    ],
    ids=["lists", "nesting", "infinity", "integer", "errors"],
)
def test_a_bomb_is_refused_within_seconds_and_a_few_lines(tmp_path, content):
    file = tmp_path / "bomb.json"
    file.write_bytes(content)
    begun = time.process_time()
    with pytest.raises(RequestError) as caught:
        read_results(file)
    assert time.process_time() - begun < 20
    assert len(str(caught.value)) < 3000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_the_place_of_a_document_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(RequestError, match="not a regular file"):
        read_results(tmp_path / "pipe.json")
