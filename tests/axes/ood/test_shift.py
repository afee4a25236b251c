import numpy as np
import pytest

from leaderboard.axes.ood.distributions import ShiftParameters
from leaderboard.axes.ood.shift import Shift
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.stats.estimate import Status
from leaderboard.stats.intervals import proportion
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract


def observations_of(distribution, right, n):
    return [
        Observation(
            f"{distribution}:{i}",
            {
                "distribution": distribution,
                "label": 1,
                "log_probabilities": np.log([0.3, 0.7] if i < right else [0.7, 0.3]).tolist(),
            },
        )
        for i in range(n)
    ]


def estimates_of(observations):
    return {(m.metric.name, m.part): m.estimate for m in Shift(ShiftParameters()).estimate(observations)}


def test_each_distribution_counts_the_same_however_large():
    estimates = estimates_of(
        observations_of("home", 9, 10) + observations_of("tweets", 5, 10) + observations_of("amazon", 70, 100)
    )
    assert estimates["ood_accuracy", ""].value == pytest.approx(0.6)
    assert estimates["ood_accuracy", "tweets"].value == 0.5
    assert estimates["ood_accuracy", "amazon"].value == 0.7
    assert estimates["ood_drop", ""].value == pytest.approx(0.3)


def test_the_parts_carry_wilson_intervals():
    assert (
        estimates_of(observations_of("home", 1, 2) + observations_of("tweets", 5, 10))["ood_accuracy", "tweets"].low
        == proportion(5, 10).low
    )


def test_without_home_there_is_a_mean_and_no_drop():
    estimates = estimates_of(observations_of("tweets", 5, 10))
    assert estimates["ood_accuracy", ""].value == 0.5
    assert estimates["ood_drop", ""].status is Status.NOT_MEASURED
    assert "home" in estimates["ood_drop", ""].reason


class Sure:
    """Finds every text positive."""

    labels = ("negative", "positive")

    def log_probabilities(self, texts):
        return np.log(np.tile([0.1, 0.9], (len(texts), 1)))


class TestShift(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return Shift(ShiftParameters(home="movies"))

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), Sure())

    @pytest.fixture
    def splits(self):
        names = ("movies", "tweets", "amazon")
        return {name: [TextExample(id=str(i), text=f"{name} {i}", label=i % 2) for i in range(9)] for name in names}


def test_every_split_is_asked_about(causal):
    splits = {name: [TextExample(id="1", text=name, label=1)] for name in ("home", "tweets")}
    observations = list(Shift(ShiftParameters()).observe(Subject(local_model(causal), Sure()), splits, seed=0))
    assert [each.example_id for each in observations] == ["home:1", "tweets:1"]


def test_classes_are_told_by_name(causal):
    splits = {"home": [TextExample(id="1", text="a", label=0)]}
    protocol = Shift(ShiftParameters())
    (one,) = protocol.observe(Subject(local_model(causal), Sure()), splits, seed=0)
    answer = protocol.answer(one)
    assert (answer.true, answer.predicted, answer.right) == ("negative", "positive", False)


def test_a_subject_that_is_wrong_at_home_is_told_of_reversed_labels():
    wrong = []
    for number in range(40):
        scores = np.log([0.7, 0.3] if number % 2 else [0.3, 0.7]).tolist()
        data = {"distribution": "home", "label": number % 2, "log_probabilities": scores}
        wrong.append(Observation(f"home:{number}", data))
    protocol = Shift(ShiftParameters())
    (note,) = protocol.notes(wrong)
    assert note == (
        "worse than chance: are the labels reversed? 0.000 of the answers are right, "
        "where the same answers in any order reach 0.500"
    )
    assert protocol.notes(wrong[:2]) == ()  # chance does that to two
    assert protocol.notes(observations_of("home", 20, 40) + observations_of("away", 0, 40)) == ()
    assert protocol.notes([]) == ()


def perturbed_splits(n, names=("spelt", "typed", "wide")):
    texts = {name: [TextExample(id=f"{name}-{i}", text=f"{name} {i}", label=i % 2) for i in range(n)] for name in names}
    changed = {
        name: [each.model_copy(update={"original": f"home {i}"}) for i, each in enumerate(examples)]
        for name, examples in texts.items()
    }
    return {"home": [TextExample(id=f"home-{i}", text=f"home {i}", label=i % 2) for i in range(n)], **changed}


def test_changed_forms_of_the_same_texts_are_no_further_evidence(causal):
    """All forms are answered alike: the mean is as unsure as one of them; the drop is surer, but not sure."""
    protocol, subject = Shift(ShiftParameters()), Subject(local_model(causal), Sure())
    observations = list(protocol.observe(subject, perturbed_splits(60), seed=0))
    estimates = {(m.metric.name, m.part): m.estimate for m in protocol.estimate(observations)}
    one, mean, drop = (estimates[key] for key in (("ood_accuracy", "wide"), ("ood_accuracy", ""), ("ood_drop", "")))
    assert (mean.low, mean.high) == pytest.approx((one.low, one.high))
    assert mean.n == 60
    assert -(one.high - one.low) / 2 < drop.low < -0.02
    mean_resampled = protocol.resampled(observations)["ood_accuracy", ""]
    assert len(mean_resampled.ids) == 180
    assert len(set(mean_resampled.clusters)) == 60


def test_splits_of_texts_of_their_own_have_no_units(causal):
    splits = {name: [TextExample(id="1", text="the same", label=1)] for name in ("home", "tweets")}
    observations = list(Shift(ShiftParameters()).observe(Subject(local_model(causal), Sure()), splits, seed=0))
    assert not any("unit" in each.data for each in observations)
