import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from leaderboard.axes.accuracy.report import Count
from leaderboard.axes.accuracy.schemes import Span, iob2
from leaderboard.axes.accuracy.spans import _spans, span_counts, span_scores
from leaderboard.axes.accuracy.tagging import Tagging
from leaderboard.axes.protocol import Observation, Parameters
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TaggedExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.stats.estimate import Status
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates
from tests.in_one_test import in_one_test

SEQEVAL = json.loads(Path(__file__).with_name("seqeval.json").read_text())
LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


class Capitals:
    """Says that words with a capital are persons, each word one; but Rome is a place."""

    labels = LABELS

    def log_probabilities(self, sentences):
        predicted = {True: 1, False: 0}
        chosen = [[3 if word == "Rome" else predicted[word[0].isupper()] for word in words] for words in sentences]
        return [np.log(np.full((len(each), 5), 0.05) + 0.75 * np.eye(5)[each]) for each in chosen]


def sentence(number, words, tags):
    return TaggedExample(id=str(number), words=tuple(words.split()), tags=tags)


SENTENCES = (
    ("Ada met Bo in Rome", (1, 0, 1, 0, 3)),
    ("Ada Bo sleeps", (1, 2, 0)),
    ("nobody sleeps", (0, 0)),
    ("the rome of Ada", (0, 3, 0, 1)),
)


class TestTagging(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return Tagging(Parameters())

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), tags_with=Capitals())

    @pytest.fixture
    def splits(self):
        return {"test": [sentence(number, *each) for number, each in enumerate(SENTENCES * 3)]}


def observations(*pairs):
    return [
        Observation(str(i), {"true": true.split(), "predicted": predicted.split()})
        for i, (true, predicted) in enumerate(pairs)
    ]


def estimated(*pairs):
    return estimates(Tagging(Parameters()), observations(*pairs))


def test_tags_are_kept_by_name(encoder):
    subject = Subject(local_model(encoder), tags_with=Capitals())
    (results,) = Tagging(Parameters()).observe(subject, {"test": [sentence(7, "Ada Bo in Rome", (1, 2, 0, 3))]}, seed=0)
    assert results.example_id == "7"
    assert results.data == {"true": ["B-PER", "I-PER", "O", "B-LOC"], "predicted": ["B-PER", "B-PER", "O", "B-LOC"]}


def test_one_of_two_spans_found_is_two_thirds_f1():
    results = estimated(("B-PER I-PER O B-LOC", "B-PER I-PER O O"))
    assert results["span_f1", ""].value == pytest.approx(0.6667, abs=1e-4)
    assert results["span_precision", ""].value == 1.0
    assert results["span_recall", ""].value == 0.5
    assert results["token_accuracy", ""].value == 0.75


@pytest.mark.parametrize(
    "predicted",
    [
        "B-LOC I-LOC O",  # another type
        "B-PER O O",  # too short
        "B-PER I-PER I-PER",  # too long
        "O B-PER O",  # starts too late
        "I-PER I-PER O",  # never begins
        "B-PER B-PER O",  # two for one
    ],
)
def test_a_span_is_right_only_with_its_type_and_both_ends(predicted):
    assert estimated(("B-PER I-PER O", predicted))["span_f1", ""].value == 0.0


def test_a_span_that_never_begins_is_not_predicted():
    results = estimated(("B-PER I-PER", "I-PER I-PER"), ("O", "O"))
    assert results["span_precision", ""].reason == "0/0: no span was predicted"
    assert results["span_recall", ""].value == 0.0
    assert results["span_f1", ""].value == 0.0


def test_inside_of_another_type_ends_a_span():
    assert span_counts([["B-PER", "I-LOC"]], [["B-PER", "O"]])[1].tolist() == [[[1, 1, 1]]]


def test_sentences_without_spans_have_only_a_token_accuracy():
    results = estimated(("O O", "O O"), ("O", "O"))
    assert results["token_accuracy", ""].value == 1.0
    assert results["span_f1", ""].reason == "0/0: there is no span, and none was predicted"
    assert {results[f"span_{name}", ""].status for name in ("precision", "recall", "f1")} == {Status.NOT_MEASURED}


