import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.rolling_windows import rolling_loglikelihoods, windows
from leaderboard.backends.local.engine.tokenisation import encode
from leaderboard.errors import RequestError

FIRST = -1
SHORT = "The plot is dull, the acting is worse, and nobody laughed."
LONG = " ".join([SHORT, "She said that the doctor had been kind to her mother."] * 20)
texts = st.lists(st.integers(0, 9), max_size=60).map(tuple)
sizes = st.integers(1, 20).flatmap(lambda longest: st.tuples(st.just(longest), st.integers(1, longest)))


def of_length(model, length):
    """A text of just so many tokens."""
    text = model.tokenizer.decode(encode(model, [LONG])[0][:length])
    assert len(encode(model, [text])[0]) == length
    return text


def in_one_pass(model, text):
    ids = torch.tensor([[model.tokenizer.bos_token_id, *encode(model, [text])[0]]])
    with torch.no_grad():
        scores = model.module(ids[:, :-1]).logits[0].double().log_softmax(-1)
    return float(scores.gather(1, ids[0, 1:, None]).sum())


def by_hand(model, text, stride):
    """The guide's loop: windows from the left, of which only what is new is scored; the last reaches further back."""
    ids = [model.tokenizer.bos_token_id, *encode(model, [text])[0]]
    total, done = 0.0, 1
    while done < len(ids):
        end = min(done + (model.max_length if done == 1 else stride), len(ids))
        window = torch.tensor([ids[max(0, end - 1 - model.max_length) : end]])
        with torch.no_grad():
            scores = model.module(window[:, :-1]).logits[0].double().log_softmax(-1)
        total += float(scores.gather(1, window[0, 1:, None])[-(end - done) :].sum())
        done = end
    return total


@given(texts, sizes)
def test_windows_predict_each_token_exactly_once(tokens, size):
    longest, stride = size
    parts = [after for _, after in windows(tokens, FIRST, longest=longest, stride=stride)]
    assert tuple(token for part in parts for token in part) == tokens


@given(texts, sizes)
def test_windows_are_never_longer_than_the_model_reads_nor_without_context(tokens, size):
    longest, stride = size
    for before, after in windows(tokens, FIRST, longest=longest, stride=stride):
        assert before
        assert len(before) + len(after) <= longest + 1


@given(texts, sizes)
def test_the_context_of_a_window_is_what_stands_before_it(tokens, size):
    longest, stride = size
    whole, done = (FIRST, *tokens), 1
    for before, after in windows(tokens, FIRST, longest=longest, stride=stride):
        assert whole[:done][-len(before) :] == before
        done += len(after)


@given(texts, sizes)
def test_windows_are_those_of_lm_eval(tokens, size):
    longest, stride = size
    rolled = get_rolling_token_windows(list(tokens), FIRST, max_seq_len=longest, context_len=longest + 1 - stride)
    expected = [tuple(map(tuple, make_disjoint_window(window))) for window in rolled]
    assert list(windows(tokens, FIRST, longest=longest, stride=stride)) == expected


def test_windows_by_hand():
    assert list(windows((1, 2, 3, 4, 5), FIRST, longest=3, stride=3)) == [((FIRST,), (1, 2, 3)), ((2, 3), (4, 5))]
    assert list(windows((1, 2, 3, 4, 5), FIRST, longest=3, stride=1)) == [
        ((FIRST,), (1, 2, 3)),
        ((1, 2, 3), (4,)),
        ((2, 3, 4), (5,)),
    ]


@pytest.mark.parametrize("length", [1, 127, 128])
def test_a_text_that_fits_is_scored_in_one_pass(engine, causal, length):
    text = of_length(causal, length)
    assert rolling_loglikelihoods(engine, causal, [text]) == pytest.approx([in_one_pass(causal, text)], abs=1e-3)


@pytest.mark.parametrize("stride", [None, 128, 64, 50])
def test_longer_texts_are_scored_window_by_window(engine, causal, stride):
    texts = [of_length(causal, 129), SHORT, of_length(causal, 300)]
    expected = [by_hand(causal, text, stride or causal.max_length) for text in texts]
    assert rolling_loglikelihoods(engine, causal, texts, stride=stride) == pytest.approx(expected, abs=1e-3)


def test_a_text_without_tokens_is_certain(engine, causal):
    assert rolling_loglikelihoods(engine, causal, ["", SHORT]).tolist()[0] == 0.0
    assert rolling_loglikelihoods(engine, causal, []).shape == (0,)


def test_scores_do_not_depend_on_the_other_texts(causal):
    texts = [LONG, SHORT, of_length(causal, 200)]
    together = rolling_loglikelihoods(Engine(torch.device("cpu"), threads=1), causal, texts[::-1])[::-1]
    apart = [rolling_loglikelihoods(Engine(torch.device("cpu"), threads=1), causal, [text])[0] for text in texts]
    assert together == pytest.approx(apart, abs=1e-3)


def test_more_texts_than_are_scored_at_once_keep_their_order(engine, causal, monkeypatch):
    from leaderboard.backends.local.engine import rolling_windows

    texts = [LONG, SHORT, of_length(causal, 200)]
    expected = rolling_loglikelihoods(engine, causal, texts)
    monkeypatch.setattr(rolling_windows, "AT_ONCE", 2)
    assert rolling_loglikelihoods(engine, causal, texts) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("stride", [0, -1, 129])
def test_a_stride_that_no_window_can_take_is_refused(engine, causal, stride):
    with pytest.raises(RequestError, match="strides of 1 to 128 tokens"):
        rolling_loglikelihoods(engine, causal, [SHORT], stride=stride)


@pytest.mark.parametrize("which", ["causal", "bos"])
def test_documents_score_as_under_lm_eval(request, engine, which, peer):
    from lm_eval.api.instance import Instance

    model = request.getfixturevalue(which)
    texts = [SHORT, LONG, of_length(model, 128), of_length(model, 129)]
    instances = [Instance("loglikelihood_rolling", {}, (text,), index) for index, text in enumerate(texts)]
    expected = peer(model).loglikelihood_rolling(instances, disable_tqdm=True)
    assert rolling_loglikelihoods(engine, model, texts) == pytest.approx(expected, abs=1e-3)
