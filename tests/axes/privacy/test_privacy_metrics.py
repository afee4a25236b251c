import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from leaderboard.axes.privacy.curves import tpr_function
from leaderboard.axes.privacy.metrics import attack_auc, generalisation_gap, leak_auc, leak_tpr, tpr_at_fpr
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.intervals import proportion

NONE = np.empty(0)
side = st.lists(st.integers(-5, 5), min_size=1, max_size=30).map(lambda values: np.array(values, dtype=np.float64))


def test_auc_counts_ties_as_half():
    assert attack_auc(np.array([1.0]), np.array([1.0])).value == 0.5


def test_auc_is_the_share_of_pairs_in_which_the_member_scores_higher():
    assert attack_auc(np.array([1.0, 3.0]), np.array([2.0, 0.0, 0.0])).value == pytest.approx(5 / 6)


def test_auc_keeps_its_sign():
    assert attack_auc(np.array([0.0]), np.array([1.0])).value == 0.0


@given(side, side)
def test_auc_agrees_with_scikit_learn(members, nonmembers):
    truth = np.concatenate([np.ones(len(members)), np.zeros(len(nonmembers))])
    expected = roc_auc_score(truth, np.concatenate([members, nonmembers]))
    assert attack_auc(members, nonmembers).value == pytest.approx(expected)


@given(side, side)
def test_auc_of_swapped_sides_is_complementary_with_its_interval(members, nonmembers):
    one, other = attack_auc(members, nonmembers), attack_auc(nonmembers, members)
    assert (one.value, one.low, one.high) == pytest.approx((1 - other.value, 1 - other.high, 1 - other.low))


@given(side, side)
def test_interval_holds_the_value_and_is_never_without_width(members, nonmembers):
    estimate = attack_auc(members, nonmembers)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.high > estimate.low


def test_interval_is_that_of_delongs_standard_error_where_there_are_many_examples():
    """DeLong et al. 1988: the variance is that of each side's mean share of pairs won, here without ties."""
    rng = np.random.default_rng(0)
    members, nonmembers = rng.normal(1, 3, 1000), rng.normal(0, 1, 800)
    won = (members[:, None] > nonmembers).astype(float)
    error = np.sqrt(won.mean(axis=1).var(ddof=1) / 1000 + won.mean(axis=0).var(ddof=1) / 800)
    estimate = attack_auc(members, nonmembers)
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * error, rel=0.01)


def test_members_that_spread_wider_have_a_wider_interval():
    """By their number alone (Hanley & McNeil 1982) both have one width, which holds the truth in .84 of the cases."""
    rng = np.random.default_rng(0)
    nonmembers = rng.normal(0, 1, 900)
    wide, narrow = (attack_auc(rng.normal(0, spread, 100), nonmembers) for spread in (3, 1))
    assert wide.high - wide.low > 1.2 * (narrow.high - narrow.low)


def test_interval_of_random_scores_holds_one_half_nineteen_times_in_twenty():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        estimate = attack_auc(rng.normal(size=60), rng.normal(size=60))
        held += estimate.low <= 0.5 <= estimate.high
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize("metric", [attack_auc, tpr_at_fpr, generalisation_gap])
@pytest.mark.parametrize(
    ("members", "nonmembers", "reason"),
    [
        (NONE, np.ones(3), "no members"),
        (np.ones(3), NONE, "no non-members"),
        (np.array([np.nan]), np.ones(3), "not finite"),
        (np.ones(3), np.array([np.inf]), "not finite"),
    ],
)
def test_an_empty_side_or_a_broken_score_is_not_measured(metric, members, nonmembers, reason):
    estimate = metric(members, nonmembers)
    assert estimate.status is Status.NOT_MEASURED
    assert reason in estimate.reason


def test_tpr_accuses_above_the_second_of_a_hundred_nonmembers():
    nonmembers = np.arange(100.0)  # one may be accused: 99; whoever is above 98 is
    assert tpr_at_fpr(np.array([98.0, 98.5, 99.0, 200.0]), nonmembers).value == 0.75


def test_tpr_with_ties_accuses_fewer_nonmembers_rather_than_more():
    nonmembers = np.concatenate([np.zeros(98), [5.0, 5.0]])
    assert tpr_at_fpr(np.array([5.0, 6.0]), nonmembers).value == 0.5


def test_tpr_of_all_ties_is_zero():
    assert tpr_at_fpr(np.ones(10), np.ones(100)).value == 0.0


def test_no_member_found_still_leaves_doubt():
    """0 of 50 by Wilson, of 90 %: the threshold of so few non-members has no upper end, and the share no lower one."""
    estimate = tpr_at_fpr(np.full(50, -1.0), np.arange(200.0))
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert estimate.high == pytest.approx(1.6449**2 / (50 + 1.6449**2), abs=1e-4)


