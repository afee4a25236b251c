"""Membership attacks: published values, formulas by hand, and the registry."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard import named_classes
from leaderboard.axes.privacy.attacks.attack import MembershipAttack
from leaderboard.axes.privacy.attacks.confidence import log_density, logit
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind, ShadowLosses
from leaderboard.axes.privacy.attacks.lowest_share import lowest_mean
from leaderboard.axes.privacy.attacks.methods.min_k_plus_plus import standardised
from leaderboard.axes.privacy.attacks.registry import membership_attacks, mounted
from leaderboard.backends.likelihood import TokenStatistics
from leaderboard.errors import NotMeasurableError

NONE = np.empty(0)
logprobs = st.lists(st.floats(-30, 0), min_size=1, max_size=40).map(np.array)
shares = st.floats(0.01, 1)


def tokens(logprobs, mean=NONE, variance=NONE):
    return TokenStatistics(np.array(logprobs), np.array(mean), np.array(variance))


def score(name, text="", **evidence):
    return membership_attacks()[name].scores(AttackEvidence(texts=[text], **evidence)).tolist()[0]


def text_score(name, text, *statistics):
    each = tokens(*statistics)
    return score(name, text, losses=-np.array([each.logprobs.mean()]), tokens=[each])


class TestLira:
    """Values of the reference implementation of TensorFlow Privacy, whose score is minus the log-density."""

    TARGET = np.array([1.0, 0.0, 0.0, 0.0])
    INSIDE = np.array([[-1.0, 1.0], [0.0, 2.0], [0.0, 20.0], [np.nan, np.nan]])

    def test_log_densities_by_the_variance_of_each_example(self):
        densities = log_density(self.TARGET, self.INSIDE, fixed_variance=False)
        assert -densities == pytest.approx([1.41893853, 1.41893853, 3.72152363, 2.72537178])

    def test_log_densities_by_one_variance(self):
        densities = log_density(self.TARGET, self.INSIDE, fixed_variance=True)
        assert -densities == pytest.approx([2.69682468, 2.69682468, 4.15270703, 2.87983121])

    @pytest.mark.parametrize("count", [2, 64])
    def test_an_example_as_confident_in_as_out_has_a_ratio_of_one(self, count):
        confidence = np.linspace(-2, 2, count)
        inside = np.concatenate([confidence, -confidence])[:, None]
        included = np.arange(2 * count)[:, None] < count
        nothing = np.zeros((2 * count, 1))
        shadows = ShadowLosses(np.log1p(np.exp(-inside)), included, np.zeros(1), nothing, nothing > 0)
        assert score("lira", losses=np.array([0.7]), shadows=shadows) == pytest.approx(0.0, abs=1e-9)
        assert score("lira_offline", losses=np.array([np.log(2)]), shadows=shadows) == pytest.approx(0.0, abs=1e-9)

    @given(st.floats(1e-6, 30))
    def test_confidence_is_the_logit_of_the_probability(self, loss):
        assert logit(np.array([loss]))[0] == pytest.approx(np.log(np.exp(-loss) / -np.expm1(-loss)), abs=1e-6)

    def test_confidence_is_finite_at_both_ends(self):
        assert np.isfinite(logit(np.array([0.0, 1e5]))).all()


def test_rmia_by_hand():
    # p = .8 against (.6 + .4) / 2 has the ratio 1.6; of the population, .5 / .5 = 1 and .9 / .5 = 1.8: one of two
    half = np.full((2, 2), np.log(2.0))
    shadows = ShadowLosses(
        -np.log([[0.6], [0.4]]), np.array([[True], [False]]), -np.log([0.5, 0.9]), half, np.array([[True, False]] * 2).T
    )
    assert score("rmia", losses=-np.log([0.8]), shadows=shadows) == 0.5


def test_loss_and_calibrated_by_hand():
    losses = np.array([2.0])
    assert score("loss", losses=losses) == -2.0
    assert score("calibrated", losses=losses, reference_losses=np.array([3.5])) == 1.5


def test_zlib_divides_by_the_compressed_bytes():
    text = "over and over and over and over and over"
    assert len(zlib.compress(text.encode())) < len(text)
    assert text_score("zlib", text, [-1.0, -3.0]) == -2.0 / len(zlib.compress(text.encode()))


def test_a_repetitive_text_scores_lower_under_zlib_than_a_varied_one_of_the_same_likelihood():
    assert text_score("zlib", "ab" * 20, [-1.0]) < text_score("zlib", "The quick brown fox jumps over a dog.", [-1.0])


def test_min_k_is_the_mean_of_the_least_likely_fifth():
    assert text_score("min_k", "", [-1.0, -9, -2, -3, -1, -1, -7, -1, -1, -1]) == -8.0


def test_the_share_is_rounded_down_but_to_one_token():
    scores = np.array([-1.0, -5.0, -2.0, -3.0, -4.0, -1.0, -1.0, -1.0, -1.0])
    assert lowest_mean(scores, share=0.3) == -4.5
    assert lowest_mean(scores[:2], share=0.2) == -5.0
    assert lowest_mean(scores, share=1.0) == pytest.approx(scores.mean())


@given(logprobs, shares)
def test_the_lowest_mean_lies_between_the_least_likely_token_and_the_mean(scores, share):
    assert scores.min() - 1e-9 <= lowest_mean(scores, share) <= scores.mean() + 1e-9


def test_min_k_plus_plus_by_hand():
    # (-3 + 1) / 2 = -1, (-1 + 2) / 1 = 1, (-5 + 1) / 4 = -1
    each = tokens([-3.0, -1.0, -5.0], [-1.0, -2.0, -1.0], [4.0, 1.0, 16.0])
    assert standardised(each).tolist() == [-1.0, 1.0, -1.0]
    assert lowest_mean(standardised(each), share=0.67) == -1.0


def test_min_k_plus_plus_takes_the_lowest_standing_not_the_least_likely_token():
    # the likelier token stands lower against what else could have come: (-1 + 0.5) / 0.1 = -5, (-4 + 4) / 1 = 0
    assert text_score("min_k_plus_plus", "", [-1.0, -4.0], [-0.5, -4.0], [0.01, 1.0]) == pytest.approx(-5.0)


def test_without_variance_a_token_stands_at_the_mean():
    scores = [np.log(0.5), 0.0]  # uniform over two tokens, and certain of one
    assert text_score("min_k_plus_plus", "", scores, scores, [0.0, 0.0]) == 0.0


def test_a_text_without_tokens_has_no_score():
    with pytest.raises(NotMeasurableError, match="without tokens"):
        lowest_mean(NONE)


def test_attacks_without_their_evidence_are_not_mounted():
    losses = np.array([1.0])
    assert set(mounted(AttackEvidence(texts=["a"], losses=losses), "a model")) == {"loss"}
    with_tokens = AttackEvidence(texts=["a"], losses=losses, tokens=[tokens([-1.0])])
    assert set(mounted(with_tokens, "a model")) == {"loss", "zlib", "min_k"}


@pytest.mark.parametrize("attack", [each for each in membership_attacks().values() if each.needs], ids=lambda a: a.name)
def test_an_attack_refuses_evidence_that_it_lacks(attack):
    with pytest.raises(NotMeasurableError, match="the attack needs"):
        attack.scores(AttackEvidence(texts=["a"], losses=np.ones(1)))


@pytest.mark.parametrize("attack", membership_attacks().values(), ids=lambda attack: attack.name)
def test_an_attack_names_its_formula_and_source(attack):
    assert attack.__doc__.startswith("Score by")
    assert any(character.isdigit() for character in attack.source)


def test_scores_that_are_not_numbers_are_refused_by_the_name_of_the_attack():
    with pytest.raises(NotMeasurableError, match="the loss attack on a model gave 1 of 1 scores"):
        mounted(AttackEvidence(texts=["a"], losses=np.array([np.nan])), "a model")


class Length(MembershipAttack):
    """Score by the number of characters."""

    name, source, needs = "length", "this test", frozenset[EvidenceKind]()

    def scores(self, evidence):
        return np.array([float(len(text)) for text in evidence.texts])


class TooMany(Length):
    """Score by the number of characters, and once more."""

    def scores(self, evidence):
        return np.append(super().scores(evidence), 0.0)


def test_scores_of_other_examples_are_refused(monkeypatch):
    from leaderboard.axes.privacy.attacks import registry

    monkeypatch.setattr(registry, "membership_attacks", lambda: {"length": TooMany()})
    with pytest.raises(NotMeasurableError, match=r"the length attack gave scores of shape \(2,\) for 1 examples"):
        mounted(AttackEvidence(texts=["four"], losses=np.ones(1)), "a model")


def test_an_attack_of_a_plug_in_is_mounted(monkeypatch):
    class Plugin:
        distribution = "leaderboard-length"

    monkeypatch.setattr(named_classes, "loaded", lambda group: [(Plugin(), Length)])
    membership_attacks.cache_clear()
    try:
        assert mounted(AttackEvidence(texts=["four"], losses=np.ones(1)), "a model")["length"].tolist() == [4.0]
    finally:
        membership_attacks.cache_clear()
