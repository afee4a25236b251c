import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from leaderboard.axes.accuracy.self_bleu import self_bleu
from leaderboard.axes.accuracy.text_bleu import BleuTokenizer, bleu_of_sums, bleu_row, tokenized

WORDS = [*"abcde", "it's", "3.5", "U.S.", "end.", "我们", "好。", ",", "&amp;"]


def random_texts(rng, n, longest):
    return [" ".join(rng.choice(WORDS, rng.integers(0, longest))) for _ in range(n)]


@pytest.mark.parametrize("tokenizer", BleuTokenizer)
def test_bleu_of_a_corpus_is_that_of_sacrebleu(tokenizer):
    rng = np.random.default_rng(3)
    reference = BLEU(tokenize=tokenizer.value)
    words = tokenized(tokenizer)
    for longest in (2, 3, 6, 12, 30):
        texts, first, second = (random_texts(rng, 8, longest) for _ in range(3))
        rows = [bleu_row(words(text), [words(a), words(b)]) for text, a, b in zip(texts, first, second, strict=True)]
        expected = reference.corpus_score(texts, [first, second]).score
        assert bleu_of_sums(np.sum(rows, axis=0)) == pytest.approx(expected, abs=1e-9)


def test_bleu_by_hand():
    # a b c d / a b c e: 3 of 4, 2 of 3, 1 of 2 and, smoothed, 1/2 of 1; the shorter reference is as long.
    row = bleu_row(list("abcd"), [list("abce"), list("xxxxxx")])
    assert bleu_of_sums(row) == pytest.approx(100 * (3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** (1 / 4))
    brief = bleu_row(list("abcd"), [list("abcdef")])
    assert bleu_of_sums(brief) == pytest.approx(100 * np.exp(1 - 6 / 4))
    assert bleu_of_sums(np.stack([bleu_row([], [["a"]]), bleu_row(["a"], [[]])])).tolist() == [0, 0]


def test_self_bleu_is_that_of_sacrebleu_by_pairs():
    rng = np.random.default_rng(4)
    reference, words = BLEU(effective_order=True), tokenized(BleuTokenizer.WMT)
    texts = [text for longest in (3, 9, 20) for text in random_texts(rng, 6, longest) if words(text)]
    expected = [reference.sentence_score(text, [*texts[:at], *texts[at + 1 :]]).score for at, text in enumerate(texts)]
    assert self_bleu(list(map(words, texts))) == pytest.approx(expected, abs=1e-9)


def test_self_bleu_of_equal_texts_is_100_and_of_unrelated_ones_0():
    assert self_bleu([list("abcd")] * 3) == pytest.approx([100.0] * 3)
    assert self_bleu([list("abcd"), list("efgh")]) == [0.0, 0.0]
