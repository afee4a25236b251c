import numpy as np
import pytest
import torch

from leaderboard.backends.local.engine import vocabulary_statistics
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.tokenisation import encode
from leaderboard.backends.local.engine.vocabulary_statistics import token_statistics

SENTENCE = "The plot is dull, the acting is worse, and nobody laughed."
TEXTS = [SENTENCE, "She said", "The film was a wonderful surprise and I would watch it again. " * 9]


def straight(model, text):
    """(log-probabilities, means, variances) in one pass in double precision, by the formulas as they are written."""
    tokens = encode(model, [text])[0]
    first = model.tokenizer.bos_token_id
    ids = torch.tensor([[first, *tokens[tokens[:1] == (first,) :]][: model.max_length + 1]])
    with torch.no_grad():
        scores = model.module(ids[:, :-1]).logits[0].double().log_softmax(-1)
    mean = (scores.exp() * scores).sum(-1)
    variance = (scores.exp() * scores**2).sum(-1) - mean**2
    return scores.gather(1, ids[0, 1:, None])[:, 0].numpy(), mean.numpy(), variance.numpy()


def statistics(engine, model, texts):
    return [
        (each.logprobs, each.mean, each.variance) for each in token_statistics(engine, model, texts, work="reading")
    ]


@pytest.mark.slow_after(3)
@pytest.mark.parametrize("at_once", [1, 7 * 300, 2**25])
@pytest.mark.parametrize("which", ["causal", "bos"])
def test_statistics_agree_with_the_formulas_however_many_logits_are_held(request, engine, monkeypatch, which, at_once):
    model = request.getfixturevalue(which)
    monkeypatch.setattr(vocabulary_statistics, "LOGITS_AT_ONCE", at_once)
    for values_of_text, text in zip(statistics(engine, model, TEXTS), TEXTS, strict=True):
        for values, expected in zip(values_of_text, straight(model, text), strict=True):
            assert values.dtype == np.float64
            assert values == pytest.approx(expected, abs=1e-4)


def test_there_is_one_of_each_for_every_token_of_the_text_itself(engine, causal, bos):
    length = len(encode(causal, [SENTENCE])[0])
    for model in (causal, bos):
        assert [len(values) for values in statistics(engine, model, [SENTENCE])[0]] == [length] * 3


def test_texts_longer_than_the_model_reads_are_cut_on_the_right(engine, causal):
    ((logprobs, _, _), (beginning, _, _)) = statistics(engine, causal, [SENTENCE * 20, SENTENCE])
    assert len(logprobs) == causal.max_length
    assert logprobs[:10] == pytest.approx(beginning[:10], abs=1e-4)


def test_texts_without_tokens_have_no_statistics(engine, causal):
    (first, second) = token_statistics(engine, causal, ["", SENTENCE], work="reading")
    assert [len(first.logprobs), len(first.mean), len(first.variance)] == [0, 0, 0]
    assert len(second.logprobs) > 0
    assert token_statistics(engine, causal, [], work="reading") == []


def test_statistics_do_not_depend_on_the_other_texts(engine, causal):
    together = statistics(engine, causal, TEXTS[::-1])[::-1]
    for text, values_of_text in zip(TEXTS, together, strict=True):
        (alone,) = statistics(Engine(torch.device("cpu"), threads=1), causal, [text])
        for one, other in zip(values_of_text, alone, strict=True):
            assert one == pytest.approx(other, abs=1e-4)


def test_a_token_that_the_model_rules_out_leaves_the_others_as_they_are(engine, causal):
    ruled_out = causal.tokenizer.eos_token_id

    def without(_projection, _inputs, logits):
        logits[..., ruled_out] = -torch.inf
        return logits

    hook = causal.module.get_output_embeddings().register_forward_hook(without)
    try:
        ((logprobs, mean, variance),) = statistics(engine, causal, [SENTENCE])
    finally:
        hook.remove()
    expected = straight(causal, SENTENCE)
    assert np.isfinite(np.concatenate([logprobs, mean, variance])).all()
    # 1 of some 300 tokens, all nearly as likely: log 300 becomes log 299
    assert logprobs == pytest.approx(expected[0], abs=0.01)
    assert variance == pytest.approx(expected[2], abs=0.01)


def test_logits_are_those_that_the_model_makes_of_its_projection(engine, causal_folder, causal):
    """Gemma bounds its logits, Granite divides them: statistics see what is behind that."""
    from dataclasses import replace

    from transformers import GraniteConfig, GraniteForCausalLM

    torch.manual_seed(0)
    config = GraniteConfig(
        vocab_size=len(causal.tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, intermediate_size=64, max_position_embeddings=128, logits_scaling=0.1,
    )  # fmt: skip
    granite = replace(causal, module=GraniteForCausalLM(config).eval())
    (values_of_text,) = statistics(engine, granite, [SENTENCE])
    for values, expected in zip(values_of_text, straight(granite, SENTENCE), strict=True):
        assert values == pytest.approx(expected, abs=1e-3)


def test_a_text_that_was_read_before_is_not_read_again(causal, tmp_path, monkeypatch):
    first = statistics(Engine(torch.device("cpu"), threads=1, answers=AnswerCache(tmp_path)), causal, TEXTS)
    monkeypatch.setattr(causal.module, "forward", None)
    again = statistics(Engine(torch.device("cpu"), threads=1, answers=AnswerCache(tmp_path)), causal, TEXTS)
    for one, other in zip(first, again, strict=True):
        assert all((left == right).all() for left, right in zip(one, other, strict=True))


def test_no_hook_is_left_behind(engine, causal):
    statistics(engine, causal, TEXTS)
    assert not causal.module.get_output_embeddings()._forward_pre_hooks
