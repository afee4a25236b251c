"""Attribute leakage: hand-computed advantages, planted attributes, and chance for hidden states without any."""

import numpy as np
import pytest

from leaderboard.axes.privacy.attribute_leakage import AttributeLeakage, AttributeLeakageParameters
from leaderboard.axes.privacy.attribute_probes import cross_validation_folds, right_predictions
from leaderboard.axes.privacy.metrics import attribute_advantage
from leaderboard.axes.protocol import Observation
from leaderboard.backends.capability import Capability
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import ProtocolContract, estimates

PROTOCOL = AttributeLeakage(AttributeLeakageParameters())
NO_HIDDEN_STATES = "the model gives no hidden states"


def texts(count, *, group=None):
    """Texts that name one of two cities in turn, each a class."""
    return [
        TextExample(id=f"{i:04}", text=f"text {i} from {'paris' if i % 2 else 'lima'}", label=i % 2, group=group)
        for i in range(count)
    ]


class Vectors(HiddenStates):
    """Hidden states that a function gives for a text."""

    layers = 2

    def __init__(self, vector):
        self.vector = vector

    def of_tokens(self, texts, *, layer=-1, max_length=None, work=""):
        return [np.atleast_2d(self.vector(text)) for text in texts]


class Embedding(NamedModel):
    """A model with hidden states."""

    capabilities = frozenset({Capability.HIDDEN_STATES})

    def __init__(self, vector):
        super().__init__()
        self.vector = vector

    def hidden_states(self):
        return Vectors(self.vector)


class Undecided:
    """Answers every text alike."""

    labels = ("negative", "positive")

    def log_probabilities(self, texts):
        return np.log(np.full((len(texts), 2), 0.5))


def planted(text):
    """A vector that says which city a text names, among noise."""
    return np.append(noise(text), "paris" in text)


def noise(text):
    """A vector that depends on the number of the text alone."""
    return np.random.default_rng(int(text.split()[1])).normal(size=8)


def measure(subject, examples, seed=0):
    return estimates(PROTOCOL, list(PROTOCOL.observe(subject, {"test": examples}, seed=seed)))


class TestAttributeLeakage(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def subject(self):
        return Subject(Embedding(planted), Undecided())

    @pytest.fixture
    def splits(self):
        return {"test": texts(60)}

    def test_observations_hold_no_texts(self, observations):
        assert not any("text" in str(value) for each in observations for value in each.data.values())

    def test_a_note_compares_the_accuracies(self, protocol, observations):
        (note,) = protocol.notes(observations)
        assert note.startswith("accuracy of the attribute: majority 0.500, hidden states 1.000, answers ")


def test_a_planted_attribute_is_in_the_hidden_states_and_not_in_the_answers():
    results = measure(Subject(Embedding(planted), Undecided()), texts(200))
    assert results["attribute_advantage", ""].value == 0.5
    assert results["attribute_advantage", ""].low > 0.4
    assert results["word_attribute_advantage", ""].value == 0.5
    assert results["answer_attribute_advantage", ""].value <= 0.0


def test_random_hidden_states_are_at_chance():
    estimate = measure(Subject(Embedding(noise), Undecided()), texts(400))["attribute_advantage", ""]
    assert estimate.low < 0.0 < estimate.high


@pytest.mark.slow
def test_the_interval_of_random_hidden_states_rarely_lies_above_chance():
    rng, above = np.random.default_rng(0), 0
    for seed in range(40):
        attributes = rng.integers(0, 3, 200)
        folds = cross_validation_folds(attributes, [str(i) for i in range(200)], 5, seed=seed)
        right = right_predictions(rng.normal(size=(200, 5)), attributes, folds)
        differences = right - (attributes == np.bincount(attributes).argmax()).astype(float)
        above += attribute_advantage(differences, [str(i) for i in range(200)]).low > 0
    assert above <= 3


def test_without_hidden_states_the_answers_and_the_words_are_measured():
    results = measure(Subject(NamedModel(), Undecided()), texts(20))
    assert results["attribute_advantage", ""].reason == NO_HIDDEN_STATES
    assert results["answer_attribute_advantage", ""].value is not None
    assert results["word_attribute_advantage", ""].value is not None


@pytest.mark.parametrize(
    ("examples", "reason"),
    [
        ([], "no text has a value"),
        ([TextExample(id="1", text="a", label=None)], "no text has a value"),
        (texts(1), "at least 2 classes"),
        (texts(40)[::2], "at least 2 classes"),
        (texts(41)[::2] + texts(2)[1:], "single independent text"),
        (texts(40, group="one author"), "single independent text"),
    ],
)
def test_too_few_texts_or_classes_are_refused(examples, reason):
    with pytest.raises(NotMeasurableError, match=reason):
        measure(Subject(Embedding(noise), Undecided()), examples)


def test_a_layer_that_the_model_lacks_is_refused():
    protocol = AttributeLeakage(AttributeLeakageParameters(layer=3))
    with pytest.raises(NotMeasurableError, match="no layer 3; its layers are 0 to 2"):
        list(protocol.observe(Subject(Embedding(noise), Undecided()), {"test": texts(20)}, seed=0))


def test_texts_of_one_author_share_a_fold():
    clusters = [f"author {i // 4}" for i in range(40)]
    folds = cross_validation_folds(np.arange(40) % 2, clusters, 5, seed=0)
    assert all(len(set(folds[start : start + 4])) == 1 for start in range(0, 40, 4))
    assert len(set(folds)) == 5


def test_an_author_is_not_recognised_as_an_attribute():
    """Each author has a word of their own, which predicts the attribute in no other fold."""
    examples = [
        TextExample(id=str(i), text=f"author{i // 10} text", label=i // 10 % 2, group=f"author{i // 10}")
        for i in range(200)
    ]
    assert measure(Subject(NamedModel(), Undecided()), examples)["word_attribute_advantage", ""].value <= 0.1


def test_the_advantage_is_accuracy_minus_the_share_of_the_majority():
    right, majority = [True, True, False, True], [True, True, True, False]
    rows = [
        Observation(
            str(i),
            {"attribute": 0, "cluster": str(i), "majority": majority[i], "hidden_states": right[i]}
            | {"answers": False, "words": False},
        )
        for i in range(4)
    ]
    results = estimates(PROTOCOL, rows)
    assert results["attribute_advantage", ""].value == 0.0  # 3/4 - 3/4
    assert results["word_attribute_advantage", ""].value == -0.75


def test_clusters_count_as_one():
    assert attribute_advantage(np.array([1.0, 0.0, 1.0, 0.0]), ["a", "a", "b", "b"]).n == 2
    assert attribute_advantage(np.array([]), []).value is None
    assert attribute_advantage(np.array([1.0]), ["a"]).value == 1.0
