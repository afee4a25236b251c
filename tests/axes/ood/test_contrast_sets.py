"""Contrast sets: consistency by hand, intervals over sets, samples of whole sets, and noise without utility."""

import numpy as np
import pytest
from pydantic import ValidationError

from leaderboard.axes.ood import CONTRAST_CONSISTENCY
from leaderboard.axes.ood.contrast_sets import ContrastSets
from leaderboard.axes.protocol import Observation, Parameters
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ContrastExample, TextExample
from leaderboard.data.sampling import random_sample
from leaderboard.ranking.utility_scale import utility
from leaderboard.stats.intervals import bootstrap, proportion
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract

PROTOCOL = ContrastSets(Parameters())


def answers(*sets):
    """Return observations of sets, each from the pairs of true and predicted class of its texts."""
    scores = [np.log([0.7, 0.3]).tolist(), np.log([0.3, 0.7]).tolist()]
    return [
        Observation(f"{name:04}-{text}", {"set": str(name), "label": true, "log_probabilities": scores[predicted]})
        for name, texts in enumerate(sets)
        for text, (true, predicted) in enumerate(texts)
    ]


def numbers_of(observations):
    return {m.metric.name: m.estimate for m in PROTOCOL.estimate(observations)}


def test_by_hand():
    """Both right, the first alone, none; a set of three; and a text alone, which does not count."""
    observations = answers([(0, 0), (1, 1)], [(0, 0), (1, 0)], [(0, 1), (1, 0)], [(0, 0), (1, 1), (1, 0)], [(1, 0)])
    numbers = numbers_of(observations)
    assert numbers["contrast_consistency"] == proportion(1, 4)
    assert numbers["contrast_accuracy"].value == pytest.approx(5 / 9)
    assert numbers["contrast_accuracy"].n == 4
    assert "1 of 10 texts are alone in their contrast set" in PROTOCOL.notes(observations)[0]


def test_the_interval_of_the_accuracy_is_that_of_resampled_sets():
    rng = np.random.default_rng(0)
    whole = rng.random(60) < 0.7  # both texts right or both wrong: half as many units as texts
    observations = answers(*([(0, 1 - each), (1, int(each))] for each in whole))
    estimate = numbers_of(observations)["contrast_accuracy"]
    right = np.repeat(whole, 2).astype(float)
    expected = bootstrap(lambda each: float(each.mean()), right, clusters=np.repeat(np.arange(60), 2))
    assert estimate.value == pytest.approx(expected.value)
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), abs=0.02)


@pytest.mark.parametrize("observations", [[], answers([(0, 0)], [(1, 1)])])
def test_without_a_set_nothing_is_measured(observations):
    assert all(each.value is None for each in numbers_of(observations).values())
    assert PROTOCOL.resampled(observations) == {}


def test_one_set_has_a_consistency():
    assert numbers_of(answers([(0, 0), (1, 1)]))["contrast_consistency"] == proportion(1, 1)


@pytest.mark.parametrize(
    "predict",
    [
        lambda rng: lambda _: rng.integers(0, 2, (2000, 2)),  # answers at random
        lambda rng: lambda _: np.repeat(rng.integers(0, 2, (2000, 1)), 2, axis=1),  # edits change no answer
        lambda rng: lambda texts: (texts @ rng.normal(size=20) > 0).astype(int),  # what shuffled labels teach
    ],
    ids=["random answers", "no answer changes", "random direction"],
)
def test_noise_has_no_utility(predict):
    """On average over draws: texts are points, of which an edit changes a tenth of the coordinates."""
    values = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        original = rng.normal(size=(2000, 20))
        edited = np.where(rng.random(original.shape) < 0.1, -original, original)
        true = rng.integers(0, 2, 2000)
        right = predict(rng)(np.stack([original, edited], axis=1)) == np.stack([true, 1 - true], axis=1)
        values.append(utility(CONTRAST_CONSISTENCY, float(right.all(axis=1).mean())))
    assert np.mean(values) <= 0.02


def test_a_sample_has_whole_sets():
    texts = [ContrastExample(id=f"{at}", text=f"text {at}", label=at % 2, group=str(at // 2)) for at in range(40)]
    for n in (10, 11):
        groups = [each.group for each in random_sample(texts, n, seed=3)]
        assert len(set(groups)) == (n + 1) // 2
    plain = [TextExample(id=each.id, text=each.text, label=each.label, group=each.group) for each in texts]
    assert len({each.group for each in random_sample(plain, 10, seed=3)}) > 5


def test_a_text_needs_a_set():
    with pytest.raises(ValidationError, match="group"):
        ContrastExample(id="0", text="x", label=1)


class FindsCapitals:
    labels = ("negative", "positive")

    def log_probabilities(self, texts):
        return np.log([[0.2, 0.8] if text.isupper() else [0.8, 0.2] for text in texts])


class TestContrastSets(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), FindsCapitals())

    @pytest.fixture
    def splits(self):
        texts = ["Xx"[at % 3 == 0] * (at + 1) for at in range(12)]
        return {
            "test": [
                ContrastExample(id=str(at), text=text, label=at % 2, group=str(at // 2))
                for at, text in enumerate(texts)
            ]
        }
