"""Which token is explained, and which words of a text with a mask."""

import pytest

from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.evaluation.explanation import ExplainRequest
from leaderboard.evaluation.explanation_kinds import KINDS
from leaderboard.testing.models import local_model


@pytest.fixture
def subject(masked):
    return Subject(local_model(masked))


def answer(subject, text, **more):
    (only,) = KINDS["mask"].answers(subject, None, ExplainRequest(text=text, **more))
    return only


def test_punctuation_beside_the_mask_is_explained_apart_from_it(subject):
    mark = answer(subject, "The film was [MASK].")
    assert mark.explained.words[-2:] == (" [MASK]", ".")
    assert mark.probabilities[mark.predicted] == max(mark.probabilities.values())


def test_words_behind_the_window_are_left_out_with_a_note(subject):
    long = answer(subject, "[MASK] " + "film " * 600)
    assert len(long.explained.words) == 126
    assert long.notes == ("only 126 of 601 words are read",)


def test_a_requested_token_is_shown_beside_the_likely_ones(subject):
    named = answer(subject, "The film was [MASK]", label="wonderful")
    assert named.label == "wonderful"
    assert list(named.probabilities)[-1] == "wonderful"


@pytest.mark.parametrize(
    ("text", "message"),
    [("[MASK]", "no word of the text beside"), ("a film", "reads 0 masks"), ("[MASK] or [MASK]", "reads 2 masks")],
)
def test_a_text_without_one_mask_beside_words_is_refused(subject, text, message):
    with pytest.raises(NotMeasurableError, match=message):
        answer(subject, text)
