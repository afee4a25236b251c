import pytest

from leaderboard.axes.ood.choice_shift import ChoiceShift, ChoiceShiftParameters
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates


def observations_of(distribution, *right):
    data = {"scores": [0.0, 1.0, -1.0], "distribution": distribution}
    return [Observation(f"{distribution}:{n}", {**data, "answer": 1 if each else 0}) for n, each in enumerate(right)]


def test_the_accuracy_elsewhere_is_the_mean_over_distributions():
    protocol = ChoiceShift(ChoiceShiftParameters())
    home, news = observations_of("home", *[True] * 4), observations_of("news", True, False, False, False)
    exam = observations_of("exam", True, True, True, False)
    shown = estimates(protocol, [*home, *news, *exam])
    assert shown["ood_accuracy", "news"].value == pytest.approx(0.25)
    assert shown["ood_accuracy", ""].value == pytest.approx(0.5)
    assert shown["ood_drop", ""].value == pytest.approx(0.5)
    assert protocol.answer(news[1]).predicted == "choice 2"


class TestChoiceShift(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return ChoiceShift(ChoiceShiftParameters(home="exam", template="Q: {{ question }}\nA:"))

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        choices = ("a film", "a dull play", "the best book")
        return {
            name: [
                ChoiceExample(id=str(n), question=f"What is {name} {n}?", choices=choices, answer=n % 3)
                for n in range(9)
            ]
            for name in ("exam", "news", "letters")
        }
