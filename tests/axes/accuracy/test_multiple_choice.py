import pytest

from leaderboard.axes.accuracy.multiple_choice import MultipleChoice, MultipleChoiceParameters
from leaderboard.data.examples import ChoiceExample
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Subject
from leaderboard.testing.protocols import estimates

QUESTIONS = [
    ChoiceExample(id=str(number), question=f"Which is {number}?", choices=("a film", "dull", "the best"), answer=1)
    for number in range(4)
]
EMPTY = ChoiceExample(id="empty", question="Which of these?", choices=("", "dull", "good"), answer=1)


@pytest.fixture
def protocol():
    return MultipleChoice(MultipleChoiceParameters(separator=""))


def test_a_question_that_cannot_be_asked_leaves_the_others(protocol, engine, causal):
    alone = list(protocol.observe(Subject(causal), {"test": QUESTIONS}, engine, seed=0))
    seen = list(protocol.observe(Subject(causal), {"test": [*QUESTIONS[:2], EMPTY, *QUESTIONS[2:]]}, engine, seed=0))
    assert [each for each in seen if each.example_id != "empty"] == alone
    assert estimates(protocol, seen) == estimates(protocol, alone)
    assert protocol.notes(seen) == ("1 example was left out of 5: a choice adds no token to its question",)
    assert [protocol.answer(each) is None for each in seen] == [False, False, True, False, False]
    assert set(protocol.resampled(seen)["accuracy", ""].ids) == set("0123")


def test_questions_none_of_which_can_be_asked_are_not_measured(protocol, engine, causal):
    with pytest.raises(NotMeasurableError, match="adds no token"):
        list(protocol.observe(Subject(causal), {"test": [EMPTY]}, engine, seed=0))
