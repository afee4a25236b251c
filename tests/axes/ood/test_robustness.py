import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.ood.distributions import ShiftParameters
from leaderboard.axes.ood.perturbation import PerturbationShift
from leaderboard.axes.ood.robustness import measure_robustness, resampled_robustness
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.stats.intervals import proportion
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract


def forms(**predictions):
    """Return observations of texts whose class is 1, from the predicted classes of each distribution."""
    return [
        Observation(
            f"{name}:{text}",
            {
                "distribution": name,
                "label": 1,
                "log_probabilities": np.log([0.7, 0.3] if predicted == 0 else [0.3, 0.7]).tolist(),
                "unit": str(text),
            },
        )
        for name, each in predictions.items()
        for text, predicted in enumerate(each)
    ]


def numbers_of(observations, home="home"):
    return {(m.metric.name, m.part): m.estimate for m in measure_robustness(observations, home)}


def test_by_hand():
    # right in all forms: texts 0 and 4; changed: text 1 by typos, text 2 by both, text 3 stays wrong
    numbers = numbers_of(forms(home=[1, 1, 0, 0, 1], typos=[1, 0, 1, 0, 1], case=[1, 1, 1, 0, 1]))
    assert numbers["worst_case_accuracy", ""] == proportion(2, 5)
    assert numbers["invariance_failures", ""] == proportion(2, 5)
    assert numbers["invariance_failures", "typos"] == proportion(2, 5)
    assert numbers["invariance_failures", "case"] == proportion(1, 5)


@given(st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=1, max_size=20))
def test_the_worst_case_is_no_better_than_any_distribution(answers):
    home, typos, case = zip(*answers, strict=True)
    observations = forms(home=home, typos=typos, case=case)
    numbers = numbers_of(observations)
    assert numbers["worst_case_accuracy", ""].value <= min(np.mean(home), np.mean(typos), np.mean(case)) + 1e-12
    parts = [numbers["invariance_failures", name].value for name in ("typos", "case")]
    assert max(parts) <= numbers["invariance_failures", ""].value <= sum(parts) + 1e-12
    resampled = resampled_robustness(observations, "home")
    assert resampled.keys() == numbers.keys()
    for key, statistic in resampled.items():
        assert statistic.value(np.ones((1, len(statistic.ids))))[0] == pytest.approx(numbers[key].value)


def test_a_text_that_misses_a_form_counts_where_it_is_alone():
    observations = forms(home=[1, 1, 0], typos=[1, 0, 0], case=[1, 1])
    numbers = numbers_of(observations)
    assert numbers["worst_case_accuracy", ""].n == 2
    assert numbers["invariance_failures", "typos"].n == 3


def test_texts_whose_class_changes_are_no_test_of_invariance():
    observations = forms(home=[1, 1], edited=[0, 1])
    edited = [
        Observation(each.example_id, {**each.data, "label": 0}) if each.data["distribution"] == "edited" else each
        for each in observations
    ]
    numbers = numbers_of(edited)
    assert numbers["worst_case_accuracy", ""] == proportion(1, 2)  # contrast consistency
    assert numbers["invariance_failures", ""].value is None


@pytest.mark.parametrize("observations", [[], forms(home=[1, 0]), forms(typos=[1], case=[0])])
def test_without_originals_or_changed_forms_nothing_is_measured(observations):
    numbers = numbers_of(observations)
    assert {name for name, _ in numbers} == {"worst_case_accuracy", "invariance_failures"}
    assert all(each.value is None and "changed form" in each.reason for each in numbers.values())
    assert resampled_robustness(observations, "home") == {}


class FindsCapitals:
    """Finds texts with capital letters positive."""

    labels = ("negative", "positive")

    def log_probabilities(self, texts):
        return np.log([[0.2, 0.8] if text.isupper() else [0.8, 0.2] for text in texts])


class Capitals:
    def classifier(self):
        return FindsCapitals()


def test_the_protocol_compares_the_forms_of_a_text():
    texts = [TextExample(id=str(at), text=f"text {letter}", label=1) for at, letter in enumerate("abc")]
    upper = [each.model_copy(update={"text": each.text.upper(), "original": each.text}) for each in texts]
    protocol = PerturbationShift(ShiftParameters())
    observations = list(protocol.observe(Capitals(), {"home": texts, "upper_case": upper}, seed=0))
    numbers = {(m.metric.name, m.part): m.estimate.value for m in protocol.estimate(observations)}
    assert numbers["ood_accuracy", "upper_case"] == 1.0
    assert numbers["worst_case_accuracy", ""] == 0.0
    assert numbers["invariance_failures", "upper_case"] == 1.0
    assert ("invariance_failures", "") in protocol.resampled(observations)


class TestPerturbationShift(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PerturbationShift(ShiftParameters())

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), FindsCapitals())

    @pytest.fixture
    def splits(self):
        texts = [TextExample(id=str(at), text=f"text {at}", label=at % 2) for at in range(9)]
        upper = [each.model_copy(update={"text": each.text.upper(), "original": each.text}) for each in texts]
        return {"home": texts, "upper_case": upper}
