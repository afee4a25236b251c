"""Membership of causal models that were fine-tuned here: attacks, who is refused, and a model that learned by heart."""

import numpy as np
import pytest

from leaderboard.axes.privacy.language_membership import LanguageMembership, LanguageMembershipParameters
from leaderboard.backends.capability import Capability
from leaderboard.backends.likelihood import Likelihood, TokenScores
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import RunningText
from leaderboard.data.overlap import fingerprints
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.lora import Lora
from leaderboard.testing.models import SENTENCES, NamedModel
from leaderboard.testing.protocols import ProtocolContract, estimates
from leaderboard.training.preparation import Lesson
from tests.recipes.conftest import preparing, task_of  # noqa: F401 - a fixture

WORDS = np.array(sorted(set(" ".join(SENTENCES).split())))
ATTACKS = ("calibrated", "loss", "min_k", "neighbourhood", "zlib")


def texts(count, seed):
    rng = np.random.default_rng(seed)
    return [RunningText(id=f"{seed}-{row}", text=" ".join(rng.choice(WORDS, 8))) for row in range(count)]


class Difficult(NamedModel, Likelihood):
    """A causal model to which each text has a likelihood of its own, raised for those that it learned."""

    capabilities = frozenset({Capability.LOGLIKELIHOOD})

    def __init__(self, learned=()):
        super().__init__()
        self.learned = {example.text for example in learned}

    def likelihood(self):
        return self

    def token_scores(self, requests, *, work="", remember=True):
        levels = [-3.0 - (sum(map(ord, text)) % 97) / 20 + (text in self.learned) for _, text in requests]
        return [TokenScores(np.full(10, level, np.float32), np.zeros(10, bool)) for level in levels]

    def token_counts(self, requests):
        return [10 for _ in requests]


MEMBERS, NONMEMBERS = texts(300, 1), texts(250, 2)
SPLITS = {"train": MEMBERS, "nonmembers": NONMEMBERS}


def trained(learned=MEMBERS, gain_of=MEMBERS):
    return Subject(Difficult(gain_of), trained_on=fingerprints(learned, "films"), unadapted=Difficult())


def observe(subject, splits=SPLITS, seed=0, **parameters):
    protocol = LanguageMembership(LanguageMembershipParameters(**parameters))
    return list(protocol.observe(subject, splits, seed=seed))


class TestLanguageMembership(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return LanguageMembership(LanguageMembershipParameters(per_side=220))

    @pytest.fixture
    def subject(self):
        return trained()

    @pytest.fixture
    def splits(self):
        return SPLITS

    def test_the_model_before_training_accounts_for_the_difficulty_of_texts(self, protocol, observations):
        results = estimates(protocol, observations)
        assert results["attack_auc", "calibrated"].value == 1.0
        assert 0.6 < results["attack_auc", "loss"].value < 0.9
        assert results["leak_auc", ""].value == 1.0
        assert results["attack_tpr_at_1pct_fpr", "calibrated"].value == 1.0
        assert results["attack_roc", "calibrated at FPR 0.01"].value == 1.0
        assert results["blind_auc", ""].low <= 0.5

    def test_the_sides_are_as_large_as_the_task_says(self, observations):
        sides = [observation.data["member"] for observation in observations]
        assert (sides.count(True), sides.count(False)) == (220, 220)

    def test_observations_have_scores_and_no_text(self, observations):
        assert set(ATTACKS) <= observations[0].data.keys()
        assert {type(value) for each in observations for value in each.data.values()} <= {bool, int, float, type(None)}


def test_a_model_that_learned_nothing_of_its_texts_is_at_chance():
    protocol = LanguageMembership(LanguageMembershipParameters())
    results = estimates(protocol, observe(trained(gain_of=())))
    assert results["attack_auc", "calibrated"].value == 0.5
    assert results["attack_auc", "loss"].low <= 0.5 <= results["attack_auc", "loss"].high


def test_texts_that_were_not_learned_are_no_members_and_learned_ones_no_nonmembers():
    subject = trained(learned=[*MEMBERS[:10], NONMEMBERS[0]])
    observations = observe(subject)
    ids = {observation.example_id for observation in observations}
    assert sum(observation.data["member"] for observation in observations) == 10
    assert f"nonmember/{NONMEMBERS[0].id}" not in ids


def test_another_seed_draws_other_texts():
    one, other = ({each.example_id for each in observe(trained(), seed=seed, per_side=50)} for seed in (0, 1))
    assert one != other
    assert len(one) == len(other) == 100


def test_a_zero_shot_model_is_told_what_would_measure_it():
    with pytest.raises(NotMeasurableError, match=r"nothing was trained here.*--members FILE --nonmembers FILE"):
        observe(Subject(Difficult()))


@pytest.mark.parametrize(
    ("splits", "reason"),
    [
        ({"train": MEMBERS}, "needs a split `nonmembers` beside `train`"),
        ({"train": MEMBERS, "nonmembers": MEMBERS}, "members and non-members need different texts"),
    ],
)
def test_data_without_nonmembers_is_refused(splits, reason):
    with pytest.raises(NotMeasurableError, match=reason):
        observe(trained(), splits)


OVERFITTED = {"learning_rate": 1e-2, "epochs": 30, "batch_size": 4, "max_length": 32, "dropout": 0.0}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "least"),
    [(Finetune(**OVERFITTED), 0.75), (Lora(**OVERFITTED, adapter_dropout=0.0), 0.5)],  # an adapter learns less by heart
    ids=["full", "lora"],
)
def test_a_causal_model_that_learned_its_texts_by_heart_leaks_them(recipe, least, preparing, causal):  # noqa: F811
    task = task_of("films", "language_membership", axis="privacy", metrics=["leak_auc"])
    splits = {"train": texts(60, 1), "nonmembers": texts(60, 2)}
    subject = recipe.prepare(preparing(causal, task, Lesson(task, task.digest, splits).splits))
    results = estimates(LanguageMembership(LanguageMembershipParameters()), observe(subject, splits))
    assert results["attack_auc", "calibrated"].low > least
    assert ("attack_auc", "min_k_plus_plus") in results
