"""Pre-training membership: a reference implementation, chance for random weights, and the blind baseline."""

import zlib

import numpy as np
import pytest
import scipy
import torch

from leaderboard.axes.privacy.metrics import ONE_IN_1000, tpr_at_fpr
from leaderboard.axes.privacy.neighbours import neighbours_of
from leaderboard.axes.privacy.pretraining_membership import PretrainingMembership
from leaderboard.axes.privacy.text_membership import TextMembershipParameters, distinct_texts
from leaderboard.axes.privacy.token_evidence import token_evidence
from leaderboard.backends.capability import Capability
from leaderboard.backends.likelihood import Likelihood, TokenScores
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import SENTENCES, NamedModel, local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

WORDS = np.array(" ".join(SENTENCES).split())


def examples(count, seed, prefix=""):
    rng = np.random.default_rng(seed)
    texts = (" ".join([prefix, *rng.choice(WORDS, 8)]).strip() for _ in range(count))
    return [TextExample(id=f"{seed}-{number}", text=text) for number, text in enumerate(texts)]


def observe(model, members, nonmembers):
    splits = {"members": members, "nonmembers": nonmembers}
    return list(PretrainingMembership(TextMembershipParameters()).observe(Subject(model), splits, seed=0))


class Remembering(NamedModel, Likelihood):
    """A served model without distributions, to which some texts are likely."""

    capabilities = frozenset({Capability.LOGLIKELIHOOD})

    def __init__(self, examples):
        super().__init__()
        self.texts = {example.text for example in examples}

    def likelihood(self):
        return self

    def token_scores(self, requests, *, work="", remember=True):
        logprobs = (np.full(10, -0.5 if text in self.texts else -3.0, np.float32) for _, text in requests)
        return [TokenScores(each, each > -1) for each in logprobs]

    def token_counts(self, requests):
        return [10 for _ in requests]


class TestPretrainingMembership(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PretrainingMembership(TextMembershipParameters())

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        return {"members": examples(40, 1), "nonmembers": examples(30, 2)}

    def test_observations_have_no_text(self, observations, splits):
        kinds = {type(value) for each in observations for value in each.data.values()}
        assert kinds <= {bool, int, float, type(None)}

    def test_random_weights_score_at_chance(self, protocol, observations):
        results = estimates(protocol, observations)
        for attack in ("loss", "zlib", "min_k", "min_k_plus_plus", "neighbourhood"):
            auc = results["attack_auc", attack]
            assert auc.low <= 0.5 <= auc.high
        assert results["attack_tpr_at_01pct_fpr", "loss"].reason.startswith("0.1 % of 30 non-members is less than one")


def test_scores_are_those_of_the_reference_implementation(causal):
    """The published code of Min-K%++ (run.py of its repository), which reads the tokens that it is given."""
    text = SENTENCES[2]
    (observation, _) = observe(local_model(causal), [TextExample(id="1", text=text)], examples(1, 3))
    tokens = [causal.tokenizer.bos_token_id, *causal.tokenizer.encode(text, add_special_tokens=False)]
    with torch.no_grad():
        logits = causal.module(torch.tensor([tokens])).logits[0, :-1]
    targets = torch.tensor(tokens[1:]).unsqueeze(-1)
    probs, log_probs = logits.softmax(-1), logits.log_softmax(-1)
    token_log_probs = log_probs.gather(-1, targets).squeeze(-1)
    mu = (probs * log_probs).sum(-1)
    sigma = (probs * log_probs.square()).sum(-1) - mu.square()
    count = int(len(token_log_probs) * 0.2)
    expected = {
        "loss": token_log_probs.mean().item(),
        "zlib": token_log_probs.mean().item() / len(zlib.compress(text.encode())),
        "min_k": token_log_probs.sort().values[:count].mean().item(),
        "min_k_plus_plus": ((token_log_probs - mu) / sigma.sqrt()).sort().values[:count].mean().item(),
    }
    assert {name: observation.data[name] for name in expected} == pytest.approx(expected, rel=1e-3)


def test_a_model_that_remembers_its_members_leaks_them():
    members, others = examples(150, 1), examples(150, 2)
    protocol = PretrainingMembership(TextMembershipParameters())
    results = estimates(protocol, observe(Remembering(members), members, others))
    assert results["leak_auc", ""].value == 1.0
    assert results["attack_auc", "loss"].value == results["attack_auc", "neighbourhood"].value == 1.0
    assert ("attack_auc", "min_k_plus_plus") not in results  # no distributions over the vocabulary


def test_texts_of_another_kind_are_no_claim():
    members, others = examples(150, 1), examples(150, 2, prefix="yesterday")
    results = estimates(
        PretrainingMembership(TextMembershipParameters()), observe(Remembering(members), members, others)
    )
    assert results["blind_auc", ""].value == 1.0
    assert results["leak_auc", ""].reason.startswith("the split is shifted")


def test_repeated_blank_and_shared_texts_are_left_out():
    def side(*texts):
        return [TextExample(id=str(number), text=text) for number, text in enumerate(texts)]

    members, others = distinct_texts(side("a", "a ", " ", "b"), side("b", "c", "c"))
    assert [[each.text for each in kept] for kept in (members, others)] == [["a", "b"], ["c"]]


def test_sides_without_different_texts_are_refused():
    with pytest.raises(NotMeasurableError, match="members and non-members need different texts"):
        observe(Remembering([]), examples(3, 1), examples(3, 1))


def test_a_text_longer_than_the_model_reads_is_scored_in_part(causal):
    long = TextExample(id="long", text=" ".join([*WORDS, *WORDS]))
    (observation, _) = observe(local_model(causal), [long], examples(1, 3))
    assert observation.data["characters"] < len(long.text)


def test_tpr_at_a_tenth_of_a_percent_by_hand():
    nonmembers = np.arange(10_000, dtype=np.float64)
    members = np.array([9_989.0, 9_990.0, 9_989.5, 20_000.0])  # the eleventh largest non-member is 9989
    estimate = tpr_at_fpr(members, nonmembers, ONE_IN_1000)
    assert estimate.value == 0.75
    assert (
        tpr_at_fpr(members, nonmembers[1:], ONE_IN_1000).reason
        == "0.1 % of 9999 non-members is too few of them; needs 10000"
    )


@pytest.mark.slow
def test_the_interval_of_a_tenth_of_a_percent_covers():
    rng, hits = np.random.default_rng(0), 0
    true = scipy.stats.norm.sf(scipy.stats.norm.isf(0.001) - 2)
    for _ in range(100):
        estimate = tpr_at_fpr(rng.normal(2, 1, 2_000), rng.normal(0, 1, 10_000), ONE_IN_1000)
        hits += estimate.low <= true <= estimate.high
    assert hits >= 90


def test_the_neighbourhood_is_read_as_often_as_the_task_says(causal):
    members, others = examples(3, 1), examples(3, 2)
    without = PretrainingMembership(TextMembershipParameters(neighbours=0))
    splits = {"members": members, "nonmembers": others}
    assert "neighbourhood" not in next(without.observe(Subject(local_model(causal)), splits, seed=0)).data
    protocol = PretrainingMembership(TextMembershipParameters(neighbours=2))
    (first, *_) = protocol.observe(Subject(local_model(causal)), splits, seed=0)
    likelihood = local_model(causal).likelihood()
    texts = [members[0].text, *neighbours_of(members[0].text, 2)]
    text, *neighbours = token_evidence(likelihood, texts, "the model").losses
    assert first.data["neighbourhood"] == pytest.approx(np.mean(neighbours) - text, abs=1e-4)
