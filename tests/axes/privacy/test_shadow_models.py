"""Shadow models: what they are trained on, and attacks by them on a subject that remembers and on one that does not."""

import numpy as np
import pytest

from leaderboard.axes.privacy.membership import Membership, MembershipParameters
from leaderboard.axes.privacy.shadow_models import shadow_design, shadow_losses
from leaderboard.backends.shadow_training import ShadowTraining
from leaderboard.backends.subject import Subject, Training
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import estimates

TEXTS = 800
CENTRE = np.random.default_rng(0).normal(size=TEXTS)
"""How well each text is classified by a model that has not learned it."""


class Noisy:
    """Classifier whose confidence is higher by `gain` for the texts that it learned."""

    labels = ("negative", "positive")

    def __init__(self, examples, seed, gain=1.0):
        self.learned, self.gain = {example.text for example in examples}, gain
        self.noise = np.random.default_rng(seed).normal(scale=0.5, size=TEXTS)

    def log_probabilities(self, texts):
        places = [int(text) for text in texts]
        logits = CENTRE[places] + self.noise[places] + self.gain * np.array([text in self.learned for text in texts])
        right = -np.log1p(np.exp(-logits))
        wrong = -np.log1p(np.exp(logits))
        truth = np.array(places) % 2
        return np.where(truth[:, None] == np.arange(2), right[:, None], wrong[:, None])


def examples(start, stop):
    return [TextExample(id=str(place), text=str(place), label=place % 2) for place in range(start, stop)]


MEMBERS, NONMEMBERS, OTHERS = examples(0, 350), examples(350, 700), examples(700, 800)


def training(gain, *, is_cheap=True, fails=False):
    def train(learned, seed):
        if fails:
            raise NotMeasurableError("a probe needs more examples")
        return Noisy(learned, seed, gain)

    return Training(MEMBERS, NONMEMBERS, lambda: Noisy((), 2, gain), ShadowTraining(OTHERS, train, is_cheap))


def results_of(encoder, gain=1.0, **arguments):
    parameters = MembershipParameters(per_side=300, **arguments.pop("parameters", {}))
    subject = Subject(local_model(encoder), Noisy(MEMBERS, 1, gain), training=training(gain, **arguments))
    protocol = Membership(parameters)
    return estimates(protocol, list(protocol.observe(subject, {}, seed=0)))


def test_lira_and_rmia_are_stronger_than_the_loss_where_texts_differ_in_difficulty(encoder):
    results = results_of(encoder)
    assert results["attack_auc", "loss"].value < 0.8
    for attack in ("lira", "lira_offline", "rmia"):
        assert results["attack_auc", attack].value > results["attack_auc", "loss"].value + 0.05
    assert results["leak_auc", ""].value > 0.8
    assert "chosen on the other half" in results["leak_tpr_at_1pct_fpr", ""].method
    assert results["leak_tpr_at_1pct_fpr", ""].value > 0.1


def test_a_subject_that_remembers_nothing_is_at_chance(encoder):
    results = results_of(encoder, gain=0.0)
    for attack in ("loss", "calibrated", "lira", "lira_offline", "rmia"):
        assert results["attack_auc", attack].low <= 0.5 <= results["attack_auc", attack].high
    assert results["leak_auc", ""].low <= 0.5


def test_the_roc_curve_rises_and_has_the_point_of_one_percent(encoder):
    results = results_of(encoder)
    curve = {part: estimate for (metric, part), estimate in results.items() if metric == "attack_roc"}
    points = [curve[f"lira at FPR {rate}"] for rate in ("0.01", "0.02", "0.05", "0.1", "0.2", "0.5")]
    assert [each.value for each in points] == sorted(each.value for each in points)
    assert points[0].value == results["attack_tpr_at_1pct_fpr", "lira"].value
    assert "lira at FPR 0.002" not in curve  # less than one of 300 non-members


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"is_cheap": False}, "each costs as much as the training of the subject"),
        ({"parameters": {"shadow_models": 0}}, "`shadow_models` of the task is 0"),
        ({"fails": True}, "no shadow models were trained: a probe needs more examples"),
    ],
)
def test_attacks_without_shadow_models_say_why(encoder, arguments, reason):
    results = results_of(encoder, **arguments)
    for attack in ("lira", "lira_offline", "rmia"):
        assert reason in results["attack_auc", attack].reason
    assert results["leak_auc", ""].value is not None


def test_dear_shadow_models_are_trained_on_request(encoder):
    results = results_of(encoder, is_cheap=False, parameters={"shadow_models": 8})
    assert results["attack_auc", "lira"].value > 0.7


def test_three_shadow_models_are_too_few():
    with pytest.raises(ValueError, match="needs 4 or more, or 0"):
        MembershipParameters(shadow_models=3)


def test_every_text_is_learned_by_equally_many_models():
    design = shadow_design(50, 16, 0.75, np.random.default_rng(0))
    assert set(design.sum(axis=0)) == {12}
    assert set(shadow_design(50, 4, 0.9, np.random.default_rng(0)).sum(axis=0)) == {2}


def test_what_a_model_learned_is_recorded_as_included():
    learned = []

    def train(part, seed):
        learned.append({example.text for example in part})
        return Noisy(part, seed)

    shadows = ShadowTraining(OTHERS, train, is_cheap=True)
    attacked = [*MEMBERS[:20], *NONMEMBERS[:20]]
    own_training = Training(MEMBERS, NONMEMBERS, Noisy, shadows)
    result = shadow_losses(own_training, shadows, Noisy(MEMBERS, 1), attacked, count=4, seed=0)
    assert result.losses.shape == result.included.shape == (4, 40)
    assert [[example.text in texts for example in attacked] for texts in learned] == result.included.tolist()
    assert result.population_losses.shape == result.population_included.shape == (4, 430)
    assert all(abs(len(texts) - 400) < 60 for texts in learned)  # two of four, nearest to the share of members