def test_one_sentence_says_next_to_nothing():
    results = estimated(("B-PER O", "B-PER O"))["span_f1", ""]
    assert (results.value, results.n, results.high) == (1.0, 1, 1.0)
    assert results.low < 0.2


def test_intervals_are_over_sentences():
    pair = ("B-PER B-PER B-PER B-PER", "B-PER B-PER B-PER B-PER"), ("B-PER B-PER B-PER B-PER", "O O O O")
    results = estimated(*pair * 10)["span_recall", ""]
    assert results.n == 20
    assert results.value == 0.5
    assert results.low == pytest.approx(0.5 - 2.09 * 0.5 / np.sqrt(19), abs=0.03)  # of 80 spans it would be .39


def test_tags_of_another_scheme_are_refused(encoder):
    class Parts(Capitals):
        labels = ("O", "NOUN", "B-PER", "I-PER", "S-LOC")

    with pytest.raises(RequestError, match="tags 'NOUN', 'S-LOC'"):
        list(Tagging(Parameters()).observe(Subject(local_model(encoder), tags_with=Parts()), {"test": []}, seed=0))


def test_scores_that_are_not_numbers_tag_nothing(encoder):
    class Broken(Capitals):
        def log_probabilities(self, sentences):
            return [np.full((len(words), 5), np.nan) for words in sentences]

    subject = Subject(local_model(encoder), tags_with=Broken())
    with pytest.raises(NotMeasurableError, match="10 of 10 scores"):
        list(Tagging(Parameters()).observe(subject, {"test": [sentence(1, "Ada met", (1, 0))]}, seed=0))


@in_one_test("case", SEQEVAL["reports"])
def test_scores_are_those_of_seqeval_in_strict_mode(case):
    _, counts = span_counts(*([tags.split() for tags in case[side]] for side in ("true", "predicted")))
    expected = case["report"]["micro avg"]
    for estimate, name in zip(span_scores(counts), ("precision", "recall", "f1-score"), strict=True):
        assert (estimate.value or 0.0) == pytest.approx(expected[name], abs=1e-12)


def test_spans_of_random_tags_are_those_of_seqeval():
    for tags, spans in SEQEVAL["strict"]["IOB2"]:
        types, counts = span_counts([tags.split()], [["O"] * len(tags.split())])
        assert dict(zip(types, counts[0, :, Count.TRUE], strict=True)) == Counter(kind for kind, _, _ in spans), tags
        perfect = span_counts([tags.split()], [iob2([Span(*span) for span in spans], len(tags.split()))])[1]
        assert (perfect[..., Count.CORRECT] == perfect[..., Count.TRUE]).all(), tags


def test_without_spans_no_score_is_measured():
    types, counts = span_counts([["O", "I-PER"]], [["O", "O"]])
    assert (types, {each.status for each in span_scores(counts)}) == ((), {Status.NOT_MEASURED})


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B", {("_", 0, 1)}),
        ("B I", {("_", 0, 2)}),
        ("B-A-B I-A-B", {("A-B", 0, 2)}),
        ("B-X I-Y", {("X", 0, 1)}),
        ("B-X B-X I-X", {("X", 0, 1), ("X", 1, 3)}),
        ("I-X B-X O I-X", {("X", 1, 2)}),
    ],
)
def test_spans_by_hand(tags, spans):
    assert _spans(tags.split()) == spans


class Halving(Capitals):
    def parts(self, sentences):
        return [2 if len(words) > 4 else 1 for words in sentences]


def test_sentences_that_are_tagged_in_parts_are_counted(encoder):
    test = {"test": [sentence(number, *each) for number, each in enumerate(SENTENCES)]}
    protocol = Tagging(Parameters())
    whole = list(protocol.observe(Subject(local_model(encoder), tags_with=Capitals()), test, seed=0))
    parts = list(protocol.observe(Subject(local_model(encoder), tags_with=Halving()), test, seed=0))
    assert protocol.notes(whole) == ()
    assert protocol.notes(parts) == ("1 sentence was longer than the model reads: tagged in parts, cut between words",)
    assert estimates(protocol, parts) == estimates(protocol, whole)