def test_few_nonmembers_do_not_say_that_others_are_below_every_member():
    assert (tpr_at_fpr(np.full(50, 1e3), np.arange(200.0)).low, tpr_at_fpr(np.full(50, 1e3), np.arange(400.0)).low) == (
        0.0,
        pytest.approx(proportion(50, 50).low),
    )


def test_the_threshold_is_as_uncertain_as_order_statistics_say():
    """1000 non-members: the ranks 984 and 996 enclose the 99th percentile (binomial, 95 %)."""
    nonmembers, members = np.arange(1000.0), np.arange(900.0, 1100.0) + 0.5
    estimate = tpr_at_fpr(members, nonmembers)
    value, share = estimate.value, proportion(111, 200)
    assert value == 0.555  # above 988, the eleventh from the top
    strict, lax = np.mean(members > 996), np.mean(members > 982)
    assert estimate.low == pytest.approx(value - np.hypot(value - share.low, value - strict), abs=0.006)
    assert estimate.high == pytest.approx(value + np.hypot(share.high - value, lax - value), abs=0.006)


def test_tpr_needs_a_hundred_nonmembers():
    assert tpr_at_fpr(np.ones(10), np.zeros(99)).reason.startswith("1 % of 99 non-members is less than one")


@given(st.integers(100, 400), st.integers(0, 10))
def test_tpr_is_that_of_the_roc_curve_without_ties(n, seed):
    rng = np.random.default_rng(seed)
    members, nonmembers = rng.normal(1, 1, 50), rng.normal(0, 1, n)
    truth = np.concatenate([np.ones(50), np.zeros(n)])
    fpr, tpr, _ = roc_curve(truth, np.concatenate([members, nonmembers]), drop_intermediate=False)
    best = tpr[fpr <= (n // 100) / n + 1e-12].max()
    tpr_at_most = tpr_function(np.concatenate([members, nonmembers]), truth.astype(bool))
    assert tpr_at_most(np.ones((1, n + 50))) == pytest.approx(best)


def test_gap_is_the_difference_of_mean_losses_with_welchs_interval():
    estimate = generalisation_gap(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0, 8.0]))
    assert estimate.value == pytest.approx(3.0)
    # variance 1/3 + (20/3)/4 = 2; Welch's df = 4 / ((1/3)²/2 + (5/3)²/3) = 4.0755; t = 2.7550
    assert estimate.high - 3.0 == pytest.approx(2.7550 * np.sqrt(2), abs=0.01)


def test_gap_of_single_examples_has_no_interval():
    estimate = generalisation_gap(np.array([1.0]), np.array([2.0, 3.0]))
    assert (estimate.value, estimate.low) == (1.5, None)


def test_gap_of_constant_losses_is_measured():
    assert generalisation_gap(np.ones(5), np.full(5, 1.5)).value == 0.5


FAIR = Estimate.measured(0.5, (0.45, 0.55), n=100, method="given")
MEMBER = np.array([True, True, False, False] * 2)
HELD_OUT = np.array([False] * 4 + [True] * 4)
GOOD, BAD = [2.0, 3.0, 0.0, 1.0], [0.0, 1.0, 2.0, 3.0]


def test_leak_is_that_of_the_attack_chosen_on_the_other_half():
    attacks = {"first": np.array([1.0, 1.0, 1.0, 1.0, *GOOD]), "second": np.array([*GOOD, 1.0, 1.0, 1.0, 1.0])}
    estimate = leak_auc(attacks, MEMBER, HELD_OUT, FAIR)
    assert (estimate.value, estimate.n) == (0.5, 4)
    assert "the second attack" in estimate.method


def test_an_attack_that_errs_more_often_than_not_is_turned_around():
    estimate = leak_auc({"loss": np.array([*BAD, *BAD])}, MEMBER, HELD_OUT, FAIR)
    assert estimate.value == 1.0
    assert "the loss attack turned around, chosen" in estimate.method


def test_the_high_end_of_a_leak_holds_for_the_attack_that_was_not_chosen():
    """The first attack is stronger on the half that chooses, the second on all examples."""
    rng = np.random.default_rng(0)
    member, held_out = np.tile([True, False], 100), np.repeat([False, True], 100)
    weak = np.where(held_out, rng.normal(size=200), rng.normal(2.0 * member))
    strong = np.where(held_out, rng.normal(4.0 * member), rng.normal(1.0 * member))
    estimate = leak_auc({"weak": weak, "strong": strong}, member, held_out, FAIR)
    assert "the weak attack" in estimate.method
    assert estimate.value < 0.65
    assert estimate.high == attack_auc(strong[member], strong[~member]).high


def test_leak_of_a_shifted_split_is_not_measured():
    shifted = Estimate.measured(0.6, (0.51, 0.68), n=100, method="given")
    estimate = leak_auc({"loss": np.array([*GOOD, *GOOD])}, MEMBER, HELD_OUT, shifted)
    assert estimate.status is Status.NOT_MEASURED
    assert estimate.reason.startswith("the split is shifted: texts alone tell members from others (blind AUC 0.600")


