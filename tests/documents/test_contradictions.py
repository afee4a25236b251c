"""Documents whose numbers are not those of their observations."""

import copy
import json

import pytest

from leaderboard.documents.reading import read_document, read_results
from leaderboard.documents.writing import content_digest, document
from leaderboard.errors import RequestError
from leaderboard.stats.estimate import Status
from leaderboard.store.database import open_store
from leaderboard.store.results import all_results
from tests.synthetic.shown import write_shown

ANSWERS = 30
NUMBERS = 6
"""Evaluations of the document that have numbers alone; two more have observations."""


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """One subject on the suite `demo`, with what was seen on `movies`, twice."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('honest')}/honest.db")
    write_shown(store, {"large": 0.6}, answers=ANSWERS)
    written = document(all_results(store), observations=True)
    store.close()
    return written


@pytest.fixture
def document_json(honest):
    return copy.deepcopy(honest)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Sign a document and write it into the working directory."""

    def written(document_json):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "said.json").write_text(json.dumps(document_json | {"digest": content_digest(document_json)}))
        return tmp_path / "said.json"

    return written


def observed(document_json):
    return next(each for each in document_json["subjects"][0]["evaluations"] if each["observations"])


def estimate(document_json, metric, part=""):
    return next(
        each for each in observed(document_json)["estimates"] if (each["metric"], each["part"]) == (metric, part)
    )


def better(document_json):
    estimate(document_json, "accuracy").update(value=0.99, low=0.95, high=1.0)


def more_examples(document_json):
    estimate(document_json, "accuracy").update(n=ANSWERS * 100)


def surer(document_json):
    number = estimate(document_json, "accuracy")
    number.update(low=number["value"] - 0.01, high=number["value"] + 0.01)


def exact(document_json):
    estimate(document_json, "brier").update(low=None, high=None, method="exact")


def surer_by_draws(document_json):
    number = estimate(document_json, "brier")
    number.update(low=number["value"] - (number["value"] - number["low"]) / 2)


def withheld(document_json):
    estimate(document_json, "accuracy").update(
        value=None, low=None, high=None, status="not_measured", reason="nobody measured it", method=""
    )


def better_class(document_json):
    estimate(document_json, "recall", "positive").update(value=1.0, low=0.9, high=1.0)


def made_up_class(document_json):
    observed(document_json)["estimates"].append(estimate(document_json, "recall", "positive") | {"part": "neutral"})


def of_an_evaluation_that_has_none(document_json):
    better(document_json)
    observed(document_json).update(status="not_measured", reason="hidden")


@pytest.mark.slow_after(3)
@pytest.mark.parametrize(
    ("forge", "metric"),
    [
        (better, "accuracy"),
        (more_examples, "accuracy"),
        (surer, "accuracy"),
        (exact, "brier"),
        (surer_by_draws, "brier"),
        (withheld, "accuracy"),
        (better_class, "recall:positive"),
        (made_up_class, "recall:neutral"),
        (of_an_evaluation_that_has_none, "accuracy"),
    ],
)
def test_a_number_that_its_observations_contradict_refuses_the_document(document_json, write, forge, metric):
    forge(document_json)
    file = write(document_json)
    with pytest.raises(RequestError) as caught:
        read_results(file)
    message = str(caught.value).splitlines()[0]
    assert message.startswith(f"{file}: large/zero_shot on task 'movies': {metric} is ")
    assert " in the document and " in message
    assert message.endswith(" by its observations")


def test_of_many_classes_the_values_alone_are_recomputed(document_json, write):
    for each in observed(document_json)["observations"]:
        each["data"]["log_probabilities"] += [-1000.0] * 258  # classes whose probability is exactly 0
    observed(document_json)["estimates"] = [
        each for each in observed(document_json)["estimates"] if each["metric"] in {"accuracy", "brier"}
    ]
    estimate(document_json, "accuracy").update(low=0.0)
    read_results(write(document_json))
    better(document_json)
    with pytest.raises(RequestError, match=r"accuracy is 0\.99 .* by its observations"):
        read_results(write(document_json))


def test_the_message_has_both_numbers(document_json, write):
    true = estimate(document_json, "accuracy")["value"]
    better(document_json)
    with pytest.raises(RequestError) as caught:
        read_results(write(document_json))
    assert f"is 0.99 [0.95, 1.0] (n = {ANSWERS}) in the document and {true} [" in str(caught.value)


def rounded(document_json):
    for each in observed(document_json)["estimates"]:
        if each["value"] is not None:
            each["value"] *= 1 + 1e-13


def drawn_elsewhere(document_json):
    number = estimate(document_json, "brier")
    number["high"] += 0.02 * (number["high"] - number["low"])


def fewer_numbers(document_json):
    observed(document_json)["estimates"] = observed(document_json)["estimates"][:1]


@pytest.mark.parametrize("change", [rounded, drawn_elsewhere, fewer_numbers])
def test_what_another_machine_computes_is_no_contradiction(document_json, write, change):
    change(document_json)
    assert read_document(write(document_json)).unchecked == NUMBERS


def of_another_version(document_json):
    movies = observed(document_json)["task"]
    for task in document_json["tasks"]:
        if task["identity"] == movies:
            task["protocol_version"] -= 1


def of_an_unknown_protocol(document_json):
    movies = observed(document_json)["task"]
    for task in document_json["tasks"]:
        if task["identity"] == movies:
            task["definition"]["protocol"] = task["protocol"] = "of_a_plug_in"


def without_observations(document_json):
    for each in document_json["subjects"][0]["evaluations"]:
        each["observations"] = None


@pytest.mark.parametrize("change", [of_another_version, of_an_unknown_protocol, without_observations])
def test_numbers_that_cannot_be_recomputed_are_counted(document_json, write, change):
    better(document_json)
    change(document_json)
    results = read_document(write(document_json))
    measured = [each for each in results.results[0].evaluations if each.status is Status.MEASURED]
    assert results.unchecked == len(measured)
