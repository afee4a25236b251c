import numpy as np
import pytest

from leaderboard.axes.accuracy.classification import Classification
from leaderboard.axes.accuracy.multiple_choice import MultipleChoice, MultipleChoiceParameters
from leaderboard.axes.protocol import Observation, Parameters
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract


class Keyword:
    """Says positive, with probability .8, of texts with the word good."""

    labels = ("negative", "positive")

    def log_probabilities(self, texts):
        return np.log([[0.2, 0.8] if "good" in text else [0.8, 0.2] for text in texts])

    def answer(self, text):
        return self.log_probabilities([text])[0]

    def word_gradients(self, words, label):
        return np.zeros(len(words))

    def token_count(self, text):
        return len(text.split())


def values(measurements):
    return {
        measurement.metric.name + (f":{measurement.part}" if measurement.part else ""): measurement.estimate
        for measurement in measurements
    }


def texts(*pairs):
    return [TextExample(id=str(i), text=text, label=label) for i, (text, label) in enumerate(pairs)]


class TestClassification(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return Classification(Parameters())

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), Keyword())

    @pytest.fixture
    def splits(self):
        return {"test": texts(*[("good", 1), ("good", 0), ("bad", 0), ("bad", 1), ("good", 1)] * 6)}


class TestMultipleChoice(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return MultipleChoice(MultipleChoiceParameters())

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        questions = ("The film was", "The plot is", "She said")
        choices = ("a wonderful surprise", "dull", "worse")
        return {
            "test": [
                ChoiceExample(id=str(number), question=question, choices=choices, answer=number)
                for number, question in enumerate(questions)
            ]
        }


class Longest:
    """Finds the longest choice likeliest."""

    def scores(self, questions):
        return [np.array([float(len(choice)) for choice in choices]) for _, choices in questions]


class TestMultipleChoiceByAHead(TestMultipleChoice):
    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), chooses_with=Longest())


def test_a_head_scores_each_answer_as_a_whole(causal):
    question = {"question": "The film was", "choices": ("dull", "a wonderful surprise")}
    test = [ChoiceExample(id=str(answer), answer=answer, **question) for answer in (0, 1)]
    protocol = MultipleChoice(MultipleChoiceParameters(template="Q: {{ question }}"))
    # a head goes before the log-likelihoods that a causal model has too
    observations = list(protocol.observe(Subject(local_model(causal), chooses_with=Longest()), {"test": test}, seed=0))
    assert observations[0].data == {"answer": 0, "scores": [4.0, 20.0]}
    results = values(protocol.estimate(observations))
    assert results["accuracy"].value == 0.5
    assert results["accuracy_norm"] == results["accuracy"]  # nothing is summed over a choice, so nothing is divided


def test_classification_by_hand(causal):
    test = texts(("good", 1), ("good", 0), ("bad", 0), ("dire", 0), ("unlabelled", None))
    protocol = Classification(Parameters())
    observations = list(protocol.observe(Subject(local_model(causal), Keyword()), {"test": test}, seed=0))
    assert len(observations) == 4
    results = values(protocol.estimate(observations))
    assert results["accuracy"].value == 0.75
    assert results["brier"].value == pytest.approx((3 * 2 * 0.2**2 + 2 * 0.8**2) / 4)
    assert results["ece"].reason == "withheld: needs 100 examples for 15 bins, has 4"
    assert results["precision:positive"].value == 0.5
    assert results["recall:positive"].value == 1.0
    assert results["f1:negative"].value == pytest.approx(0.8)
    assert results["precision:macro avg"].value == 0.75
    assert results["recall:weighted avg"].value == results["accuracy"].value


def test_classes_are_told_by_name(causal):
    (observation,) = Classification(Parameters()).observe(
        Subject(local_model(causal), Keyword()), {"test": texts(("good", 0))}, seed=0
    )
    assert (observation.data["true"], observation.data["predicted"]) == ("negative", "positive")


