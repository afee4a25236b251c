from dataclasses import replace

import pytest
from tokenizers import processors
from transformers import AutoTokenizer

from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.engine.tokenisation import encode, encode_pairs, prefix_token
from leaderboard.errors import NotMeasurableError

REQUESTS = [
    ("The film was", " a wonderful surprise"),
    ("The film was ", "dull"),
    ("", "The plot is dull"),
    ("The doc", "tor had been kind"),
]


def with_template(causal, template):
    """The same weights with a tokenizer that wraps texts as the template says."""
    tokenizer = AutoTokenizer.from_pretrained(causal.folder)
    special = [(token, tokenizer.convert_tokens_to_ids(token)) for token in (tokenizer.bos_token, tokenizer.eos_token)]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=special)
    return replace(causal, tokenizer=tokenizer)


@pytest.fixture(scope="module")
def bos(causal):
    return with_template(causal, f"{causal.tokenizer.bos_token} $A")


@pytest.fixture(scope="module")
def sep(causal):
    return with_template(causal, f"{causal.tokenizer.bos_token} $A {causal.tokenizer.eos_token}")


def peer(model):
    HFLM = pytest.importorskip("lm_eval.models.huggingface").HFLM  # noqa: N806
    return HFLM(pretrained=model.module, tokenizer=model.tokenizer, batch_size=1, device="cpu", max_length=128)


@pytest.mark.parametrize("which", ["causal", "bos"])
@pytest.mark.parametrize("request_", REQUESTS[:2] + REQUESTS[3:4])
def test_pairs_are_split_as_lm_eval_splits_them(request, which, request_):
    model = request.getfixturevalue(which)
    context, continuation = peer(model)._encode_pair(*request_)
    assert encode_pairs(model, [request_]) == [(tuple(context), tuple(continuation))]


@pytest.mark.parametrize("which", ["causal", "bos"])
def test_likelihoods_agree_with_lm_eval_with_and_without_bos(request, engine, which):
    from lm_eval.api.instance import Instance

    model = request.getfixturevalue(which)
    instances = [Instance("loglikelihood", {}, each, index) for index, each in enumerate(REQUESTS[:4])]
    expected = [score for score, _ in peer(model).loglikelihood(instances, disable_tqdm=True)]
    assert loglikelihoods(engine, model, REQUESTS[:4]) == pytest.approx(expected, abs=1e-3)


def test_a_tokenizer_that_ends_texts_is_read_without_its_end(bos, sep):
    assert encode_pairs(sep, REQUESTS[:4]) == encode_pairs(bos, REQUESTS[:4])


def test_choices_differ_under_a_tokenizer_that_ends_texts(engine, sep):
    one, other = loglikelihoods(engine, sep, [("The film was", " dull"), ("The film was", " a story")])
    assert one != other


def test_a_text_that_brings_its_own_bos_gets_no_second_one(bos):
    first = bos.tokenizer.bos_token_id
    assert encode(bos, [bos.tokenizer.bos_token + "The plot"])[0].count(first) == 1
    assert encode(bos, ["The plot"])[0].count(first) == 1


def test_a_space_at_the_end_of_the_context_moves_to_the_continuation(causal):
    assert encode_pairs(causal, [("The film was ", "dull")]) == encode_pairs(causal, [("The film was", " dull")])


def test_an_empty_context_is_the_bos_token(causal):
    ((before, after),) = encode_pairs(causal, [("", "The plot")])
    assert before == (causal.tokenizer.bos_token_id,)
    assert causal.tokenizer.decode(after) == "The plot"


def test_a_context_of_white_space_is_the_bos_token_too(causal):
    ((before, after),) = encode_pairs(causal, [("  ", "plot")])
    assert before == (causal.tokenizer.bos_token_id,)
    assert causal.tokenizer.decode(after) == "  plot"


def test_a_continuation_of_the_first_token_alone_adds_nothing(causal):
    with pytest.raises(NotMeasurableError, match="adds no token"):
        encode_pairs(causal, [("", causal.tokenizer.bos_token)])


def test_without_bos_and_eos_nothing_can_stand_before_the_first_token(causal):
    tokenizer = AutoTokenizer.from_pretrained(causal.folder)
    tokenizer.bos_token = tokenizer.eos_token = None
    with pytest.raises(NotMeasurableError, match="neither BOS nor EOS"):
        prefix_token(replace(causal, tokenizer=tokenizer))


def test_nothing_is_encoded_as_nothing(causal):
    assert encode(causal, []) == encode_pairs(causal, []) == []
