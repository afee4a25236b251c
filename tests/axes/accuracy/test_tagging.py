import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.v1 import classification_report
from seqeval.scheme import IOB2

from leaderboard.axes.accuracy.spans import span_counts, span_scores
from leaderboard.axes.accuracy.tagging import Tagging
from leaderboard.axes.protocol import Observation, Parameters
from leaderboard.data.examples import TaggedExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.models.subject import Subject
from leaderboard.stats.estimate import Status
from leaderboard.testing.protocols import ProtocolContract, estimates

LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


class Capitals:
    """Says that words with a capital are persons, each word one; but Rome is a place."""

    labels = LABELS

    def log_probabilities(self, sentences):
        said = {True: 1, False: 0}
        chosen = [[3 if word == "Rome" else said[word[0].isupper()] for word in words] for words in sentences]
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
        return Subject(encoder, tagger=Capitals())

    @pytest.fixture
    def splits(self):
        return {"test": [sentence(number, *each) for number, each in enumerate(SENTENCES * 3)]}


def seen(*pairs):
    return [
        Observation(str(i), {"true": true.split(), "predicted": said.split()}) for i, (true, said) in enumerate(pairs)
    ]


def estimated(*pairs):
    return estimates(Tagging(Parameters()), seen(*pairs))


def test_tags_are_kept_by_name(encoder, engine):
    subject = Subject(encoder, tagger=Capitals())
    (found,) = Tagging(Parameters()).observe(
        subject, {"test": [sentence(7, "Ada Bo in Rome", (1, 2, 0, 3))]}, engine, seed=0
    )
    assert found.example_id == "7"
    assert found.data == {"true": ["B-PER", "I-PER", "O", "B-LOC"], "predicted": ["B-PER", "B-PER", "O", "B-LOC"]}


def test_one_of_two_spans_found_is_two_thirds_f1():
    found = estimated(("B-PER I-PER O B-LOC", "B-PER I-PER O O"))
    assert found["span_f1", ""].value == pytest.approx(0.6667, abs=1e-4)
    assert found["span_precision", ""].value == 1.0
    assert found["span_recall", ""].value == 0.5
    assert found["token_accuracy", ""].value == 0.75


@pytest.mark.parametrize(
    "said",
    [
        "B-LOC I-LOC O",  # another type
        "B-PER O O",  # too short
        "B-PER I-PER I-PER",  # too long
        "O B-PER O",  # starts too late
        "I-PER I-PER O",  # never begins
        "B-PER B-PER O",  # two for one
    ],
)
def test_a_span_is_right_only_with_its_type_and_both_ends(said):
    assert estimated(("B-PER I-PER O", said))["span_f1", ""].value == 0.0


def test_a_span_that_never_begins_is_not_predicted():
    found = estimated(("B-PER I-PER", "I-PER I-PER"), ("O", "O"))
    assert found["span_precision", ""].reason == "0/0: no span was predicted"
    assert found["span_recall", ""].value == 0.0
    assert found["span_f1", ""].value == 0.0


def test_inside_of_another_type_ends_a_span():
    assert span_counts([["B-PER", "I-LOC"]], [["B-PER", "O"]])[1].tolist() == [[[1, 1, 1]]]


def test_sentences_without_spans_have_only_a_token_accuracy():
    found = estimated(("O O", "O O"), ("O", "O"))
    assert found["token_accuracy", ""].value == 1.0
    assert found["span_f1", ""].reason == "0/0: there is no span, and none was predicted"
    assert {found[f"span_{name}", ""].status for name in ("precision", "recall", "f1")} == {Status.NOT_MEASURED}


def test_one_sentence_says_next_to_nothing():
    found = estimated(("B-PER O", "B-PER O"))["span_f1", ""]
    assert (found.value, found.n, found.high) == (1.0, 1, 1.0)
    assert found.low < 0.2


def test_intervals_are_over_sentences():
    pair = ("B-PER B-PER B-PER B-PER", "B-PER B-PER B-PER B-PER"), ("B-PER B-PER B-PER B-PER", "O O O O")
    found = estimated(*pair * 10)["span_recall", ""]
    assert found.n == 20
    assert found.value == 0.5
    assert found.low == pytest.approx(0.5 - 2.09 * 0.5 / np.sqrt(19), abs=0.03)  # of 80 spans it would be .39


def test_tags_of_another_scheme_are_refused(encoder, engine):
    class Parts(Capitals):
        labels = ("O", "NOUN", "B-PER", "I-PER", "S-LOC")

    with pytest.raises(RequestError, match="tags 'NOUN', 'S-LOC'"):
        list(Tagging(Parameters()).observe(Subject(encoder, tagger=Parts()), {"test": []}, engine, seed=0))


def test_scores_that_are_not_numbers_tag_nothing(encoder, engine):
    class Broken(Capitals):
        def log_probabilities(self, sentences):
            return [np.full((len(words), 5), np.nan) for words in sentences]

    subject = Subject(encoder, tagger=Broken())
    with pytest.raises(NotMeasurableError, match="10 of 10 scores"):
        list(Tagging(Parameters()).observe(subject, {"test": [sentence(1, "Ada met", (1, 0))]}, engine, seed=0))


tags = st.sampled_from(LABELS)
pairs = st.integers(1, 8).flatmap(lambda n: st.tuples(*2 * [st.lists(tags, min_size=n, max_size=n)]))


@settings(max_examples=40, deadline=None)
@given(st.lists(pairs, min_size=1, max_size=12))
def test_scores_are_those_of_seqeval_in_strict_mode(found):
    true, predicted = ([list(side) for side in sides] for sides in zip(*found, strict=True))
    types, counts = span_counts(true, predicted)
    ours = span_scores(counts)
    if not types:
        assert {each.status for each in ours} == {Status.NOT_MEASURED}
        return
    expected = classification_report(true, predicted, scheme=IOB2, output_dict=True, zero_division=0)["micro avg"]
    for estimate, name in zip(ours, ("precision", "recall", "f1-score"), strict=True):
        assert (estimate.value or 0.0) == pytest.approx(expected[name], abs=1e-12)


class Halving(Capitals):
    def parts(self, sentences):
        return [2 if len(words) > 4 else 1 for words in sentences]


def test_sentences_that_are_tagged_in_parts_are_counted(encoder, engine):
    test = {"test": [sentence(number, *each) for number, each in enumerate(SENTENCES)]}
    protocol = Tagging(Parameters())
    whole = list(protocol.observe(Subject(encoder, tagger=Capitals()), test, engine, seed=0))
    parts = list(protocol.observe(Subject(encoder, tagger=Halving()), test, engine, seed=0))
    assert protocol.notes(whole) == ()
    assert protocol.notes(parts) == ("1 sentence was longer than the model reads: tagged in parts, cut between words",)
    assert estimates(protocol, parts) == estimates(protocol, whole)
