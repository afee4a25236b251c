import numpy as np
import pytest

from leaderboard.axes.privacy.blind import blind_scores
from leaderboard.axes.privacy.member_sampling import sample_balanced
from leaderboard.axes.privacy.membership import Membership, MembershipParameters
from leaderboard.axes.privacy.metrics import attack_auc
from leaderboard.backends.subject import Subject, Training
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

WORDS = np.array(["film", "plot", "actor", "scene", "story", "music", "camera", "ending", "joke", "villain"])


def examples(count, seed, prefix=""):
    rng = np.random.default_rng(seed)
    texts = [" ".join([*prefix.split(), *rng.choice(WORDS, 6), f"no{seed}x{i}"]) for i in range(count)]
    return [TextExample(id=f"row-{i}", text=text, label=i % 2) for i, text in enumerate(texts)]


MEMBERS, NONMEMBERS = examples(400, 1), examples(300, 2)


class Rote:
    """Gives the right class of the texts it knows by heart 0.9, and a half to all else."""

    labels = ("negative", "positive")

    def __init__(self, *examples):
        self.label_of = {example.text: example.label for example in examples}

    def log_probabilities(self, texts):
        answers = np.full((len(texts), 2), 0.5)
        for row, text in enumerate(texts):
            if text in self.label_of:
                answers[row] = 0.1
                answers[row, self.label_of[text]] = 0.9
        return np.log(answers)


def observe(subject, seed=0, **parameters):
    return list(Membership(MembershipParameters(**parameters)).observe(subject, {}, seed=seed))


class TestMembership(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return Membership(MembershipParameters(per_side=220))

    @pytest.fixture
    def subject(self, encoder):
        return Subject(local_model(encoder), Rote(*MEMBERS), training=Training(MEMBERS, NONMEMBERS, Rote))

    @pytest.fixture
    def splits(self):
        return {}

    def test_a_subject_that_knows_its_training_data_by_heart_leaks_all_of_it(self, protocol, observations):
        results = estimates(protocol, observations)
        assert results["leak_auc", ""].value == 1.0
        assert results["leak_auc", ""].low < 1.0
        assert results["attack_auc", "loss"].value == 1.0
        assert results["attack_tpr_at_1pct_fpr", "calibrated"].value == 1.0
        assert results["generalisation_gap", ""].value == pytest.approx(np.log(0.9 / 0.5))

    def test_the_sides_are_equally_large_and_mixed(self, observations):
        for member in (True, False):
            labels = [observation.data["label"] for observation in observations if observation.data["member"] is member]
            assert (labels.count(0), labels.count(1)) == (110, 110)

    def test_the_blind_baseline_is_asked_about_one_half_only(self, observations):
        scored = sum(observation.data["blind_score"] is not None for observation in observations)
        assert 0.4 < scored / len(observations) < 0.6


def test_what_the_reference_knows_as_well_is_calibrated_away(encoder):
    rote = Rote(*MEMBERS)
    subject = Subject(local_model(encoder), rote, training=Training(MEMBERS, NONMEMBERS, lambda: rote))
    results = estimates(Membership(MembershipParameters()), observe(subject))
    assert results["attack_auc", "loss"].value == 1.0
    assert results["attack_auc", "calibrated"].value == 0.5


def test_a_shifted_split_is_found_out(encoder):
    shifted = examples(300, 3, prefix="tomorrow")
    subject = Subject(local_model(encoder), Rote(), training=Training(MEMBERS, shifted, Rote))
    results = estimates(Membership(MembershipParameters()), observe(subject))
    assert results["blind_auc", ""].value == 1.0
    assert results["leak_auc", ""].reason.startswith("the split is shifted")


def test_membership_is_unknown_where_nothing_was_trained(encoder):
    with pytest.raises(NotMeasurableError, match="membership is unknown: nothing was trained here"):
        observe(Subject(local_model(encoder), Rote()))


def test_a_task_without_nonmembers_is_told_which_splits_it_needs(encoder):
    trained = Subject(local_model(encoder), Rote(), trained_on={"0" * 64: "reviews"})
    with pytest.raises(NotMeasurableError, match="needs splits `nonmembers` and `search` beside `train`"):
        observe(trained)


def test_one_sided_classes_cannot_be_compared(encoder):
    positive = [example for example in NONMEMBERS if example.label == 1]
    negative = [example for example in MEMBERS if example.label == 0]
    with pytest.raises(NotMeasurableError, match="no class has enough"):
        observe(Subject(local_model(encoder), Rote(), training=Training(negative, positive, Rote)))


def test_losses_that_are_not_numbers_are_refused(encoder):
    broken = Rote(*MEMBERS)
    broken.log_probabilities = lambda texts: np.full((len(texts), 2), np.nan)
    with pytest.raises(NotMeasurableError, match="the reference of tiny-encoder gave"):
        observe(Subject(local_model(encoder), Rote(), training=Training(MEMBERS, NONMEMBERS, lambda: broken)))


def test_another_seed_draws_other_examples(encoder):
    subject = Subject(local_model(encoder), Rote(), training=Training(MEMBERS, NONMEMBERS, Rote))
    one, other = (
        {observation.example_id for observation in observe(subject, seed=seed, per_side=50)} for seed in (0, 1)
    )
    assert one != other
    assert len(one) == len(other) == 100


def test_unlabelled_repeated_and_shared_texts_are_left_out():
    members = [
        TextExample(id="1", text="a", label=0),
        TextExample(id="2", text="a", label=0),
        TextExample(id="3", text="b", label=0),
        TextExample(id="4", text="c"),
    ]
    others = [TextExample(id="5", text="b", label=0), TextExample(id="6", text="d", label=0)]
    inside, outside = sample_balanced(members, others, 10, seed=0)
    assert [example.id for example in outside] == ["6"]
    assert len(inside) == 1
    assert inside[0].id in {"1", "3"}


def test_an_honest_random_split_seldom_looks_shifted():
    alarms = 0
    for seed in range(20):
        texts = [example.text for example in examples(200, 100 + seed)]
        rng = np.random.default_rng(seed)
        member, held_out = rng.permutation(200) < 100, rng.random(200) < 0.5
        scores, scored_members = blind_scores(texts, member, held_out), member[held_out]
        alarms += attack_auc(scores[scored_members], scores[~scored_members]).low > 0.5
    assert alarms <= 2


@pytest.mark.parametrize("member", [[True] * 4, [False] * 4, [True, True, False, True]])
def test_the_blind_baseline_guesses_where_there_is_nothing_to_learn_from(member):
    held_out = np.array([False, False, True, True])
    assert blind_scores(["a", "b", "c", ""], np.array(member), held_out).tolist() == [0.0, 0.0]


def test_the_blind_baseline_reads_texts_without_words():
    held_out = np.array([False, False, True])
    assert np.isfinite(blind_scores(["", "!", "?"], np.array([True, False, True]), held_out)).all()
