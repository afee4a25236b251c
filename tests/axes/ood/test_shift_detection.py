"""Detection: numbers by hand and by scikit-learn, missing sides and scores, and noise without utility."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from leaderboard.axes.ood import DETECTION_AUROC, OPEN_SET_SCORE
from leaderboard.axes.ood.shift_detection import DetectionParameters, ShiftDetection
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.ranking.utility_scale import utility
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract

PROTOCOL = ShiftDetection(DetectionParameters())


def scored_texts(distribution, scores, right=None, detector="msp", reasons=None):
    """Return observations of texts with a score each; of the own distribution also whether the answer is right."""
    own = [{} if right is None else {"true": "good" if each else "bad"} for each in (right or scores)]
    return [
        Observation(
            f"{distribution}:{at}",
            {
                "distribution": distribution,
                "predicted": "good",
                "scores": {detector: float(score)},
                "not_scored": reasons or {},
                **own[at],
            },
        )
        for at, score in enumerate(scores)
    ]


def numbers_of(observations):
    return {(m.metric.name, m.part): m.estimate for m in PROTOCOL.estimate(observations)}


def value_of(observations, metric):
    """Return the number of the whole task, without an interval."""
    number = PROTOCOL.resampled(observations)[metric.name, ""]
    return float(number.value(np.ones((1, len(number.ids))))[0])


def test_by_hand():
    """Pairs (own, other): .9 beats both, .5 ties with one and beats the other, and the wrong .8 beats both."""
    numbers = numbers_of(
        [*scored_texts("home", [0.9, 0.5, 0.8], [True, True, False]), *scored_texts("tweets", [0.5, 0.1])]
    )
    assert numbers["detection_auroc", ""].value == pytest.approx(5.5 / 6)
    assert numbers["open_set_score", ""].value == pytest.approx(3.5 / 6)
    assert numbers["detection_fpr95", ""].value == pytest.approx(1 / 2)  # all own texts are at or above .5
    assert numbers["detection_auroc", "msp"] == numbers["detection_auroc", ""]


def test_every_other_distribution_counts_the_same():
    numbers = numbers_of(
        [
            *scored_texts("home", [0.9, 0.6], [True, True]),
            *scored_texts("far", [0.1] * 5),
            *scored_texts("near", [0.7, 0.8]),
        ]
    )
    assert numbers["detection_auroc", "msp, far"].value == 1.0
    assert numbers["detection_auroc", "msp, near"].value == 0.5
    assert numbers["detection_auroc", "msp"].value == 0.75
    assert (numbers["detection_auroc", "msp"].n, numbers["detection_auroc", "msp, near"].n) == (9, 4)


def test_the_area_is_that_of_scikit_learn_and_its_interval_holds_it():
    rng = np.random.default_rng(0)
    own, other = rng.normal(1, 1, 60).round(1), rng.normal(0, 1, 80).round(1)
    numbers = numbers_of([*scored_texts("home", own, [True] * 60), *scored_texts("tweets", other)])
    expected = roc_auc_score([1] * 60 + [0] * 80, [*own, *other])
    auroc = numbers["detection_auroc", ""]
    assert auroc.value == pytest.approx(expected)
    assert auroc.low < expected < auroc.high
    assert 0.1 < auroc.high - auroc.low < 0.25  # Hanley & McNeil: 4 · .037
    assert numbers["open_set_score", ""].value == pytest.approx(expected)  # every answer is right


def test_where_no_answer_is_right_the_open_set_score_is_0():
    numbers = numbers_of([*scored_texts("home", [0.9, 0.8], [False, False]), *scored_texts("tweets", [0.1, 0.2])])
    assert numbers["open_set_score", ""].value == 0.0
    assert numbers["detection_auroc", ""].value == 1.0


@pytest.mark.parametrize(
    ("observations", "reason"),
    [
        ([], "no labelled texts of 'home'"),
        (scored_texts("tweets", [0.1]), "no labelled texts of 'home'"),
        (scored_texts("home", [0.1], [True]), "no texts of other distributions"),
        (
            [
                *scored_texts("home", [1], [True], detector="other", reasons={"msp": "not finite"}),
                *scored_texts("t", [1], detector="other", reasons={"msp": "not finite"}),
            ],
            "not finite",
        ),
    ],
)
def test_without_a_side_or_a_score_nothing_is_measured(observations, reason):
    numbers = numbers_of(observations)
    assert all(each.value is None for each in numbers.values())
    assert {part for _, part in numbers} == {"", "msp", "energy", "mahalanobis"}
    assert reason in numbers["open_set_score", ""].reason
    assert PROTOCOL.resampled(observations) == {}


def test_answers_by_chance_have_no_utility_even_with_perfect_detection():
    """Shuffled labels and random weights: features may show the distribution, the answers are right by chance."""
    rng = np.random.default_rng(0)
    right = list(rng.random(400) < 0.5)
    perfect = [*scored_texts("home", rng.random(400) + 1, right), *scored_texts("tweets", rng.random(400))]
    noise = [*scored_texts("home", rng.random(400), right), *scored_texts("tweets", rng.random(400))]
    assert value_of(perfect, DETECTION_AUROC) == 1.0
    for observations in (perfect, noise):
        assert utility(OPEN_SET_SCORE, value_of(observations, OPEN_SET_SCORE)) <= 0.05
    assert utility(DETECTION_AUROC, value_of(noise, DETECTION_AUROC)) <= 0.1
    assert not OPEN_SET_SCORE.headline
    assert not DETECTION_AUROC.headline


class ByLength:
    """Is the surer the longer a text is."""

    labels = ("negative", "positive")

    def logits(self, texts):
        return np.array([[-len(text) / 9, len(text) / 9 - at % 3] for at, text in enumerate(texts)])

    def log_probabilities(self, texts):
        logits = self.logits(texts)
        return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)

    def answer(self, text):
        return self.log_probabilities([text])[0]

    def token_count(self, text):
        return len(text)


class TestShiftDetection(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), ByLength())

    @pytest.fixture
    def splits(self):
        def texts(word, n):
            return [TextExample(id=str(at), text=f"the film {word * (at % 4)}", label=at % 2) for at in range(n)]

        unlabelled = [each.model_copy(update={"label": None}) for each in texts("of ", 5)]
        return {"home": texts("great ", 9), "reference": texts("a story ", 12), "x": unlabelled, "y": texts("if ", 5)}

    def test_references_are_not_scored(self, observations):
        assert {each.data["distribution"] for each in observations} == {"home", "x", "y"}