def test_a_pair_is_asked_about_as_one(causal):
    class Entails(Keyword):
        def log_probabilities(self, texts):
            return np.log([[0.1, 0.9] if text == ("it rains", "it is wet") else [0.9, 0.1] for text in texts])

    test = [TextExample(id="1", text="it rains", second="it is wet", label=1)]
    protocol = Classification(Parameters())
    results = values(
        protocol.estimate(list(protocol.observe(Subject(local_model(causal), Entails()), {"test": test}, seed=0)))
    )
    assert results["accuracy"].value == 1.0


def test_scores_that_are_not_numbers_measure_nothing(causal):
    class Broken(Keyword):
        def log_probabilities(self, texts):
            return np.full((len(texts), 2), np.nan)

    with pytest.raises(NotMeasurableError, match="2 of 2 scores that are not finite numbers"):
        list(
            Classification(Parameters()).observe(
                Subject(local_model(causal), Broken()), {"test": texts(("good", 1))}, seed=0
            )
        )


def choice(answer, scores, characters):
    return Observation("q", {"answer": answer, "loglikelihoods": scores, "characters": characters})


def test_the_likeliest_choice_is_the_answer_and_length_can_be_taken_out():
    protocol = MultipleChoice(MultipleChoiceParameters())
    # by sum the short choice wins, by character the long one
    results = values(protocol.estimate([choice(1, [-5.0, -6.0], [2, 12])]))
    assert results["accuracy"].value == 0.0
    assert results["accuracy_norm"].value == 1.0


def test_multiple_choice_scores_each_choice_after_its_question(causal, engine):
    example = ChoiceExample(id="1", question="The film was", choices=("a wonderful surprise", "dull"), answer=0)
    protocol = MultipleChoice(MultipleChoiceParameters())
    (observation,) = protocol.observe(Subject(local_model(causal)), {"test": [example]}, seed=0)
    expected = loglikelihoods(engine, causal, [("The film was", " a wonderful surprise"), ("The film was", " dull")])
    assert observation.data["loglikelihoods"] == pytest.approx(expected.tolist())
    assert observation.data["characters"] == [20, 4]


LIKELY = [[-0.2, -1.6], [-1.6, -0.2]]


def noted(rows):
    """Notes on so many answers of each (true, predicted) class."""
    answers = [(true, predicted) for (true, predicted), n in rows.items() for _ in range(n)]
    observations = [
        Observation(str(at), {"label": true, "log_probabilities": LIKELY[predicted]})
        for at, (true, predicted) in enumerate(answers)
    ]
    return Classification(Parameters()).notes(observations)


def test_only_answers_that_are_significantly_worse_than_chance_are_noted():
    # MCC -.28, as a head with its labels swapped: 36 % right where the same answers would reach 50 % by chance
    (note,) = noted({(0, 0): 36, (0, 1): 64, (1, 0): 64, (1, 1): 36})
    assert note == (
        "worse than chance: are the labels reversed? 0.360 of the answers are right, "
        "where the same answers in any order reach 0.500"
    )
    assert noted({(0, 0): 48, (0, 1): 52, (1, 0): 52, (1, 1): 48}) == ()  # not significantly
    assert noted({(0, 1): 90, (1, 1): 10}) == ()  # one class alone says nothing of reversed labels
    assert noted({(0, 0): 64, (0, 1): 36, (1, 0): 36, (1, 1): 64}) == ()
    assert noted({}) == ()


def test_classes_that_a_model_does_not_tell_apart_are_noted():
    observations = [Observation(str(at), {"label": at % 2, "log_probabilities": [-0.7, -0.7]}) for at in range(4)]
    (note,) = Classification(Parameters()).notes(observations)
    assert note == "4 of 4 answers are ties: several classes have the highest score, the first counts"


def test_a_number_that_breaks_leaves_the_others(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("float division by zero")

    monkeypatch.setattr("leaderboard.axes.accuracy.calibration.ece", broken)
    data = {"label": 1, "log_probabilities": [-1.0, -0.5], "true": "positive", "predicted": "positive"}
    estimates = {
        each.metric.name: each.estimate
        for each in Classification(Parameters()).estimate([Observation(str(number), data) for number in range(9)])
    }
    assert estimates["ece"].reason == "ZeroDivisionError: float division by zero"
    assert (estimates["accuracy"].value, estimates["brier"].value is None) == (1.0, False)
