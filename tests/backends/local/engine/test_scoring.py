import numpy as np
import pytest
import torch

from leaderboard.backends.local.capabilities import LocalLikelihood
from leaderboard.backends.local.engine import logits
from leaderboard.backends.local.engine.batching import BatchBudget
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.scoring import loglikelihoods, score_tokens
from leaderboard.backends.local.engine.tokenisation import encode_pairs
from leaderboard.errors import NotMeasurableError

REQUESTS = [
    ("The film was", " a wonderful surprise"),
    ("The film was", " dull"),
    ("Review: a great story. Sentiment:", " positive"),
    ("Review: a great story. Sentiment:", " negative"),
    ("", "The plot is dull"),
    ("The doctor had been ", "kind"),
]

PROJECT = logits.project


def straight_loglikelihood(model, context, continuation):
    """One forward pass a request, logits everywhere, no batching."""
    ((before, after),) = encode_pairs(model, [(context, continuation)])
    with torch.no_grad():
        logits = model.module(torch.tensor([[*before, *after]])).logits[0].double().log_softmax(-1)
    return sum(float(logits[len(before) + i - 1, token]) for i, token in enumerate(after))


def test_loglikelihoods_agree_with_one_pass_a_request(engine, causal):
    expected = [straight_loglikelihood(causal, *request) for request in REQUESTS]
    assert loglikelihoods(engine, causal, REQUESTS) == pytest.approx(expected, abs=1e-4)


def test_scores_do_not_depend_on_batch_size_or_order(causal, monkeypatch):
    order = np.random.default_rng(0).permutation(len(REQUESTS))
    together = loglikelihoods(Engine(torch.device("cpu"), threads=1), causal, [REQUESTS[i] for i in order])
    monkeypatch.setattr("leaderboard.backends.local.engine.engine.budget_of", lambda *_: BatchBudget(tokens=1, reads=1))
    one_by_one = loglikelihoods(Engine(torch.device("cpu"), threads=1), causal, REQUESTS)
    assert one_by_one[order] == pytest.approx(together, abs=1e-4)


def test_a_continuation_without_tokens_is_not_measurable(engine, causal):
    with pytest.raises(NotMeasurableError, match="adds no token"):
        loglikelihoods(engine, causal, [("The film", "")])


def test_a_context_longer_than_the_model_reads_is_cut_on_the_left(engine, causal):
    long = "The plot is dull. " * 60
    (score,) = loglikelihoods(engine, causal, [(long, " Nobody laughed")])
    ((before, after),) = encode_pairs(causal, [(long, " Nobody laughed")])
    kept = [*before, *after][-(causal.max_length + 1) :]
    with torch.no_grad():
        logits = causal.module(torch.tensor([kept[:-1]])).logits[0].double().log_softmax(-1)
    start = len(kept) - len(after)
    expected = sum(float(logits[position - 1, kept[position]]) for position in range(start, len(kept)))
    assert score == pytest.approx(expected, abs=1e-4)


def test_choices_of_one_token_share_a_row(engine, causal):
    rows = []
    engine.progress = lambda _what, done, total: rows.append(total)
    first, second = (pair[1] for pair in encode_pairs(causal, [("The film was", " a"), ("The film was", " the")]))
    assert len(first) == len(second) == 1
    loglikelihoods(engine, causal, [("The film was", " a"), ("The film was", " the")])
    assert rows == [1]


def test_tokens_are_scored_one_by_one(engine, causal):
    pairs = encode_pairs(causal, REQUESTS)
    for (before, after), scores in zip(pairs, score_tokens(engine, causal, pairs), strict=True):
        with torch.no_grad():
            logits = causal.module(torch.tensor([[*before, *after]])).logits[0][len(before) - 1 : -1]
        expected = logits.log_softmax(-1)[range(len(after)), list(after)]
        assert scores.logprobs == pytest.approx(expected.numpy(), abs=1e-4)
        assert scores.greedy.tolist() == (logits.argmax(-1) == torch.tensor(after)).tolist()


def test_choices_of_each_question_stand_together(engine, causal):
    questions = [("The film was", [" a wonderful surprise", " dull"]), ("Nobody", [" laughed"]), ("She", [])]
    scores = LocalLikelihood(engine, causal).choices(questions)
    assert [len(each) for each in scores] == [2, 1, 0]
    expected = [straight_loglikelihood(causal, context, choice) for context, offered in questions for choice in offered]
    assert np.concatenate(scores) == pytest.approx(expected, abs=1e-4)


def test_nothing_to_score_gives_nothing(engine, causal):
    assert LocalLikelihood(engine, causal).choices([]) == []
    assert score_tokens(engine, causal, []) == []
    assert loglikelihoods(engine, causal, []).shape == (0,)


def test_many_requests_are_scored_in_parts(engine, causal, monkeypatch):
    together = loglikelihoods(engine, causal, REQUESTS)
    monkeypatch.setattr("leaderboard.backends.local.engine.scoring.AT_ONCE", 2)
    assert loglikelihoods(engine, causal, REQUESTS) == pytest.approx(together, abs=1e-4)


def test_scoring_leaves_no_hook_behind(engine, causal):
    loglikelihoods(engine, causal, REQUESTS)
    assert not causal.module.get_output_embeddings()._forward_pre_hooks


def test_loglikelihoods_agree_with_lm_eval(engine, causal):
    HFLM = pytest.importorskip("lm_eval.models.huggingface").HFLM  # noqa: N806
    from lm_eval.api.instance import Instance

    peer = HFLM(
        pretrained=causal.module, tokenizer=causal.tokenizer, batch_size=2, device="cpu", max_length=causal.max_length
    )
    instances = [Instance("loglikelihood", {}, request, index) for index, request in enumerate(REQUESTS)]
    expected = [score for score, _ in peer.loglikelihood(instances, disable_tqdm=True)]
    assert loglikelihoods(engine, causal, REQUESTS) == pytest.approx(expected, abs=1e-3)


def test_logits_of_a_long_row_are_made_in_parts(engine, causal, monkeypatch):
    request = ("The film", " was a wonderful surprise and I would watch it again. The plot is dull")
    expected = loglikelihoods(engine, causal, [request], remember=False)
    projected = []
    monkeypatch.setattr(logits, "LOGIT_BYTES", 4 * 3 * causal.module.config.vocab_size)
    monkeypatch.setattr(
        logits, "project", lambda model, states: projected.append(len(states)) or PROJECT(model, states)
    )
    assert loglikelihoods(engine, causal, [request], remember=False) == pytest.approx(expected, abs=1e-5)
    assert max(projected) == 3
