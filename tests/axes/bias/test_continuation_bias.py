"""Continuations of prompts about groups: hand vectors, the classifiers, and the protocol."""

import numpy as np
import pytest

from leaderboard.axes.bias import continuation_metrics as metrics
from leaderboard.axes.bias.continuation_bias import ContinuationBias, ContinuationBiasParameters
from leaderboard.axes.bias.continuation_classifiers import (
    Lexicon,
    WordClassifier,
    sentiment_classifier,
    toxicity_classifier,
)
from leaderboard.axes.bias.continuation_metrics import ContinuationScores
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.bias_examples import ContinuationExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Status
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates


def scored(scores, groups, templates, categories=None):
    return ContinuationScores(
        np.array(scores, float), np.array(groups), np.array(categories or ["c"] * len(groups)), np.array(templates)
    )


def test_the_gap_is_between_the_means_of_groups():
    each = scored([0.1, 0.5, 0.3, 0.9], ["a", "b", "a", "b"], ["1", "1", "2", "2"])
    estimate = metrics.largest_gap(each)
    assert estimate.value == pytest.approx(0.7 - 0.2)
    assert estimate.n == 2
    assert 0 <= estimate.low <= 0.5 <= estimate.high
    assert metrics.mean_score(each).value == pytest.approx(0.45)


def test_groups_of_different_categories_are_not_compared():
    each = scored([0.0, 0.2, 0.9, 1.0], ["a", "b", "x", "y"], ["1"] * 4, ["c", "c", "d", "d"])
    assert metrics.largest_gap(each).value == pytest.approx(0.2)
    assert metrics.largest_gap(each).method == "single template, no interval"
    alone = scored([0.0, 1.0], ["a", "x"], ["1", "1"], ["c", "d"])
    assert "two groups of one category" in metrics.largest_gap(alone).reason
    assert metrics.largest_gap(scored([], [], [])).status is Status.NOT_MEASURED


def test_equal_scores_have_a_gap_of_0_and_no_interval():
    estimate = metrics.largest_gap(scored([0.0] * 6, ["a", "b"] * 3, ["1", "1", "2", "2", "3", "3"]))
    assert (estimate.value, estimate.low) == (0.0, None)


def test_prompts_of_one_template_are_no_more_evidence_than_one():
    once = scored([0.1, 0.5, 0.3, 0.9, 0.2, 0.3], ["a", "b"] * 3, ["1", "1", "2", "2", "3", "3"])
    twice = scored(np.repeat(once.scores, 5), np.repeat(once.groups, 5), np.repeat(once.templates, 5))
    expected, estimate = metrics.largest_gap(once), metrics.largest_gap(twice)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((expected.value, expected.low, expected.high))
    assert estimate.n == expected.n == 3


@pytest.mark.parametrize(
    ("text", "has_entry"),
    [
        ("a Fool of a man", True),
        ("foolish", False),
        ("an old  fool", True),
        ("a 'fool'.", True),
        ("she is a pain in the neck!", True),
        ("a pain in her neck", False),
        ("他是傻瓜吗", True),
        ("", False),
    ],
)
def test_entries_of_a_lexicon_are_whole_words(text, has_entry):
    assert Lexicon(["fool", "Pain in the  neck", "傻瓜", " "]).finds(text) is has_entry


def test_an_empty_lexicon_is_refused():
    with pytest.raises(NotMeasurableError, match="the split 'lexicon' has no entry"):
        Lexicon([" "])


def posts(count=60):
    marked = [f"you are a stupid idiot number {n}" for n in range(count)]
    return [ContinuationExample(id=str(n), text=text, rationale=((10, 22),)) for n, text in enumerate(marked)]


def reviews(count=60):
    return [
        ContinuationExample(id=str(n), text=f"a {('dull', 'great')[n % 2]} film, number {n}", label=n % 2)
        for n in range(count)
    ]


def test_toxicity_is_learned_from_the_marked_parts():
    classifier = toxicity_classifier(posts())
    assert classifier.auc == 1.0
    toxic, civil = classifier.probabilities(["a stupid idiot", "a number"])
    assert toxic > 0.5 > civil
    assert len(classifier.probabilities([])) == 0


def test_a_classifier_of_noise_and_one_of_one_class_are_refused():
    noise = [f"{word} {n}" for n, word in enumerate(["same"] * 200)]
    with pytest.raises(NotMeasurableError, match=r"has an AUC of 0\.\d\d on texts held out, and 0\.7 are needed"):
        WordClassifier.learned(noise, np.arange(200) % 2 == 0, "toxicity")
    with pytest.raises(NotMeasurableError, match="the split 'sentiment' needs texts of two classes"):
        sentiment_classifier(reviews(), positive=7)


class Writer:
    """Writes what it is told about each group."""

    def generate(self, prompts, sampling, *, work="writing"):
        return [" was a stupid idiot" if "man" in prompt.split() else " was a great number" for prompt in prompts]


class WritingSubject(Subject):
    """A subject with the writer above."""

    capabilities = frozenset({Capability.GENERATE})

    def generator(self):
        return Writer()


PROMPTS = [
    ContinuationExample(
        id=f"{category}{number}{group}", text=f"the {group}", group=group, category=category, template=str(number)
    )
    for category, groups in (("gender", ("woman", "man")), ("age", ("young", "old")))
    for number in range(4)
    for group in groups
]
LEXICON = [ContinuationExample(id="l", text="idiot")]


class TestContinuationBias(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return ContinuationBias(ContinuationBiasParameters())

    @pytest.fixture
    def subject(self, encoder):
        return WritingSubject(local_model(encoder), None)

    @pytest.fixture
    def splits(self):
        return {"test": PROMPTS, "toxicity": posts(), "sentiment": reviews(), "lexicon": LEXICON}

    def test_the_group_that_is_insulted_makes_the_gaps(self, protocol, observations):
        values = {key: each.value for key, each in estimates(protocol, observations).items()}
        assert values["hurtful_rate", ""] == 0.25
        assert values["hurtful_gap", ""] == 1.0
        assert values["hurtful_gap", "gender"] == 1.0
        assert values["hurtful_gap", "age"] == 0.0
        assert values["toxicity_gap", ""] == values["toxicity_gap", "gender"] > 0.3
        assert values["toxicity_gap", "age"] == pytest.approx(0.0)
        assert values["sentiment_gap", ""] > 0.1

    def test_a_missing_split_is_a_reason(self, protocol, subject, splits):
        observations = list(protocol.observe(subject, {**splits, "lexicon": [PROMPTS[0]]} | {"toxicity": []}, seed=0))
        measured = estimates(protocol, observations)
        assert "the split 'toxicity' needs texts of two classes" in measured["toxicity_gap", ""].reason
        assert measured["sentiment_gap", ""].value is not None
        del splits["sentiment"]
        reasons = estimates(protocol, list(protocol.observe(subject, splits, seed=0)))
        assert reasons["sentiment_gap", ""].reason == "the task has no split 'sentiment' to score continuations by"
        with pytest.raises(NotMeasurableError, match="no split 'lexicon'"):
            list(protocol.observe(subject, {"test": PROMPTS}, seed=0))


def test_several_samples_need_a_temperature(encoder):
    protocol = ContinuationBias(ContinuationBiasParameters(samples=2))
    with pytest.raises(NotMeasurableError, match="needs a `temperature` above 0"):
        list(protocol.observe(WritingSubject(local_model(encoder), None), {"test": PROMPTS}, seed=0))
