from dataclasses import replace

import numpy as np
import pytest

from leaderboard.axes.example_order import example_sequence, with_places
from leaderboard.axes.protocol import Observation
from leaderboard.comparison.compare import compare
from leaderboard.gate.evidence import Case
from leaderboard.gate.judge import judge
from leaderboard.stats.estimate import Estimate
from leaderboard.store.records import StoredObservation, Verdict
from tests.synthetic.gated import results
from tests.synthetic.records import NOON

N = 600


def observations(rights):
    """Observations of a classification with these right answers."""
    names = ("negative", "positive")
    return [
        Observation(
            f"row-{place}",
            {
                "label": place % 2,
                "log_probabilities": np.log([0.9, 0.1] if (place + right) % 2 else [0.1, 0.9]).tolist(),
                "true": names[place % 2],
                "predicted": names[(place + right + 1) % 2],
            },
        )
        for place, right in enumerate(rights)
    ]


def subject(name, share, *, n=N, stopped=False, seed=0):
    """A subject with this share of right answers; `stopped` after n of N examples."""
    rights = (np.random.default_rng(seed).random(N) < share).astype(int)[:n]
    rows = observations(rights)
    if stopped:
        rows = with_places(rows, N)
    value = float(rights.mean())
    estimate = Estimate.measured(value, (value - 0.05, value + 0.05), n=n, method="as stored")
    made_up = results(name, {"sst2": {"accuracy": estimate}})
    stored = [StoredObservation(each.example_id, each.data) for each in rows]
    evaluation = replace(made_up.evaluations[0], observe=lambda: stored)
    return replace(made_up, identity=name[0] * 64, evaluations=(evaluation,))


def ruled(gate, mine, other=None, *, sequential=None):
    case = Case(mine, other, sequential=gate.config.sequential if sequential is None else sequential)
    (rule,) = judge(gate, case, called="main" if other else "", at=NOON).rules
    return rule


@pytest.mark.parametrize(("share", "verdict"), [(0.9, Verdict.PASS), (0.5, Verdict.FAIL), (0.7, Verdict.INCONCLUSIVE)])
def test_a_clear_rule_is_decided_after_few_examples(gate_file, share, verdict):
    gate = gate_file("{sequential: true, rules: [accuracy.sst2 >= 0.7]}")
    rule = ruled(gate, subject("mine", share))
    assert rule.verdict is verdict
    assert "anytime-valid" in rule.message
    after = rule.message.partition("decided after ")[2].partition(" of 600 examples")[0]
    assert (int(after) < 200) if after else verdict is Verdict.INCONCLUSIVE


def test_the_default_is_a_fixed_number_of_examples(gate_file):
    rule = ruled(gate_file("rules: [accuracy.sst2 >= 0.7]"), subject("mine", 0.9))
    assert "anytime" not in rule.message
    assert rule.verdict is Verdict.PASS


@pytest.mark.parametrize("text", ["accuracy.sst2 >= baseline - 0.02", "{non_inferior: accuracy.sst2, margin: 0.02}"])
def test_a_difference_is_judged_on_common_examples(gate_file, text):
    gate = gate_file(f"{{sequential: true, rules: [{text}]}}")
    better, worse = subject("mine", 0.95, seed=1), subject("other", 0.6, seed=2)
    passed, failed = ruled(gate, better, worse), ruled(gate, worse, better)
    assert (passed.verdict, failed.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "(paired" in passed.message
    assert "anytime-valid" in passed.message


def test_a_multiple_of_the_baseline_is_judged_on_common_examples(gate_file):
    gate = gate_file("{sequential: true, rules: [accuracy.sst2 >= 1.2 * baseline]}")
    assert ruled(gate, subject("mine", 0.95, seed=1), subject("other", 0.5, seed=2)).verdict is Verdict.PASS


def test_a_stopped_evaluation_is_never_judged_as_a_full_one(gate_file):
    gate = gate_file("rules: [accuracy.sst2 >= 0.7]")
    stopped = ruled(gate, subject("mine", 0.8, n=100, stopped=True))
    full = ruled(gate, subject("mine", 0.8, n=100))
    assert "anytime-valid" in stopped.message
    assert stopped.low < full.low


def test_a_stopped_evaluation_is_compared_with_a_full_one_example_by_example():
    mine, other = subject("mine", 0.95, n=120, stopped=True, seed=1), subject("other", 0.6, seed=2)
    (difference,) = (each for each in compare(mine, other).differences if each.metric.name == "accuracy")
    assert difference.paired
    assert difference.test == "betting, anytime-valid"
    assert difference.difference.n == 120
    assert difference.certain


def test_looking_often_finds_no_difference_where_there_is_none(gate_file):
    gate = gate_file("{sequential: true, rules: [accuracy.sst2 >= 0.7]}")
    failed = sum(ruled(gate, subject("mine", 0.7, seed=seed)).verdict is Verdict.FAIL for seed in range(40))
    assert failed <= 4


def test_metrics_that_are_no_means_are_judged_by_their_intervals(gate_file):
    made_up = subject("mine", 0.9)
    estimate = Estimate.measured(0.9, (0.88, 0.92), n=N, method="as stored")
    with_f1 = results("mine", {"sst2": {"macro_f1": estimate}})
    evaluation = replace(with_f1.evaluations[0], observe=made_up.evaluations[0].observe)
    rule = ruled(
        gate_file("{sequential: true, rules: [accuracy.sst2.macro_f1 >= 0.7]}"),
        replace(with_f1, evaluations=(evaluation,)),
    )
    assert (rule.verdict, "anytime" in rule.message) == (Verdict.PASS, False)


@pytest.mark.parametrize("place", ["x", [1], [0, 10**400], [5, 2], [True, 9], {"a": 1}])
def test_an_order_that_cannot_be_read_passes_no_rule(gate_file, place):
    mine = subject("mine", 0.95, n=300, stopped=True)
    stored = [replace(each, data={**each.data, "asking_order": place}) for each in mine.evaluations[0].observe()]
    mine = replace(mine, evaluations=(replace(mine.evaluations[0], observe=lambda: stored),))
    for text in ("accuracy.sst2 >= 0.7", "accuracy.sst2 >= baseline - 0.02"):
        rule = ruled(gate_file(f"rules: [{text}]"), mine, subject("other", 0.6))
        assert rule.verdict is Verdict.INCONCLUSIVE
        assert "Traceback" not in rule.message


def test_places_are_kept_by_a_list_of_two_numbers():
    rows = with_places(observations([1, 0]), 9)
    assert [each.data["asking_order"] for each in rows] == [[0, 9], [1, 9]]
    assert example_sequence(rows).horizon == 9
