import numpy as np
import pytest

from leaderboard.axes.accuracy.reference_texts import ReferenceTexts
from leaderboard.axes.accuracy.writing import WritingParameters
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ReferenceExample
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

PROTOCOL = ReferenceTexts(WritingParameters(max_new_tokens=3))


def written(*pairs):
    return [
        Observation(str(at), {"text": text, "references": list(references)})
        for at, (text, references) in enumerate(pairs)
    ]


class TestReferenceTexts(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        references = (["a film of people"], ["the plot", "a plot"], ["dull"])
        return {
            "test": [ReferenceExample(id=str(i), text=f"q{i}", references=each) for i, each in enumerate(references)]
        }


def test_scores_by_hand():
    observations = written(("a b c d a b c d", ["a b c d"]), ("", ["x y"]), ("x", ["z", "x y"]))
    numbers = estimates(PROTOCOL, observations)
    assert numbers["rouge_l", ""].value == pytest.approx(np.mean([8 / 12, 0, 2 / 3]))
    assert numbers["rouge_1", ""].n == 3
    assert numbers["length_ratio", ""].value == pytest.approx(9 / (4 + 2 + 1))
    # ab bc cd da ab bc cd: 4 of 7; the others have no pair
    assert (numbers["distinct_2", ""].value, numbers["distinct_2", ""].n) == (pytest.approx(4 / 7), 1)
    # abcd bcda cdab dabc abcd: one of five was there before
    assert numbers["repetition", ""].value == pytest.approx(1 / 5)
    assert PROTOCOL.notes(observations) == ("written texts that are empty: 1 of 3",)


def test_without_words_what_is_undefined_is_not_measured():
    numbers = estimates(PROTOCOL, written(("", ["..."])))
    assert numbers["rouge_l", ""].value == 0.0
    assert "no examples" in numbers["distinct_2", ""].reason
    assert "no reference has a word" in numbers["length_ratio", ""].reason
