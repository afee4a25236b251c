import numpy as np
import pytest

from leaderboard.backends.letters import LetterSource
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.choosing import parse
from leaderboard.recipes.letters.prepare import LetterChooser, LetterClassifier, lettered
from leaderboard.tasks import Prompt

PROMPT = Prompt(template="{{ text }}", choices=(" bad", " good"))


class Says:
    """Letters with the same scores for every question."""

    def __init__(self, *scores, source=LetterSource.LOGPROBS):
        self.scores, self.source, self.messages = np.array(scores), source, []

    def answers(self, questions, *, work="choosing", remember=True):
        self.messages += questions
        return [self.scores for _ in questions]


def test_options_have_letters_in_order():
    assert lettered(" Which? ", [" one", "two "]) == (
        "Which?\n\nA. one\nB. two\n\nAnswer with the letter of the right option alone."
    )
    with pytest.raises(NotMeasurableError, match="27 options; letters name at most 26"):
        lettered("Which?", ["x"] * 27)


def test_a_chooser_asks_for_as_many_letters_as_there_are_choices():
    says = Says(0.0, 1.0)
    (scores,) = LetterChooser(says).scores([("Which?", ("one", "two"))])
    assert scores.tolist() == [0.0, 1.0]
    assert says.messages[0][1] == 2


def test_classes_have_the_probabilities_of_their_letters():
    classifier = LetterClassifier(Says(np.log(0.1), np.log(0.3)), PROMPT, ("negative", "positive"))
    assert np.exp(classifier.log_probabilities(["A film"])) == pytest.approx(np.array([[0.25, 0.75]]))
    assert np.exp(classifier.answer("A film")) == pytest.approx([0.25, 0.75])


def test_another_prompt_has_its_choices_as_options():
    says = Says(0.0, 1.0)
    reworded = LetterClassifier(says, PROMPT, ("negative", "positive")).with_prompt(
        "How? {{ text }}", (" dull", " great")
    )
    reworded.log_probabilities(["A film"])
    assert says.messages == [(lettered("How? A film", ["dull", "great"]), 2)]


def test_a_text_without_a_letter_is_no_class():
    with pytest.raises(NotMeasurableError, match="for 2 of 2 texts no letter"):
        LetterClassifier(Says(), PROMPT, ("negative", "positive")).log_probabilities(["A film", "A plot"])


def test_classes_need_probabilities():
    classifier = LetterClassifier(Says(0, 1, source=LetterSource.TEXT), PROMPT, ("negative", "positive"))
    with pytest.raises(NotMeasurableError, match=r"leave recipe\.by at logprobs"):
        classifier.log_probabilities(["A film"])


def test_the_way_of_asking_is_part_of_the_identity_and_checked():
    ways = [parse({"recipe": "letters", "by": each.value}, where="--set").details for each in LetterSource]
    assert len({str(each) for each in ways}) == len(LetterSource)
    with pytest.raises(RequestError, match="by"):
        parse({"recipe": "letters", "by": "guess"}, where="--set")
