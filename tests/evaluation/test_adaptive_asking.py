from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import LlamaModel

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.accuracy.multiple_choice import MultipleChoice
from leaderboard.axes.example_order import NO_INTERVAL, SEQUENCE, estimate, example_sequence, with_places
from leaderboard.axes.protocol import LEFT_OUT, Observation
from leaderboard.axes.question_wording import MultipleChoiceParameters
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.data.examples import ChoiceExample
from leaderboard.data.sampling import random_sample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.evaluation.adaptive_asking import observe_until
from leaderboard.evaluation.adaptive_plans import adaptive_plans
from leaderboard.evaluation.recompute import recompute
from leaderboard.evaluation.stopping_requests import UntilBetter, UntilWidth
from leaderboard.evaluation.stopping_rules import ComparisonRule, WidthRule
from leaderboard.stats.estimate import Status
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.store.results import existing_evaluations
from tests.synthetic.tasks import small_task

EXAMPLES = [
    ChoiceExample(id=str(number), question=f"question {number}", choices=("a", "b"), answer=0) for number in range(800)
]


class Answers(MultipleChoice):
    """Right on a share of the questions, without a model; counts the questions that it is asked."""

    def __init__(self, share, *, left_out=()):
        super().__init__(MultipleChoiceParameters())
        self.count, self._left_out = 0, left_out
        rights = np.random.default_rng(3).random(len(EXAMPLES)) < share
        self.rights = dict(zip((each.id for each in EXAMPLES), rights, strict=True))

    def observe(self, subject, splits, *, seed):
        del subject, seed
        for example in splits["test"]:
            self.count += 1
            right = float(self.rights[example.id])
            data = {"answer": 0, "scores": [right, 0.5]}
            yield Observation(example.id, {LEFT_OUT: "no token"} if example.id in self._left_out else data)


def asked_until(protocol, rule, examples=EXAMPLES, seed=0):
    return observe_until(rule, protocol, None, {"test": examples}, seed=seed)


def comparison(other, sign=1, **changes):
    scores = {name: float(right) for name, right in other.rights.items()}
    rule = ComparisonRule(metric=ACCURACY, other="b", evaluation="1", claim="a > b", sign=sign, other_scores=scores)
    return replace(rule, **changes)


def test_questions_after_the_last_one_are_not_asked():
    protocol = Answers(0.9)
    observations, sentence = asked_until(protocol, WidthRule(ACCURACY, 0.05))
    assert protocol.count == len(observations) < len(EXAMPLES) / 2
    assert sentence.startswith(f"stopped at ±0.05 after {len(observations)} of 800 examples: accuracy on all 800 is")
    low, high = (float(number) for number in sentence.partition("between ")[2].split(" (")[0].split(" and "))
    assert high - low <= 0.1 + 1e-3
    assert low <= np.mean(list(protocol.rights.values())) <= high


def test_order_is_that_of_a_limited_run_and_is_kept():
    observations, _ = asked_until(Answers(0.9), WidthRule(ACCURACY, 0.05), seed=5)
    ids = [each.id for each in random_sample(EXAMPLES, len(observations), 5)]
    assert [each.example_id for each in observations] == ids
    sequence = example_sequence(list(reversed(observations)))
    assert (list(sequence.ids), sequence.horizon) == (ids, 800)


def test_same_request_stops_at_the_same_place():
    first, second = (asked_until(Answers(0.8), WidthRule(ACCURACY, 0.05)) for _ in range(2))
    assert first == second


def test_a_narrower_interval_needs_more_and_may_need_all():
    few, many = (len(asked_until(Answers(0.8), WidthRule(ACCURACY, width))[0]) for width in (0.08, 0.04))
    assert few < many
    observations, sentence = asked_until(Answers(0.5), WidthRule(ACCURACY, 0.001))
    assert len(observations) == 800
    assert sentence == "asked until ±0.001: all 800 examples were needed"


def test_left_out_examples_widen_the_interval():
    every = len(asked_until(Answers(0.9), WidthRule(ACCURACY, 0.05))[0])
    left_out = {each.id for each in EXAMPLES[::10]}
    assert len(asked_until(Answers(0.9, left_out=left_out), WidthRule(ACCURACY, 0.05))[0]) > every