def test_a_blind_baseline_worse_than_chance_shows_no_shift():
    luckless = Estimate.measured(0.4, (0.32, 0.49), n=100, method="given")
    assert leak_auc({"loss": np.array([*GOOD, *GOOD])}, MEMBER, HELD_OUT, luckless).value == 1.0


def test_leak_without_a_blind_baseline_is_not_measured():
    unknown = Estimate.not_measured("no members")
    assert "it is unknown whether" in leak_auc({"loss": np.zeros(8)}, MEMBER, HELD_OUT, unknown).reason


@pytest.mark.parametrize("held_out", [np.zeros(8, bool), np.ones(8, bool)])
def test_leak_needs_both_halves(held_out):
    assert leak_auc({"loss": np.zeros(8)}, MEMBER, held_out, FAIR).status is Status.NOT_MEASURED


def test_random_attacks_leak_nothing_however_many_there_are():
    """Choosing and reporting on the same examples would put the mean well above one half."""
    rng = np.random.default_rng(0)
    member, held_out = rng.random(200) < 0.5, rng.random(200) < 0.5
    leaks = [
        leak_auc({str(i): rng.normal(size=200) for i in range(5)}, member, held_out, FAIR).value for _ in range(100)
    ]
    assert np.mean(leaks) == pytest.approx(0.5, abs=0.02)


def test_low_rate_leak_is_that_of_the_attack_with_the_best_low_rate_on_the_other_half():
    rng = np.random.default_rng(0)
    member, held_out = np.tile([True, False], 400), np.repeat([False, True], 400)
    sure_of_few = rng.normal(size=800) + 6 * (member & (rng.random(800) < 0.3))
    unsure_of_all = rng.normal(0.8 * member)
    attacks = {"unsure": unsure_of_all, "sure": sure_of_few}
    assert attack_auc(unsure_of_all[member], unsure_of_all[~member]).value > 0.65
    estimate = leak_tpr(attacks, member, held_out, FAIR)
    assert "the sure attack, chosen" in estimate.method
    assert estimate.value == tpr_at_fpr(sure_of_few[member & held_out], sure_of_few[~member & held_out]).value
    assert estimate.high >= tpr_at_fpr(unsure_of_all[member], unsure_of_all[~member]).high


def test_low_rate_leak_needs_a_split_that_is_not_shifted():
    shifted = Estimate.measured(0.6, (0.51, 0.68), n=100, method="given")
    assert leak_tpr({"loss": np.zeros(8)}, MEMBER, HELD_OUT, shifted).reason.startswith("the split is shifted")
    assert "1 % of 2 non-members" in leak_tpr({"loss": np.zeros(8)}, MEMBER, HELD_OUT, FAIR).reason


def gaussian_attacks(rng, n, strengths):
    """Return scores of correlated attacks that tell members from others by so many standard deviations."""
    member, held_out = np.tile([True, False], n // 2), rng.random(n) < 0.5
    shared = rng.normal(size=n)
    scores = {
        str(place): (shared + rng.normal(size=n)) / np.sqrt(2) + strength * member
        for place, strength in enumerate(strengths)
    }
    return scores, member, held_out


@pytest.mark.slow
@pytest.mark.parametrize("strengths", [(0, 0, 0, 0, 0), (0.2, 0.1, 0.3, 0.3, 0.0), (1.0, 0.2, 0.2, 0.2, 0.2)])
def test_intervals_of_the_leak_of_five_attacks_cover(strengths):
    """The truth is that of the strongest attack: Φ(d / √2), and Φ(d - Φ⁻¹(.99)) at 1 %."""
    rng, best = np.random.default_rng(0), max(strengths)
    auc, rate = scipy.stats.norm.cdf(best / np.sqrt(2)), scipy.stats.norm.cdf(best - scipy.stats.norm.ppf(0.99))
    held = np.zeros(2)
    for _ in range(100):
        attacks = gaussian_attacks(rng, 1000, strengths)
        leaks = leak_auc(*attacks, FAIR), leak_tpr(*attacks, FAIR)
        held += [each.low <= truth <= each.high for each, truth in zip(leaks, (auc, rate), strict=True)]
    assert held.min() >= 92


@pytest.mark.slow
@pytest.mark.parametrize("one_in", [20, 5, 2])
def test_intervals_of_points_of_the_roc_curve_cover(one_in):
    rng, held = np.random.default_rng(0), 0
    truth = scipy.stats.norm.sf(scipy.stats.norm.isf(1 / one_in) - 0.5)
    for _ in range(200):
        estimate = tpr_at_fpr(rng.normal(0.5, 1, 500), rng.normal(0, 1, 500), one_in)
        held += estimate.low <= truth <= estimate.high
    assert held >= 184
