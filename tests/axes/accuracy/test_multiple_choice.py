import pytest

from leaderboard.axes.accuracy.multiple_choice import MultipleChoice, MultipleChoiceParameters
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import estimates

QUESTIONS = [
    ChoiceExample(id=str(number), question=f"Which is {number}?", choices=("a film", "dull", "the best"), answer=1)
    for number in range(4)
]
EMPTY = ChoiceExample(id="empty", question="Which of these?", choices=("", "dull", "good"), answer=1)


@pytest.fixture
def protocol():
    return MultipleChoice(MultipleChoiceParameters(separator=""))


def test_a_question_that_cannot_be_asked_leaves_the_others(protocol, causal):
    alone = list(protocol.observe(Subject(local_model(causal)), {"test": QUESTIONS}, seed=0))
    observations = list(
        protocol.observe(Subject(local_model(causal)), {"test": [*QUESTIONS[:2], EMPTY, *QUESTIONS[2:]]}, seed=0)
    )
    assert [each for each in observations if each.example_id != "empty"] == alone
    assert estimates(protocol, observations) == estimates(protocol, alone)
    assert protocol.notes(observations) == ("1 example was left out of 5: a choice adds no token to its question",)
    assert [protocol.answer(each) is None for each in observations] == [False, False, True, False, False]
    assert set(protocol.resampled(observations)["accuracy", ""].ids) == set("0123")


def test_questions_none_of_which_can_be_asked_are_not_measured(protocol, causal):
    with pytest.raises(NotMeasurableError, match="adds no token"):
        list(protocol.observe(Subject(local_model(causal)), {"test": [EMPTY]}, seed=0))


@pytest.mark.parametrize("scores", ["scores", "loglikelihoods"])
def test_choices_with_one_score_are_noted(protocol, scores):
    data = {"answer": 1, scores: [-1.0, -1.0, -2.0], "characters": [3, 3, 3]}
    _, note = protocol.notes([Observation("a", data), Observation("b", {"left_out": "no token"})])
    assert note.startswith("1 of 1 answers are ties: several choices")