@pytest.mark.parametrize(("share", "sign", "decision"), [(0.95, 1, "yes"), (0.95, -1, "no"), (0.4, 1, "no")])
def test_a_clear_comparison_is_decided_early(share, sign, decision):
    other = Answers(0.7)
    other.rights = dict(zip(other.rights, np.random.default_rng(9).random(800) < 0.7, strict=True))
    observations, sentence = asked_until(Answers(share), comparison(other, sign))
    assert len(observations) < 400
    assert sentence.startswith(f"a > b: {decision} after {len(observations)} of 800 examples (difference of accuracy")


def test_a_subject_against_itself_stays_undecided():
    protocol = Answers(0.8)
    observations, sentence = asked_until(protocol, comparison(Answers(0.8)))
    assert len(observations) == 800
    assert sentence.startswith("a > b: undecided after all 800 examples (difference of accuracy +0.000 [-0.0")


def test_only_examples_of_the_other_subject_are_asked():
    protocol = Answers(0.9)
    observations, _ = asked_until(protocol, comparison(Answers(0.9), other_scores={"1": 1.0, "7": 0.0, "none": 1.0}))
    assert {each.example_id for each in observations} == {"1", "7"}
    with pytest.raises(NotMeasurableError, match="no examples"):
        asked_until(protocol, comparison(Answers(0.9), other_scores={}))


def test_intervals_of_a_stopped_evaluation_are_anytime_valid():
    protocol = Answers(0.9)
    observations, _ = asked_until(protocol, WidthRule(ACCURACY, 0.05))
    stopped = {each.metric.name: each.estimate for each in estimate(protocol, observations)}["accuracy"]
    plain = [replace(each, data={k: v for k, v in each.data.items() if k != SEQUENCE}) for each in observations]
    fixed = {each.metric.name: each.estimate for each in estimate(protocol, plain)}["accuracy"]
    assert "anytime-valid" in stopped.method
    assert stopped.value == fixed.value
    assert stopped.low < fixed.low
    assert stopped.high > fixed.high


def test_observations_without_a_place_among_others_are_refused():
    observations, _ = asked_until(Answers(0.9), WidthRule(ACCURACY, 0.1))
    first = replace(observations[0], data={"answer": 0, "scores": [1.0, 0.5]})
    with pytest.raises(ValueError, match="no place"):
        example_sequence([first, *observations[1:]])
    assert example_sequence([]) is None
    assert with_places([], 0) == []


@pytest.fixture
def tokens(monkeypatch):
    """Numbers of tokens of all forward passes of Llama models."""
    numbers, forward = [], LlamaModel.forward

    def counting(self, *arguments, **keywords):
        numbers.append(keywords["input_ids"].numel())
        return forward(self, *arguments, **keywords)

    monkeypatch.setattr(LlamaModel, "forward", counting)
    return numbers


def stopping(world, plans, request):
    return adaptive_plans(plans, request, world.store).plans


def row(world, outcome, metric="accuracy"):
    return estimates_frame(world.store, evaluations=[outcome.plan.identity]).set_index("metric").loc[metric]


@pytest.mark.slow
def test_forward_passes_after_the_stop_are_not_done(world, causal_folder, tokens, tmp_path):
    small_task(world.tasks, rows=700)
    plans = world.plans(causal_folder)
    engine = Engine(torch.device("cpu"), threads=1, answers=AnswerCache(tmp_path / "answers"))
    (outcome,) = world.run(stopping(world, plans, UntilWidth(0.2)), engine)
    assert outcome.status is Status.MEASURED, outcome.reason
    accuracy, stopped = row(world, outcome), sum(tokens)
    assert accuracy["n"] <= 64
    evaluation = existing_evaluations(world.store, [outcome.plan.identity])[outcome.plan.identity]
    methods = {record.metric.name: record.estimate.method for record in evaluation.estimates}
    assert "anytime-valid" in methods["accuracy"]
    assert methods["mcc"] == NO_INTERVAL
    assert f"stopped at ±0.2 after {accuracy['n']} of " in accuracy["notes"]

    (again,) = world.run(stopping(world, plans, UntilWidth(0.2)), engine)
    assert again.served
    (full,) = world.run(plans, engine)  # is not served by the stopped one, and computes only what that left out
    assert not full.served
    assert row(world, full)["n"] > accuracy["n"]
    rest = sum(tokens) - stopped
    tokens.clear()
    world.run(world.plans(causal_folder, seed=1), Engine(torch.device("cpu"), threads=1))
    assert stopped < sum(tokens) * 0.6
    assert rest < sum(tokens) * 0.9

    estimates = estimates_frame(world.store)
    assert [each.kept_because for each in recompute(world.store, world.catalogue())] == ["", "", ""]
    assert estimates_frame(world.store).equals(estimates)


