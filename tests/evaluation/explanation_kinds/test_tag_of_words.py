"""Which words of a text are explained for a tagger."""

import numpy as np
import pytest

from leaderboard.backends.subject import Subject
from leaderboard.errors import RequestError
from leaderboard.evaluation.explanation import ExplainRequest
from leaderboard.evaluation.explanation_kinds import KINDS
from leaderboard.testing.models import local_model

LABELS = ("O", "B-PER", "I-PER", "B-LOC")
TAGS = {"Daniel": 1, "Lee": 2, "Rome": 3}


class NameTagger:
    labels = LABELS

    def log_probabilities(self, sentences):
        return [
            np.log([[0.97 if tag == TAGS.get(word, 0) else 0.01 for tag in range(4)] for word in words])
            for words in sentences
        ]


@pytest.fixture
def subject(encoder):
    return Subject(local_model(encoder), tags_with=NameTagger())


def answers(subject, text="Daniel Lee laughed in Rome.", **more):
    return KINDS["tag"].answers(subject, None, ExplainRequest(text=text, **more))


def test_every_predicted_span_is_explained(subject):
    first, second = answers(subject)
    assert (first.target, first.label, first.span[:2]) == ("Daniel Lee", "B-PER I-PER", (0, 2))
    assert first.probabilities == {"B-PER I-PER": pytest.approx(0.97**2)}
    assert (second.target, second.label) == ("Rome", "B-LOC")
    assert second.probabilities["B-LOC"] == pytest.approx(0.97)


def test_a_named_word_is_explained_with_its_span_or_alone(subject):
    assert [each.target for each in answers(subject, word="lee")] == ["Daniel Lee"]
    assert [(each.target, each.label) for each in answers(subject, word="laughed")] == [("laughed", "O")]
    (other,) = answers(subject, word="Rome", label="B-PER")
    assert (other.label, other.predicted, other.probabilities["B-PER"]) == ("B-PER", "B-LOC", pytest.approx(0.01))


def test_a_word_that_occurs_twice_has_a_note(subject):
    (first,) = answers(subject, "Rome, Rome and rome", word="Rome")
    assert first.span.start == 0
    assert first.notes == ("'Rome' occurs 2 times; the first one is explained",)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"word": "Paris"}, "'Paris' is no word of the text"),
        ({"word": "Rome", "label": "B-ORG"}, "unknown tag 'B-ORG'"),
        ({"label": "B-LOC"}, "--word WORD"),
        ({"text": "Nobody laughed."}, "predicts no span in this text"),
    ],
)
def test_what_cannot_be_explained_is_refused(subject, more, message):
    with pytest.raises(RequestError, match=message):
        answers(subject, **more)


def test_a_word_is_refused_for_other_kinds(subject):
    with pytest.raises(RequestError, match="this explains a class"):
        KINDS["class"].answers(subject, None, ExplainRequest(text="a film", word="film"))
