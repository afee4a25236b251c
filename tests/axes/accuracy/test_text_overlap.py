import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF

from leaderboard.axes.accuracy.text_diversity import distinct_share
from leaderboard.axes.accuracy.text_overlap import chrf_of_sums, chrf_rows, rouge_l, rouge_n, words_of

FOX = words_of("The quick brown fox jumps over the lazy dog")
DOG = words_of("The quick brown dog jumps on the log.")
"""Example of the package rouge-score: ROUGE-1 12/17, ROUGE-L 10/17."""
texts = st.text(st.sampled_from("ab c d.电影"), max_size=15)


def test_the_published_example_of_rouge():
    assert rouge_n(DOG, FOX, 1) == pytest.approx(0.7058823529411765)
    assert rouge_l(DOG, FOX) == pytest.approx(0.5882352941176471)


def test_pairs_of_words_by_hand():
    # shared: the quick, quick brown; 7 and 8 pairs
    assert rouge_n(DOG, FOX, 2) == pytest.approx(2 * 2 / (7 + 8))
    assert rouge_n(["a"], ["a"], 2) == 0.0


def test_words_are_letters_and_digits_and_each_han_character():
    assert words_of("Don't, 3.5 x_y 好电影2部") == ["don", "t", "3", "5", "x", "y", "好", "电", "影", "2", "部"]


@pytest.mark.parametrize(
    ("written", "reference", "value"), [("", "a b", 0), ("a", "", 0), ("", "", 0), ("a b", "a b", 1)]
)
def test_texts_without_words(written, reference, value):
    sides = words_of(written), words_of(reference)
    assert rouge_l(*sides) == rouge_n(*sides, 1) == value


@given(st.lists(st.sampled_from("abc"), max_size=7), st.lists(st.sampled_from("abc"), max_size=7))
def test_the_subsequence_is_between_a_common_prefix_and_the_shared_words(first, second):
    prefix = next((at for at, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), None)
    prefix = min(len(first), len(second)) if prefix is None else prefix
    total = max(len(first) + len(second), 1)
    assert 2 * prefix / total <= rouge_l(first, second) + 1e-12
    assert rouge_l(first, second) <= rouge_n(first, second, 1) + 1e-12
    assert rouge_l(first, second) == rouge_l(second, first)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4))
def test_chrf_is_that_of_sacrebleu(pairs):
    written, references = zip(*pairs, strict=True)
    sums = np.array([chrf_rows(text, [reference]) for text, reference in pairs]).sum(axis=0)
    expected = CHRF().corpus_score(list(written), [list(references)]).score
    assert chrf_of_sums(sums) == pytest.approx(expected, abs=1e-6)


def test_chrf_takes_the_best_reference():
    assert chrf_of_sums(chrf_rows("a good film", ["no", "a good film"])) == pytest.approx(100)


def test_distinct_sequences_by_hand():
    assert distinct_share("the film the film the end".split(), 2) == pytest.approx(3 / 5)
    assert distinct_share(["one"], 2) is None
    assert distinct_share([], 4) is None