def test_plans_of_full_and_stopped_evaluations_have_other_identities(world, causal_folder):
    plans = world.plans(causal_folder)
    identities = {each.identity for each in plans}
    for width in (0.02, 0.05):
        identities |= {each.identity for each in stopping(world, plans, UntilWidth(width))}
    assert len(identities) == 3
    assert adaptive_plans(plans, None, world.store).plans == plans


def test_a_run_without_a_task_that_can_stop_is_refused(world, causal_folder):
    small_task(world.tasks, name="f1_alone", metrics=["macro_f1"])
    plans = world.plans(causal_folder, names=("f1_alone",))
    with pytest.raises(RequestError, match="no task of this run can stop early\n  f1_alone: its headline metric is no"):
        adaptive_plans(plans, UntilWidth(0.02), world.store)
    both = adaptive_plans(world.plans(causal_folder, names=("small", "f1_alone")), UntilWidth(0.02), world.store)
    assert [each.until is None for each in both.plans] == [False, True]
    assert list(both.in_full) == ["f1_alone"]


def test_comparison_with_a_stored_subject(world, causal_folder, masked_folder):
    (stored,) = world.plans(causal_folder)
    world.run([stored])
    plans = world.plans(masked_folder)
    mine, other = plans[0].subject.name, stored.subject.name
    for claim in (UntilBetter(mine, other), UntilBetter(other, mine)):
        (plan,) = stopping(world, plans, claim)
        assert plan.until.evaluation == stored.identity
    assert plan.until.sign == -1
    (outcome,) = world.run([plan])
    assert f"{claim}: " in row(world, outcome)["notes"]
    for claim, problem in (
        (UntilBetter(mine, mine), "both are the subject"),
        (UntilBetter(other, other), "neither is the subject"),
        (UntilBetter(mine, "nobody"), "nobody"),
    ):
        with pytest.raises(RequestError, match=problem):
            stopping(world, plans, claim)
    with pytest.raises(RequestError, match="has no subject"):
        adaptive_plans(plans, UntilBetter(mine, other), None)


@pytest.mark.slow
def test_an_interrupted_run_stops_at_the_same_place(world, causal_folder, tmp_path, monkeypatch):
    small_task(world.tasks, rows=700)
    plans = stopping(world, world.plans(causal_folder), UntilWidth(0.15))

    def observed(one, cache):
        one.run(plans, Engine(torch.device("cpu"), threads=1, answers=AnswerCache(tmp_path / cache)))
        return one.store.observations_of(plans[0].identity)

    whole = observed(world, "whole")
    resumed = replace(world, store=open_store(f"sqlite:///{tmp_path}/resumed.db"))
    forward, calls = LlamaModel.forward, []

    def interrupted(self, *arguments, **keywords):
        calls.append(1)
        if len(calls) > 6:
            raise KeyboardInterrupt
        return forward(self, *arguments, **keywords)

    with monkeypatch.context() as patched:
        patched.setattr(LlamaModel, "forward", interrupted)
        with pytest.raises(KeyboardInterrupt):
            observed(resumed, "resumed")
    after = observed(resumed, "resumed")
    keys = ("asking_order", "label", "predicted")
    assert len(whole) > 32
    assert [[each.example_id, *map(each.data.get, keys)] for each in after] == [
        [each.example_id, *map(each.data.get, keys)] for each in whole
    ]
